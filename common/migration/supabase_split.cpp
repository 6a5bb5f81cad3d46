// SPDX-License-Identifier: Apache-2.0
// The rules are those of supabase/cli, pkg/parser/state.go; where they differ from PostgreSQL's
// (a backslash hides the next character, a parenthesis ends at the first closing one), so do the
// statements in the history.
#include "migration/supabase_split.hpp"

#include "text/join.hpp"

#include <algorithm>

namespace slipway::migration {

namespace {

bool is_blank(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

bool in_name(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '$' ||
           static_cast<unsigned char>(byte) >= 0x80U;
}

// Whether the text ends in BEGIN ATOMIC as words.
bool ends_in_begin_atomic(std::string_view text) {
    auto const take = [&](std::string_view word) {
        bool const there = text.size() >= word.size() &&
                           text::equal_ignoring_case(text.substr(text.size() - word.size()), word);
        text.remove_suffix(there ? word.size() : 0);
        return there && (text.empty() || !in_name(text.back()));
    };
    if (!take("atomic")) {
        return false;
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return take("begin");
}

// Reads to the end of one statement. What begins at a byte is gone over as a whole, so that inside
// of parentheses and BEGIN ATOMIC only their ends have to be looked for.
class Cutter {
public:
    explicit Cutter(std::string_view content) : content_(content) {}

    [[nodiscard]] bool done() const { return at_ >= content_.size(); }

    std::string_view next() {
        start_ = at_;
        while (at_ < content_.size()) {
            if (content_[at_] == ';') {
                ++at_;
                break;
            }
            if (content_[at_] == '(') {
                ++at_;
                skip_to(")");
            } else {
                step();
                if (ends_in_begin_atomic(content_.substr(start_, at_ - start_))) {
                    skip_to("end");
                }
            }
        }
        return content_.substr(start_, at_ - start_);
    }

private:
    // Goes behind the first of these words outside of quotes and comments.
    void skip_to(std::string_view word) {
        while (at_ < content_.size()) {
            if (content_[at_] == '(' && word != ")") {
                ++at_;
                skip_to(")");
                continue;
            }
            step();
            auto const read = content_.substr(0, at_);
            bool const found =
                read.size() >= word.size() &&
                text::equal_ignoring_case(read.substr(read.size() - word.size()), word);
            if (found) {
                return;
            }
        }
    }

    // Over one byte, or the quoted text or comment that begins at it.
    void step() {
        char const byte = content_[at_];
        auto const rest = content_.substr(at_);
        if (byte == '\'' || byte == '"') {
            skip_quoted(byte);
        } else if (rest.starts_with("--")) {
            at_ = std::min(content_.find('\n', at_), content_.size() - 1) + 1;
        } else if (rest.starts_with("/*")) {
            skip_comment();
        } else if (byte == '$') {
            skip_dollar();
        } else {
            at_ = std::min(at_ + (byte == '\\' ? 2 : 1), content_.size());
        }
    }

    void skip_quoted(char quote) {
        auto end = content_.find(quote, at_ + 1);
        while (end != std::string_view::npos && end + 1 < content_.size() &&
               content_[end + 1] == quote) {
            end = content_.find(quote, end + 2);
        }
        at_ = end == std::string_view::npos ? content_.size() : end + 1;
    }

    void skip_comment() {
        int depth = 0;
        while (at_ < content_.size()) {
            auto const rest = content_.substr(at_);
            bool const opens = rest.starts_with("/*");
            bool const closes = rest.starts_with("*/");
            depth += opens ? 1 : closes ? -1 : 0;
            at_ += opens || closes ? 2 : 1;
            if (depth == 0) {
                return;
            }
        }
    }

    void skip_dollar() {
        auto const* const name = std::find_if_not(
            content_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, content_.end(), [](char b) {
                return in_name(b) && b != '$';
            });
        auto const end = static_cast<std::size_t>(name - content_.begin());
        if (end >= content_.size() || content_[end] != '$') {
            at_ = end;
            return;
        }
        auto const tag = content_.substr(at_, end + 1 - at_);
        auto const close = content_.find(tag, end + 1);
        at_ = close == std::string_view::npos ? content_.size() : close + tag.size();
    }

    std::string_view content_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;
};

} // namespace

std::vector<std::string> supabase_statements(std::string_view content) {
    std::vector<std::string> out;
    for (Cutter cutter{content}; !cutter.done();) {
        auto statement = cutter.next();
        while (statement.ends_with(';')) {
            statement.remove_suffix(1);
        }
        auto const trimmed = text::trim(statement);
        if (!trimmed.empty()) {
            out.emplace_back(trimmed);
        }
    }
    return out;
}

} // namespace slipway::migration
