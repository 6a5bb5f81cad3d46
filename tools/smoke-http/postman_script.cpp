// SPDX-License-Identifier: Apache-2.0
#include "postman_script.hpp"

#include "expr/regex.hpp"
#include "js_statements.hpp"
#include "js_value.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

// What calls in front of `members` stand for; the longest first.
constexpr std::array<std::string_view, 4> whole_bodies{
    "pm.response.json()",
    "JSON.parse(responseBody)",
    "JSON.parse(pm.response.text())",
    "JSON.parse(pm.response.body)"};

} // namespace

std::string PostmanScript::Subject::jq() const {
    switch (kind) {
    case Subject::Kind::json:
    case Subject::Kind::response:
        return expression;
    case Subject::Kind::status:
        return ".status";
    case Subject::Kind::time:
        return ".latency_ms";
    case Subject::Kind::text:
        return ".text";
    case Subject::Kind::size:
        return ".bytes";
    case Subject::Kind::header:
        return fmt::format(".headers[{}][0]", json_quoted(text::lower(expression)));
    }
    return "";
}

void PostmanScript::convert(std::string_view script) {
    for (auto const& one : js_statements(script)) {
        if (!statement(one)) {
            draft_.leave(place_, one, "a statement of its script that is not converted");
        }
    }
}

bool PostmanScript::statement(std::string const& text) {
    if (text.starts_with("console.") || text == "\"use strict\"" || text == "'use strict'") {
        return true;
    }
    return test_block(text) || old_test(text) || declaration(text) || variable(text) ||
           response_chain(text) || expectation(text);
}

// pm.test("name", function () { … }): its body counts, statement by statement.
bool PostmanScript::test_block(std::string const& text) {
    if (!text.starts_with("pm.test(")) {
        return false;
    }
    auto const close = js_closing(text, 7);
    if (close == std::string::npos ||
        !text::trim(std::string_view{text}.substr(close + 1)).empty()) {
        return false;
    }
    auto const arguments = js_split(std::string_view{text}.substr(8, close - 8), ',');
    if (arguments.size() != 2) {
        return false;
    }
    static expr::Regex const front{
        R"(^(?s)(?:async\s+)?(?:function\s*\w*\s*\([^)]*\)\s*|\([^)]*\)\s*=>\s*|\w+\s*=>\s*))"};
    auto const found = front.groups(arguments[1]);
    if (found.empty()) {
        return false;
    }
    auto const body = text::trim(std::string_view{arguments[1]}.substr(found[0].size()));
    auto const known = names_; // what it declares is its own
    if (body.starts_with('{') && body.ends_with('}')) {
        convert(body.substr(1, body.size() - 2));
    } else if (!statement(std::string{body})) {
        return false;
    }
    names_ = known;
    return true;
}

// tests["name"] = responseCode.code === 200
bool PostmanScript::old_test(std::string const& text) {
    static expr::Regex const front{R"(^tests\[(?:"[^"]*"|'[^']*')\]\s*=\s*)"};
    auto const found = front.groups(text);
    if (found.empty()) {
        return false;
    }
    auto const right = std::string_view{text}.substr(found[0].size());
    static expr::Regex const comparison{R"(^(?s)(.+?)\s*(===?|!==?|<=?|>=?)\s*(.+)$)"};
    if (auto const parts = comparison.groups(right); !parts.empty()) {
        auto const subject = subject_of(parts[1]);
        auto const value = literal_of(parts[3]);
        auto const op = parts[2].starts_with("==")   ? "=="
                        : parts[2].starts_with("!=") ? "!="
                                                     : parts[2];
        return subject && value && compare(*subject, op, *value, false);
    }
    static expr::Regex const inside{R"re(^\(?("[^"]*"|'[^']*')\s+in\s+([\w.]+)\)?$)re"};
    if (auto const parts = inside.groups(right); !parts.empty()) {
        auto const name = js_string(parts[1]);
        auto const subject = subject_of(parts[2]);
        return name && subject && subject->kind == Subject::Kind::json &&
               condition(*subject, fmt::format("has({})", json_quoted(*name)), false);
    }
    static expr::Regex const has{R"(^responseBody\.(?:has|includes)\((.+)\)$)"};
    if (auto const parts = has.groups(right); !parts.empty()) {
        auto const value = literal_of(parts[1]);
        return value && contains({Subject::Kind::text, ""}, *value, false);
    }
    static expr::Regex const header{R"(^postman\.getResponseHeader\((.+)\)$)"};
    if (auto const parts = header.groups(right); !parts.empty()) {
        auto const name = js_string(parts[1]);
        if (name) {
            step_.want("headers", *name, "exists");
        }
        return name.has_value();
    }
    return false;
}

// var a = pm.response.json(), b = a.c;
bool PostmanScript::declaration(std::string const& text) {
    static expr::Regex const front{R"(^(?:(?:var|let|const)\s+)?([A-Za-z_$][\w$]*)\s*=\s*)"};
    auto const found = front.groups(text);
    if (found.empty()) {
        return false;
    }
    auto const right = std::string_view{text}.substr(found[0].size());
    if (right.starts_with('=')) {
        return false;
    }
    auto const subject = subject_of(right);
    if (subject) {
        names_[std::string{found[1]}] = *subject;
    }
    return subject.has_value();
}

// pm.environment.set("token", body.token)
bool PostmanScript::variable(std::string const& text) {
    static expr::Regex const front{
        R"(^(?s)(?:pm\.(?:environment|collectionVariables|globals|variables)\.set|postman\.set(?:Environment|Global)Variable)\((.*)\)$)"};
    auto const found = front.groups(text);
    if (found.empty()) {
        return false;
    }
    auto const arguments = js_split(found[1], ',');
    if (arguments.size() != 2) {
        return false;
    }
    auto const name = js_string(arguments[0]);
    auto const subject = subject_of(arguments[1]);
    if (!name || !subject || subject->kind == Subject::Kind::time) {
        return false;
    }
    auto const ours = draft_.variable(*name);
    if (subject->kind == Subject::Kind::header) {
        step_.capture(ours, {{"header", subject->expression}});
    } else if (subject->kind == Subject::Kind::text) {
        step_.capture(ours, {{"body", true}});
    } else if (subject->of_response()) {
        step_.capture(ours, {{"response", subject->jq()}});
    } else {
        step_.capture(ours, subject->jq());
    }
    return true;
}

// pm.response.to.have.status(200)
bool PostmanScript::response_chain(std::string const& text) {
    static expr::Regex const front{R"(^pm\.response\.to\.(not\.)?(?:have|be)\.(not\.)?)"};
    auto const found = front.groups(text);
    if (found.empty()) {
        return false;
    }
    bool const not_ = !found[1].empty() || !found[2].empty();
    auto const rest = std::string_view{text}.substr(found[0].size());
    static std::map<std::string, std::vector<std::string>, std::less<>> const words{
        {"ok", {"200"}},
        {"success", {"2xx"}},
        {"redirection", {"3xx"}},
        {"clientError", {"4xx"}},
        {"serverError", {"5xx"}},
        {"error", {"4xx", "5xx"}},
        {"accepted", {"202"}},
        {"badRequest", {"400"}},
        {"unauthorized", {"401"}},
        {"forbidden", {"403"}},
        {"notFound", {"404"}},
        {"rateLimited", {"429"}}};
    if (auto const known = words.find(rest); known != words.end() && !not_) {
        for (auto const& word : known->second) {
            step_.want_status(word);
        }
        return true;
    }
    if (rest == "json" || rest == "withBody") {
        auto const* const test =
            rest == "json" ? ".text | try (fromjson | true) catch false" : ".bytes > 0";
        step_.want("response", test, !not_);
        return true;
    }
    auto const open = rest.find('(');
    if (open == std::string_view::npos || js_closing(rest, open) != rest.size() - 1) {
        return false;
    }
    auto const word = rest.substr(0, open);
    auto const arguments = js_split(rest.substr(open + 1, rest.size() - open - 2), ',');
    auto const first = literal_of(arguments[0]);
    if (!first) {
        return false;
    }
    if (word == "status" && first->is_number_integer()) {
        return compare({Subject::Kind::status, ""}, "==", *first, not_);
    }
    if (word == "header" && first->is_string()) {
        auto const name = first->get<std::string>();
        if (arguments.size() == 1) {
            step_.want("headers", name, not_ ? "absent" : "exists");
            return true;
        }
        auto const value = literal_of(arguments[1]);
        return value && compare({Subject::Kind::header, name}, "==", *value, not_);
    }
    if (word == "body" && first->is_string()) {
        return compare({Subject::Kind::text, ""}, "==", *first, not_);
    }
    if (word == "jsonBody" && first->is_object() && arguments.size() == 1) {
        return compare({Subject::Kind::json, "."}, "==", *first, not_);
    }
    if (word == "jsonBody" && first->is_string()) {
        auto const path = jq_of_members("." + first->get<std::string>());
        if (!path || arguments.size() > 2) {
            return false;
        }
        if (arguments.size() == 1) {
            step_.want("jq", *path, not_ ? "absent" : "exists");
            return true;
        }
        auto const value = literal_of(arguments[1]);
        return value && compare({Subject::Kind::json, *path}, "==", *value, not_);
    }
    return false;
}

// pm.expect(SUBJECT).to.…
bool PostmanScript::expectation(std::string const& text) {
    if (!text.starts_with("pm.expect(")) {
        return false;
    }
    auto const close = js_closing(text, 9);
    if (close == std::string::npos || close + 1 >= text.size() || text[close + 1] != '.') {
        // `.to` may stand on the next line
        auto const rest = close == std::string::npos
                              ? std::string_view{}
                              : text::trim(std::string_view{text}.substr(close + 1));
        if (!rest.starts_with('.')) {
            return false;
        }
    }
    auto const subject_text = js_split(std::string_view{text}.substr(10, close - 10), ',').front();
    auto const subject = subject_of(subject_text);
    if (!subject) {
        return false;
    }
    auto words = js_split(std::string_view{text}.substr(close + 1), '.');
    words.erase(words.begin()); // before the first dot
    return chain(*subject, words, 0);
}

std::optional<PostmanScript::Subject> PostmanScript::subject_of(std::string_view written) const {
    auto text = text::trim(written);
    static std::map<std::string, Subject, std::less<>> const plain{
        {"pm.response.code", {Subject::Kind::status, ""}},
        {"responseCode.code", {Subject::Kind::status, ""}},
        {"pm.response.responseTime", {Subject::Kind::time, ""}},
        {"responseTime", {Subject::Kind::time, ""}},
        {"pm.response.text()", {Subject::Kind::text, ""}},
        {"responseBody", {Subject::Kind::text, ""}},
        {"pm.response.responseSize", {Subject::Kind::size, ""}}};
    if (auto const known = plain.find(text); known != plain.end()) {
        return known->second;
    }
    static expr::Regex const header{
        R"re(^(?:pm\.response\.headers\.get|postman\.getResponseHeader)\(\s*(?:"([^"]+)"|'([^']+)')\s*\)$)re"};
    if (auto const parts = header.groups(text); !parts.empty()) {
        return Subject{Subject::Kind::header, std::string{parts[1].empty() ? parts[2] : parts[1]}};
    }
    static expr::Regex const cookie{R"re(^pm\.cookies\.get\(\s*(?:"([^"]+)"|'([^']+)')\s*\)$)re"};
    if (auto const parts = cookie.groups(text); !parts.empty()) {
        auto const name = parts[1].empty() ? parts[2] : parts[1];
        return Subject{
            Subject::Kind::response, fmt::format(".cookies[{}].value", json_quoted(name))};
    }
    for (auto const body : whole_bodies) {
        if (text.starts_with(body)) {
            auto const path = jq_of_members(text::trim(text.substr(body.size())));
            return path ? std::optional{Subject{Subject::Kind::json, *path}} : std::nullopt;
        }
    }
    auto const end = std::min(text.find_first_of(".["), text.size());
    auto const known = names_.find(text::trim(text.substr(0, end)));
    if (known == names_.end()) {
        return std::nullopt;
    }
    auto subject = known->second;
    auto const path = jq_of_members(text.substr(end));
    if (!path || (subject.kind != Subject::Kind::json && *path != ".")) {
        return std::nullopt;
    }
    subject.expression = subject.kind == Subject::Kind::json
                             ? joined_path(subject.expression, *path)
                             : subject.expression;
    return subject;
}

std::optional<Value> PostmanScript::literal_of(std::string_view text) {
    static expr::Regex const variable{
        R"re(^(?:pm\.(?:environment|collectionVariables|globals|variables)\.get|postman\.get(?:Environment|Global)Variable)\(\s*(?:"([^"]+)"|'([^']+)')\s*\)$)re"};
    if (auto const parts = variable.groups(text::trim(text)); !parts.empty()) {
        return Value("{{" + std::string{parts[1].empty() ? parts[2] : parts[1]} + "}}");
    }
    return js_literal(text);
}

} // namespace slipway::smoke_http
