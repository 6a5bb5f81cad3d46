// SPDX-License-Identifier: Apache-2.0
// Predicates of Hurl (hurl.dev/docs/asserting-response.html).
#include "expr/regex.hpp"
#include "hurl_reader.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

bool has_placeholder(Value const& value) {
    return value.is_string() && value.get_ref<std::string const&>().find("{{") != std::string::npos;
}

} // namespace

std::optional<json::Value> HurlReader::value() {
    auto const* const token = next();
    if (token == nullptr || token->kind == HurlToken::Kind::regex) {
        return std::nullopt;
    }
    if (token->kind == HurlToken::Kind::text) {
        return Value(token->text);
    }
    if (token->text.starts_with("{{")) {
        auto whole = token->text;
        while (whole.find("}}") == std::string::npos && !done()) {
            whole += next()->text;
        }
        return Value(whole);
    }
    if (token->text.starts_with("hex,") || token->text.starts_with("base64,") ||
        token->text.starts_with("file,")) {
        return std::nullopt;
    }
    auto parsed = Value::parse(token->text, nullptr, false);
    return parsed.is_discarded() ? std::nullopt : std::optional{parsed};
}

// The condition of jq for predicates without a value.
std::string HurlReader::shape(std::string_view word) {
    static std::map<std::string, std::string, std::less<>> const shapes{
        {"isInteger", "type == \"number\" and . == floor"},
        {"isFloat", "type == \"number\" and . != floor"},
        {"isNumber", "type == \"number\""},
        {"isBoolean", "type == \"boolean\""},
        {"isString", "type == \"string\""},
        {"isCollection", "type == \"array\" or type == \"object\""},
        {"isList", "type == \"array\""},
        {"isObject", "type == \"object\""},
        {"isEmpty", "length == 0"},
        {"isUuid",
         "type == \"string\" and "
         "test(\"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$\")"},
        {"isIpv4",
         "type == \"string\" and "
         "test(\"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\\\\.(?!$)|$)){4}$\")"},
        {"isIsoDate",
         "type == \"string\" and "
         "test(\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\\\.[0-9]+)?(Z|[+-][0-9]{"
         "2}"
         ":[0-9]{2})$\")"}};
    auto const known = shapes.find(word);
    return known == shapes.end() ? "" : known->second;
}

bool HurlReader::predicate(HurlFound const& found, StepDraft& step) {
    bool not_ = false;
    if (next_is("not")) {
        not_ = true;
        ++at_;
    }
    auto const* const token = next();
    if (token == nullptr || token->kind != HurlToken::Kind::word) {
        return false;
    }
    auto const word = token->text;
    if (is_bytes_ && tokens_[at_ >= 2 ? at_ - 2 : 0].text != "count" && !not_) {
        return false; // its bytes themselves
    }
    if (word == "exists") {
        if (!found.header.empty()) {
            step.want("headers", found.header, not_ ? "absent" : "exists");
        } else if (found.nodes) {
            step.want("jq", found.jq + " | length > 0", !not_);
        } else {
            step.want(found.response ? "response" : "jq", found.jq, not_ ? "absent" : "exists");
        }
        return done();
    }
    if (auto const test = shape(word); !test.empty()) {
        condition(found, step, test, not_);
        return done();
    }
    if (word == "==" || word == "equals" || word == "!=" || word == "notEquals") {
        bool const unequal = word == "!=" || word == "notEquals";
        return equality(found, step, not_ != unequal) && done();
    }
    if (word == ">" || word == ">=" || word == "<" || word == "<=") {
        return comparison(found, step, word, not_) && done();
    }
    return with_value(found, step, word, not_) && done();
}

bool HurlReader::equality(HurlFound const& found, StepDraft& step, bool not_) {
    if (is_hash_) {
        auto const* const token = next();
        if (token == nullptr || !token->text.starts_with("hex,") || not_) {
            return false;
        }
        auto const hex = token->text.substr(4, token->text.find(';') - 4);
        step.want_body("sha256", hex);
        return true;
    }
    auto const wanted = value();
    if (!wanted) {
        return false;
    }
    if (not_) {
        if (has_placeholder(*wanted)) {
            return false;
        }
        condition(found, step, ". != " + json::write(*wanted), false);
        return true;
    }
    if (found.is_status && wanted->is_number_integer()) {
        step.want_status(json::write(*wanted));
        return true;
    }
    if (found.is_body && wanted->is_string()) {
        step.want_body("equals", draft_.text(wanted->get<std::string>(), place_));
        return true;
    }
    auto const expected = wanted->is_string()
                              ? draft_.equal_to_text(wanted->get<std::string>(), place_)
                              : Draft::equal_to(*wanted);
    if (!found.header.empty()) {
        step.want("headers", found.header, expected);
    } else {
        step.want(found.response ? "response" : "jq", one(found), expected);
    }
    return true;
}

bool HurlReader::comparison(
    HurlFound const& found,
    StepDraft& step,
    std::string const& op,
    bool not_) {
    auto const limit = value();
    if (!limit || has_placeholder(*limit)) {
        return false;
    }
    if (found.is_duration && op == "<" && !not_ && limit->is_number_integer()) {
        step.want_latency(limit->get<std::int64_t>());
        return true;
    }
    if (found.is_status) {
        step.want_any_status();
    }
    if (not_) {
        condition(found, step, fmt::format(". {} {}", op, json::write(*limit)), true);
    } else {
        step.want(
            found.response ? "response" : "jq",
            one(found),
            fmt::format("{} {}", op, json::write(*limit)));
    }
    return true;
}

bool HurlReader::with_value(
    HurlFound const& found,
    StepDraft& step,
    std::string const& word,
    bool not_) {
    if (word == "matches") {
        auto const* const pattern = next();
        if (pattern == nullptr || pattern->kind == HurlToken::Kind::word) {
            return false;
        }
        if (found.is_body && !not_) {
            step.want_body("regex", pattern->text);
        } else {
            condition(
                found, step, fmt::format("tostring | test({})", json_quoted(pattern->text)), not_);
        }
        return true;
    }
    auto const wanted = value();
    if (!wanted || (has_placeholder(*wanted) && !(found.is_body && word == "contains"))) {
        return false;
    }
    auto const written = json::write(*wanted);
    if ((word == "contains" || word == "includes") && found.is_body && wanted->is_string()) {
        step.want_body(
            not_ ? "lacks" : "contains", draft_.text(wanted->get<std::string>(), place_));
        return true;
    }
    if (word == "contains" || word == "includes") {
        // One header of that name is enough, as is one element.
        condition(
            found,
            step,
            fmt::format(
                "if type == \"array\" then any(.[]; . == {0}) else tostring | contains({0} | "
                "tostring) end",
                written),
            not_);
        return true;
    }
    if ((word == "startsWith" || word == "endsWith") && wanted->is_string()) {
        condition(
            found,
            step,
            fmt::format(
                "tostring | {}({})", word == "startsWith" ? "startswith" : "endswith", written),
            not_);
        return true;
    }
    return false;
}

} // namespace slipway::smoke_http
