// SPDX-License-Identifier: Apache-2.0
// Files of `.http`, as editors have them: requests and variables; what a tool adds is left over.
#include "draft.hpp"
#include "error/error.hpp"
#include "expr/regex.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

class HttpFile {
public:
    explicit HttpFile(Document const& document)
        : document_(document), lines_(text::lines(document.text)) {}

    Draft convert() {
        draft_.name = std::filesystem::path{document_.file}.stem().string();
        draft_.follow_redirects = true; // as the editors do
        for (auto const& given : document_.values) {
            draft_.define(given.first, text::replace_all(given.second, "$", "$$"));
        }
        while (at_ < lines_.size()) {
            block();
        }
        if (draft_.steps.empty()) {
            throw Error{ErrorKind::usage, document_.file + " has no requests"};
        }
        return std::move(draft_);
    }

private:
    [[nodiscard]] std::string place() const {
        return fmt::format("{}:{}", document_.file, at_ + 1);
    }

    [[nodiscard]] bool at_end() const {
        return at_ >= lines_.size() || lines_[at_].starts_with("###");
    }

    void leave(std::string_view text, std::string why) {
        draft_.leave(place(), std::string{text}, std::move(why));
    }

    void block() {
        std::string title;
        if (lines_[at_].starts_with("###")) {
            title = text::trim(lines_[at_].substr(3));
            ++at_;
        }
        for (; !at_end(); ++at_) {
            auto const line = text::trim(lines_[at_]);
            static expr::Regex const variable{R"(^@([^\s=]+)\s*=\s*(.*)$)"};
            static expr::Regex const name{R"(^(?:#|//)\s*@name\s+(\S+))"};
            if (auto const parts = variable.groups(line); !parts.empty()) {
                if (parts[2].find("{{") != std::string_view::npos) {
                    leave(line, "a variable made of others");
                } else {
                    draft_.define(parts[1], text::replace_all(std::string{parts[2]}, "$", "$$"));
                }
            } else if (auto const named = name.groups(line); !named.empty()) {
                title = named[1];
            } else if (line.starts_with("# @") || line.starts_with("// @")) {
                leave(line, "an instruction to an editor");
            } else if (line.starts_with("<")) {
                leave(line, "a script before the request");
            } else if (!line.empty() && !line.starts_with("#") && !line.starts_with("//")) {
                request(title);
                return;
            }
        }
    }

    void request(std::string const& title) {
        static expr::Regex const front{
            R"(^(?:(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+)?(\S+)(?:\s+HTTP/([0-9.]+))?$)"};
        auto const parts = front.groups(text::trim(lines_[at_]));
        if (parts.empty()) {
            leave(lines_[at_], "a request that is not known");
            while (!at_end()) {
                ++at_;
            }
            return;
        }
        auto const method = parts[1].empty() ? "GET" : std::string{parts[1]};
        auto url = std::string{parts[2]};
        StepDraft step{
            draft_.step_id(title.empty() ? method + " " + url : title), text::to_utf8(title)};
        auto const here = place();
        // A query may go on in the next lines.
        for (++at_; !at_end(); ++at_) {
            auto const line = text::trim(lines_[at_]);
            bool const more =
                !line.empty() && (line[0] == '?' || line[0] == '&') && lines_[at_][0] == ' ';
            if (!more) {
                break;
            }
            url += line;
        }
        step.request(method, draft_.text(fit_for_url(url), here));
        headers(step);
        body(step, here);
        draft_.steps.push_back(std::move(step));
    }

    void headers(StepDraft& step) {
        for (; !at_end() && !text::trim(lines_[at_]).empty(); ++at_) {
            auto const line = text::trim(lines_[at_]);
            auto const colon = line.find(':');
            if (line.starts_with("??") || line.starts_with('>') ||
                colon == std::string_view::npos) {
                if (!line.starts_with('#')) {
                    leave(line, "what an editor's tool expects of the answer");
                }
                continue;
            }
            auto const name = text::trim(line.substr(0, colon));
            auto const value = text::trim(line.substr(colon + 1));
            if (step.has_header(name)) {
                leave(line, "a header that is sent twice");
            } else if (
                text::equal_ignoring_case(name, "authorization") && value.starts_with("Basic ")) {
                basic(value.substr(6), step);
            } else {
                step.header(name, draft_.text(value, place()));
            }
        }
    }

    // `Basic user password` and `Basic user:password` are spelled out; base64 stays as it is.
    void basic(std::string_view value, StepDraft& step) {
        value = text::trim(value);
        auto const sign = value.find_first_of(" :");
        if (sign == std::string_view::npos) {
            step.header("Authorization", draft_.text("Basic " + std::string{value}, place()));
            return;
        }
        step.set(
            "basic",
            {{"user", draft_.text(value.substr(0, sign), place())},
             {"password", draft_.text(text::trim(value.substr(sign + 1)), place())}});
    }

    void body(StepDraft& step, std::string const& here) {
        std::string text;
        for (; !at_end(); ++at_) {
            auto const line = lines_[at_];
            if (line.starts_with("> ") || line.starts_with(">{") || line.starts_with("<> ")) {
                std::string script{line};
                bool const open = line.find("{%") != std::string_view::npos &&
                                  line.find("%}") == std::string_view::npos;
                while (open && at_ + 1 < lines_.size() && script.find("%}") == std::string::npos) {
                    script += "\n" + std::string{lines_[++at_]};
                }
                leave(script, "a script behind the request");
            } else if (line.starts_with("??")) {
                leave(line, "what an editor's tool expects of the answer");
            } else if (line.starts_with("< ")) {
                step.set("body_file", std::string{text::trim(line.substr(2))});
                text.clear();
            } else {
                text += std::string{line} + "\n";
            }
        }
        auto const whole = text::trim(text);
        if (!whole.empty()) {
            step.set("body", draft_.text(whole, here));
        }
    }

    Document const& document_;
    std::vector<std::string_view> lines_;
    std::size_t at_ = 0;
    Draft draft_;
};

} // namespace

Draft draft_of_http(Document const& document) {
    return HttpFile{document}.convert();
}

} // namespace slipway::smoke_http
