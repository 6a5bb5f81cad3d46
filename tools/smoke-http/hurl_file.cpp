// SPDX-License-Identifier: Apache-2.0
#include "hurl_file.hpp"

#include "error/error.hpp"
#include "expr/regex.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>

namespace slipway::smoke_http {

namespace {

// A comment begins with a number sign outside of quotes and regular expressions.
std::string_view without_comment(std::string_view line) {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (
            line[i] == '#' && !quoted && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
            return text::trim(line.substr(0, i));
        }
    }
    return text::trim(line);
}

class FileReader {
public:
    FileReader(std::string_view text, std::string_view file) : file_(file) {
        text.remove_prefix(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
        lines_ = text::lines(text);
    }

    std::vector<HurlEntry> read() {
        std::vector<HurlEntry> out;
        for (skip_empty(); !done(); skip_empty()) {
            out.push_back(entry());
        }
        if (out.empty()) {
            throw error("there is no request in it");
        }
        return out;
    }

private:
    [[nodiscard]] bool done() const { return at_ >= lines_.size(); }
    [[nodiscard]] std::string_view line() const { return without_comment(lines_[at_]); }
    [[nodiscard]] std::int64_t number() const { return static_cast<std::int64_t>(at_) + 1; }

    void skip_empty() {
        while (!done() && line().empty()) {
            ++at_;
        }
    }

    [[nodiscard]] Error error(std::string const& message) const {
        Where where;
        where.file = file_;
        where.line = std::min<std::int64_t>(number(), static_cast<std::int64_t>(lines_.size()));
        return Error{
            ErrorKind::usage,
            fmt::format("{}: {}", where.text(), text::printable_line(message)),
            "See hurl.dev/docs/grammar.html for what a Hurl file looks like."}
            .with_where(where);
    }

    [[nodiscard]] bool at_request() const {
        static expr::Regex const front{R"(^[A-Z]+\s+\S)"};
        return front.found_in(line()) && !at_response();
    }

    [[nodiscard]] bool at_response() const {
        static expr::Regex const front{R"(^HTTP(/[0-9.]+)?\s+(\*|\d{3})$)"};
        return front.found_in(line());
    }

    [[nodiscard]] bool at_section() const {
        static expr::Regex const front{R"(^\[[A-Za-z]+\]$)"};
        return front.found_in(line());
    }

    [[nodiscard]] bool at_header() const {
        static expr::Regex const front{R"(^[A-Za-z0-9!#$%&'*+.^_`|~{}-]+\s*:)"};
        return front.found_in(line()) && !line().starts_with('{') && !line().starts_with('`');
    }

    HurlEntry entry() {
        HurlEntry out;
        if (!at_request()) {
            throw error(fmt::format("\"{}\" is no request", line()));
        }
        out.line = number();
        auto const first = line();
        auto const blank = first.find_first_of(" \t");
        out.method = first.substr(0, blank);
        out.url = text::trim(first.substr(blank));
        ++at_;
        part(out.headers, out.sections, out.body);
        skip_empty();
        if (!done() && at_response()) {
            out.has_response = true;
            auto const answer = line();
            auto const space = answer.find_first_of(" \t");
            out.version = answer.substr(0, space);
            out.status = text::trim(answer.substr(space));
            ++at_;
            part(out.response_headers, out.response_sections, out.response_body);
        }
        return out;
    }

    // Headers, sections and a body, as requests and responses have them.
    void part(
        std::vector<std::pair<std::string, std::string>>& headers,
        std::vector<HurlSection>& sections,
        std::optional<HurlBody>& body) {
        for (skip_empty(); !done(); skip_empty()) {
            if (at_section()) {
                sections.push_back(section());
            } else if (!body && sections.empty() && at_header()) {
                auto const field = line();
                auto const colon = field.find(':');
                headers.emplace_back(
                    text::trim(field.substr(0, colon)), text::trim(field.substr(colon + 1)));
                ++at_;
            } else if (at_request() || at_response()) {
                return;
            } else if (!body) {
                body = read_body();
            } else {
                throw error(fmt::format("\"{}\" is not expected here", line()));
            }
        }
    }

    HurlSection section() {
        HurlSection out;
        out.name = line().substr(1, line().size() - 2);
        ++at_;
        for (skip_empty(); !done(); skip_empty()) {
            if (at_section() || at_request() || at_response() || at_body()) {
                break;
            }
            // A text of several lines belongs to the line that begins it.
            HurlLine one{std::string{line()}, number()};
            ++at_;
            if (count(one.text, "```") == 1) {
                one.text = std::string{text::trim(lines_[at_ - 1])};
                while (!done()) {
                    one.text += "\n" + std::string{lines_[at_]};
                    if (lines_[at_++].find("```") != std::string_view::npos) {
                        break;
                    }
                }
            }
            out.lines.push_back(std::move(one));
        }
        return out;
    }

    static int count(std::string_view text, std::string_view part) {
        int out = 0;
        for (auto at = text.find(part); at != std::string_view::npos;
             at = text.find(part, at + part.size())) {
            ++out;
        }
        return out;
    }

    [[nodiscard]] bool at_body() const {
        auto const text = line();
        return text.starts_with('{') || text.starts_with("[\"") || text.starts_with("[{") ||
               text == "[" || text.starts_with('<') || text.starts_with('`') ||
               text.starts_with("base64,") || text.starts_with("hex,") || text.starts_with("file,");
    }

    HurlBody read_body() {
        HurlBody out;
        out.line = number();
        auto const first = std::string{text::trim(lines_[at_])};
        for (char const* const kind : {"base64", "hex", "file"}) {
            if (first.starts_with(std::string{kind} + ",")) {
                out.kind = kind;
                auto whole = first;
                while (whole.find(';') == std::string::npos && ++at_ < lines_.size()) {
                    whole += std::string{text::trim(lines_[at_])};
                }
                out.text = text::trim(std::string_view{whole}.substr(
                    out.kind.size() + 1, whole.find(';') - out.kind.size() - 1));
                ++at_;
                return out;
            }
        }
        if (first.starts_with("```")) {
            return fenced(out, first.substr(3));
        }
        if (first.starts_with('`') && first.size() > 1 && first.ends_with('`')) {
            out.kind = "text";
            out.text = first.substr(1, first.size() - 2);
            ++at_;
            return out;
        }
        if (first.starts_with('<')) {
            out.kind = "xml";
            while (!done() && !at_section() && !at_request() && !at_response()) {
                out.text += (out.text.empty() ? "" : "\n") + std::string{lines_[at_++]};
            }
            out.text = std::string{text::trim(out.text)};
            return out;
        }
        return json_body(out);
    }

    HurlBody fenced(HurlBody out, std::string first) {
        out.kind = "text";
        if (auto const end = first.find("```"); end != std::string::npos) {
            out.text = first.substr(0, end);
            ++at_;
            return out;
        }
        out.language = text::trim(first);
        ++at_;
        while (!done() && text::trim(lines_[at_]) != "```") {
            out.text += std::string{lines_[at_++]} + "\n";
        }
        if (done()) {
            throw error("three back-ticks are not closed");
        }
        ++at_;
        return out;
    }

    // Up to where the brackets are closed.
    HurlBody json_body(HurlBody out) {
        out.kind = "json";
        int depth = 0;
        bool quoted = false;
        while (!done()) {
            auto const text = lines_[at_++];
            for (std::size_t i = 0; i < text.size(); ++i) {
                char const byte = text[i];
                if (quoted && byte == '\\') {
                    ++i;
                } else if (byte == '"') {
                    quoted = !quoted;
                } else if (!quoted && (byte == '{' || byte == '[')) {
                    ++depth;
                } else if (!quoted && (byte == '}' || byte == ']')) {
                    --depth;
                }
            }
            out.text += (out.text.empty() ? "" : "\n") + std::string{text};
            if (depth <= 0) {
                break;
            }
        }
        out.text = std::string{text::trim(out.text)};
        bool const json = out.text.starts_with('{') || out.text.starts_with('[') ||
                          out.text.starts_with('"') || out.text == "true" || out.text == "false" ||
                          out.text == "null" ||
                          out.text.find_first_not_of("-0123456789.eE+") == std::string::npos;
        if (depth > 0 || !json) {
            --at_;
            throw error(fmt::format("\"{}\" is no body", text::shorten(out.text, 60)));
        }
        return out;
    }

    std::string file_;
    std::vector<std::string_view> lines_;
    std::size_t at_ = 0;
};

} // namespace

std::vector<HurlEntry> read_hurl(std::string_view text, std::string_view file) {
    return FileReader{text, file}.read();
}

} // namespace slipway::smoke_http
