// SPDX-License-Identifier: Apache-2.0
#include "jsonpath.hpp"

#include "draft.hpp"
#include "expr/regex.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::smoke_http {

namespace {

constexpr std::string_view letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

std::string member(std::string_view name) {
    bool const simple = !name.empty() && (name[0] < '0' || name[0] > '9') &&
                        name.find_first_not_of(letters) == std::string_view::npos;
    return simple ? "." + std::string{name} : ".[" + json_quoted(name) + "]";
}

// The text between quotes, either kind; nothing where there are none around it.
std::optional<std::string> unquoted(std::string_view text) {
    if (text.size() < 2 || (text.front() != '\'' && text.front() != '"') ||
        text.back() != text.front()) {
        return std::nullopt;
    }
    auto const quote = text.front();
    std::string out;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\' && i + 2 < text.size() &&
            (text[i + 1] == quote || text[i + 1] == '\\')) {
            ++i;
        }
        out += text[i];
    }
    return out;
}

// [?(@.a == 'x')], also && and ||
std::optional<std::string> condition(std::string_view filter) {
    static expr::Regex const one{
        R"(^\s*(!?)\s*@((?:\.[A-Za-z_]\w*|\['[^']+'\]|\["[^"]+"\])*)\s*(?:(==|!=|<=|>=|<|>)\s*('[^']*'|"[^"]*"|-?[0-9.]+|true|false|null))?\s*)"};
    std::string out;
    for (;;) {
        auto const parts = one.groups(filter);
        if (parts.empty()) {
            return std::nullopt;
        }
        auto const path = jq_of_jsonpath("$" + std::string{parts[2]});
        if (!path) {
            return std::nullopt;
        }
        if (parts[3].empty()) {
            out += fmt::format("({} {} null)", path->jq, parts[1].empty() ? "!=" : "==");
        } else {
            auto const text = unquoted(parts[4]);
            out += fmt::format(
                "({} {} {})",
                path->jq,
                parts[3],
                text ? json_quoted(*text) : std::string{parts[4]});
        }
        filter.remove_prefix(parts[0].size());
        if (filter.empty()) {
            return out;
        }
        bool const both = filter.starts_with("&&");
        if (!both && !filter.starts_with("||")) {
            return std::nullopt;
        }
        out += both ? " and " : " or ";
        filter.remove_prefix(2);
    }
}

class PathReader {
public:
    explicit PathReader(std::string_view path) : rest_(text::trim(path)) {}

    std::optional<JsonPath> read() {
        if (!rest_.starts_with('$')) {
            return std::nullopt;
        }
        rest_.remove_prefix(1);
        while (!rest_.empty()) {
            if (!segment()) {
                return std::nullopt;
            }
        }
        auto jq = jq_.empty() ? std::string{"."} : jq_;
        if (!definite_) {
            jq = "[" + jq + "]";
        }
        return JsonPath{jq, definite_};
    }

private:
    void add(std::string const& piece) {
        if (open_) {
            jq_ += " | ";
            jq_ += piece;
            open_ = false;
            return;
        }
        // `.a.["b"]` is not jq 1.6; `.a["b"]` is.
        jq_ += !jq_.empty() && piece.starts_with(".[") ? piece.substr(1) : piece;
    }

    bool segment() {
        if (rest_.starts_with("..")) {
            rest_.remove_prefix(2);
            auto const end = std::min(rest_.find_first_not_of(letters), rest_.size());
            if (end == 0) {
                return false;
            }
            auto const name = json_quoted(rest_.substr(0, end));
            jq_ += fmt::format(
                "{}.. | objects | select(has({})) | .[{}]", jq_.empty() ? "" : " | ", name, name);
            rest_.remove_prefix(end);
            definite_ = false;
            return true;
        }
        if (rest_.starts_with(".*")) {
            rest_.remove_prefix(2);
            add(".[]");
            definite_ = false;
            return true;
        }
        if (rest_.starts_with('.')) {
            auto const end = std::min(rest_.find_first_of(".[", 1), rest_.size());
            auto const name = text::trim(rest_.substr(1, end - 1));
            if (name.empty() || name.find_first_of("()'\" ") != std::string_view::npos) {
                return false;
            }
            add(member(name));
            rest_.remove_prefix(end);
            return true;
        }
        return rest_.starts_with('[') && bracket();
    }

    [[nodiscard]] std::size_t closing() const {
        char quote = '\0';
        int depth = 0;
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            char const byte = rest_[i];
            if (quote != '\0') {
                quote = byte == quote ? '\0' : quote;
            } else if (byte == '\'' || byte == '"') {
                quote = byte;
            } else if (byte == '[') {
                ++depth;
            } else if (byte == ']' && --depth == 0) {
                return i;
            }
        }
        return std::string_view::npos;
    }

    bool bracket() {
        auto const end = closing();
        if (end == std::string_view::npos) {
            return false;
        }
        auto const inside = text::trim(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        if (auto const name = unquoted(inside)) {
            add(member(*name));
            return true;
        }
        if (inside == "*") {
            add(".[]");
            definite_ = false;
            return true;
        }
        if (inside.starts_with('?')) {
            auto filter = text::trim(inside.substr(1));
            if (filter.starts_with('(') && filter.ends_with(')')) {
                filter = filter.substr(1, filter.size() - 2);
            }
            auto const test = condition(filter);
            if (test) {
                add(".[]");
                jq_ += fmt::format(" | select({})", *test);
                definite_ = false;
                open_ = true;
            }
            return test.has_value();
        }
        static expr::Regex const index{R"(^-?\d+$)"};
        static expr::Regex const slice{R"(^-?\d*:-?\d*$)"};
        if (index.found_in(inside)) {
            add(fmt::format(".[{}]", inside));
            return true;
        }
        if (slice.found_in(inside)) {
            add(fmt::format(".[{}]", inside == ":" ? "0:" : std::string{inside}));
            add(".[]");
            definite_ = false;
            return true;
        }
        return false;
    }

    std::string_view rest_;
    std::string jq_;
    bool definite_ = true;
    bool open_ = false; // ends with a filter
};

} // namespace

std::optional<JsonPath> jq_of_jsonpath(std::string_view path) {
    return PathReader{path}.read();
}

} // namespace slipway::smoke_http
