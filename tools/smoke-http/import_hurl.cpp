// SPDX-License-Identifier: Apache-2.0
#include "draft.hpp"
#include "hurl_file.hpp"
#include "hurl_query.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

class HurlDocument {
public:
    explicit HurlDocument(Document const& document) : document_(document) {}

    Draft convert() {
        draft_.name = std::filesystem::path{document_.file}.stem().string();
        for (auto const& given : document_.values) {
            draft_.define(given.first, text::replace_all(given.second, "$", "$$"));
        }
        for (auto const& entry : read_hurl(document_.text, document_.file)) {
            add(entry);
        }
        return std::move(draft_);
    }

private:
    [[nodiscard]] std::string place(std::int64_t line) const {
        return fmt::format("{}:{}", document_.file, line);
    }

    void leave(std::int64_t line, std::string const& text, std::string why) {
        draft_.leave(place(line), text, std::move(why));
    }

    void add(HurlEntry const& entry) {
        auto const here = place(entry.line);
        auto const path = entry.url.substr(0, entry.url.find('?'));
        auto const scheme = path.find("://");
        auto const start = scheme == std::string::npos ? 0 : path.find('/', scheme + 3);
        auto const name = start == std::string::npos ? "" : path.substr(start);
        StepDraft step{draft_.step_id(entry.method + " " + name), ""};
        static std::set<std::string, std::less<>> const methods{
            "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
        if (!methods.contains(entry.method)) {
            leave(entry.line, entry.method + " " + entry.url, "a method that suites do not have");
            return;
        }
        url_ = fit_for_url(entry.url);
        for (auto const& field : entry.headers) {
            if (step.has_header(field.first)) {
                leave(entry.line, field.first, "a header that is sent twice");
            } else {
                step.header(field.first, draft_.text(field.second, here));
            }
        }
        skip_ = false;
        user_.clear();
        aws_.reset();
        for (auto const& section : entry.sections) {
            request_section(section, step);
        }
        credentials(step, here);
        if (skip_) {
            return;
        }
        if (entry.body) {
            request_body(*entry.body, step);
        }
        step.request(entry.method, draft_.text(url_, here));
        response(entry, step, here);
        draft_.steps.push_back(std::move(step));
    }

    // `key: value`, the value in quotes or not.
    static std::pair<std::string, std::string> field_of(std::string_view line) {
        auto const colon = line.find(':');
        auto const key = text::trim(line.substr(0, colon));
        auto const value =
            colon == std::string_view::npos ? "" : text::trim(line.substr(colon + 1));
        auto plain = text::replace_all(std::string{value}, "\\#", "#");
        return {std::string{key}, plain};
    }

    void request_section(HurlSection const& section, StepDraft& step) {
        auto const& name = section.name;
        if (name == "Options") {
            for (auto const& line : section.lines) {
                option(line, step);
            }
            return;
        }
        Value fields = Value::object();
        for (auto const& line : section.lines) {
            auto const [key, value] = field_of(line.text);
            auto const here = place(line.number);
            auto const ours = draft_.text(value, here);
            if (name == "QueryStringParams" || name == "Query") {
                url_ += url_.find('?') == std::string::npos ? "?" : "&";
                url_ += text::percent_encode(key) + "=" + encoded(value);
            } else if (name == "BasicAuth") {
                step.set("basic", {{"user", draft_.text(key, here)}, {"password", ours}});
            } else if (fields.contains(key)) {
                leave(line.number, line.text, "a field that is there twice");
            } else if (name == "MultipartFormData" || name == "Multipart") {
                fields[key] = part(value, ours);
            } else {
                fields[key] = ours;
            }
        }
        if (name == "FormParams" || name == "Form") {
            step.set("form", fields);
        } else if (name == "Cookies") {
            step.set("cookies", fields);
        } else if (!fields.empty()) {
            if (name == "MultipartFormData" || name == "Multipart") {
                step.set("multipart", fields);
            } else {
                leave(
                    section.lines.front().number, "[" + name + "]", "a section that is not known");
            }
        }
    }

    // A query's value: placeholders stay, all else is encoded.
    static std::string encoded(std::string_view value) {
        std::string out;
        while (!value.empty()) {
            auto const open = value.find("{{");
            out += text::percent_encode(value.substr(0, open));
            if (open == std::string_view::npos) {
                break;
            }
            auto const close = value.find("}}", open);
            auto const end = close == std::string_view::npos ? value.size() : close + 2;
            out += value.substr(open, end - open);
            value.remove_prefix(end);
        }
        return out;
    }

    static Value part(std::string const& value, std::string const& ours) {
        if (!value.starts_with("file,")) {
            return ours;
        }
        auto const end = value.find(';');
        Value out{{"file", std::string{text::trim(value.substr(5, end - 5))}}};
        auto const type =
            end == std::string::npos ? "" : text::trim(std::string_view{value}.substr(end + 1));
        if (!type.empty()) {
            out["type"] = std::string{type};
        }
        return out;
    }

    void option(HurlLine const& line, StepDraft& step) {
        auto const [key, value] = field_of(line.text);
        auto const milliseconds = [&](std::string const& text) {
            bool const bare = text.find_first_not_of("0123456789") == std::string::npos;
            return bare ? text + "ms" : text;
        };
        if (key == "location" || key == "location-trusted") {
            step.set("follow_redirects", value == "true");
        } else if (key == "max-redirs" && value != "-1") {
            step.set("max_redirects", number(value));
        } else if (key == "retry" && value.find_first_not_of("0123456789") == std::string::npos) {
            step.set("retries", number(value));
        } else if (key == "delay") {
            step.set("delay", milliseconds(value));
        } else if (key == "repeat" && value.find_first_not_of("0123456789") == std::string::npos) {
            step.set("repeat", number(value));
        } else if (key == "max-time") {
            bool const bare = value.find_first_not_of("0123456789") == std::string::npos;
            step.set("timeout", bare ? value + "s" : value);
        } else if (key == "insecure") {
            step.set("insecure", value == "true");
        } else if (key == "cacert") {
            step.set("ca_file", value);
        } else if (key == "http1.1" || key == "http2") {
            if (value == "true") {
                step.set("version", key == "http2" ? "2" : "1.1");
            }
        } else if (key == "variable") {
            auto const sign = value.find('=');
            if (sign == std::string::npos || defined_.contains(value.substr(0, sign))) {
                leave(line.number, line.text, "a variable that changes on the way");
                return;
            }
            auto text = std::string{text::trim(value.substr(sign + 1))};
            if (text.size() > 1 && text.starts_with('"') && text.ends_with('"')) {
                text = text.substr(1, text.size() - 2);
            }
            defined_.insert(value.substr(0, sign));
            draft_.define(value.substr(0, sign), text::replace_all(text, "$", "$$"));
        } else if (key == "skip") {
            skip_ = value == "true";
        } else if (key == "user") {
            user_ = value;
        } else if (key == "aws-sigv4") {
            aws_ = line;
        } else if (
            key != "compressed" && key != "verbose" && key != "very-verbose" && key != "output" &&
            key != "retry-interval" && key != "verbosity") {
            leave(line.number, line.text, "an option that is not converted");
        }
    }

    // `--user` is the key of a signature where there is one, as curl has it.
    void credentials(StepDraft& step, std::string const& here) {
        if (user_.empty() && !aws_) {
            return;
        }
        auto const colon = user_.find(':');
        auto const text = [&](std::string const& part) {
            return draft_.text(part, here);
        };
        auto const name = text(user_.substr(0, colon));
        auto const password = colon == std::string::npos ? "" : text(user_.substr(colon + 1));
        if (!aws_) {
            step.set("basic", {{"user", name}, {"password", password}});
            return;
        }
        auto const said = field_of(aws_->text).second;
        auto const parts = text::split(said, ':');
        if (parts.size() != 4 || parts[0] != "aws" || parts[1] != "amz" || password.empty()) {
            leave(
                aws_->number, aws_->text, "a signature that is not AWS's for a region and service");
            return;
        }
        step.set(
            "aws_sigv4",
            {{"service", text(std::string{parts[3]})},
             {"region", text(std::string{parts[2]})},
             {"access_key_id", name},
             {"secret_access_key", password}});
    }

    static Value number(std::string const& text) {
        auto value = Value::parse(text, nullptr, false);
        return value.is_number_integer() ? value : Value(0);
    }

    void request_body(HurlBody const& body, StepDraft& step) {
        auto const here = place(body.line);
        auto const type = [&](std::string_view content) {
            if (!step.has_header("content-type")) {
                step.header("Content-Type", std::string{content});
            }
        };
        if (body.kind == "file") {
            step.set("body_file", body.text);
        } else if (body.kind == "json" || body.language == "json") {
            type("application/json");
            step.set("body", draft_.text(body.text, here));
        } else if (body.kind == "xml" || body.language == "xml") {
            type("application/xml");
            step.set("body", draft_.text(body.text, here));
        } else if (body.kind == "text" && body.language.empty()) {
            step.set("body", draft_.text(body.text, here));
        } else if (
            body.language == "graphql" && body.text.find("\nvariables") == std::string::npos) {
            type("application/json");
            step.set("body", draft_.text("{\"query\":" + json_quoted(body.text) + "}", here));
        } else {
            leave(body.line, body.kind + " " + body.language, "a body that is not converted");
        }
    }

    void response(HurlEntry const& entry, StepDraft& step, std::string const& here) {
        if (!entry.has_response) {
            return;
        }
        for (auto const& section : entry.response_sections) {
            for (auto const& line : section.lines) {
                bool const done =
                    section.name == "Asserts"
                        ? add_hurl_assert(line.text, step, draft_, place(line.number))
                        : section.name == "Captures" &&
                              add_hurl_capture(line.text, step, draft_, place(line.number));
                if (!done) {
                    leave(
                        line.number,
                        line.text,
                        section.name == "Asserts" ? "an assert that is not converted"
                                                  : "a capture that is not converted");
                }
            }
        }
        if (entry.status != "*") {
            step.want_status(entry.status);
        } else if (!step.wants_status()) {
            step.want_any_status();
        }
        if (entry.version.find('/') != std::string::npos) {
            step.want("response", ".http_version", "== \"" + entry.version.substr(5) + "\"");
        }
        for (auto const& field : entry.response_headers) {
            step.want("headers", field.first, draft_.equal_to_text(field.second, here));
        }
        if (auto const& body = entry.response_body) {
            response_body(*body, step);
        }
    }

    void response_body(HurlBody const& body, StepDraft& step) {
        auto const here = place(body.line);
        if (body.kind == "json" && body.text.find("{{") == std::string::npos) {
            auto const value = Value::parse(body.text, nullptr, false);
            if (!value.is_discarded()) {
                step.want("jq", ".", value.is_string() ? Draft::equal_to(value) : value);
                return;
            }
        }
        if ((body.kind == "text" && body.language.empty()) || body.kind == "xml") {
            step.want_body("equals", draft_.text(body.text, here));
            return;
        }
        leave(body.line, text::shorten(body.text, 80), "a body of an answer that is not converted");
    }

    Document const& document_;
    Draft draft_;
    std::string url_;
    std::set<std::string> defined_;
    bool skip_ = false;
    std::string user_; // of the entry's options
    std::optional<HurlLine> aws_;
};

} // namespace

Draft draft_of_hurl(Document const& document) {
    return HurlDocument{document}.convert();
}

} // namespace slipway::smoke_http
