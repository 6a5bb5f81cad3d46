// SPDX-License-Identifier: Apache-2.0
// The words behind pm.expect(…), and what they expect.
#include "js_statements.hpp"
#include "js_value.hpp"
#include "postman_script.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

using json::Value;

namespace {

std::string regex_condition(std::string_view literal) {
    auto const end = literal.rfind('/');
    auto const flags = literal.substr(end + 1);
    return fmt::format(
        "tostring | test({}{})",
        json_quoted(literal.substr(1, end - 1)),
        flags.find('i') == std::string_view::npos ? "" : "; \"i\"");
}

} // namespace

bool PostmanScript::chain(
    Subject subject,
    std::vector<std::string> const& words,
    std::size_t from) {
    bool not_ = false;
    bool said = false;
    for (std::size_t i = from; i < words.size(); ++i) {
        auto const& whole = words[i];
        auto const open = whole.find('(');
        auto const word = whole.substr(0, open);
        static std::set<std::string, std::less<>> const fillers{
            "to",
            "be",
            "been",
            "is",
            "that",
            "which",
            "has",
            "have",
            "with",
            "at",
            "of",
            "same",
            "but",
            "does",
            "deep",
            "still"};
        if (open == std::string::npos && (fillers.contains(word) || word == "and")) {
            not_ = word == "and" ? false : not_;
            continue;
        }
        if (open == std::string::npos && word == "not") {
            not_ = !not_;
            continue;
        }
        std::vector<std::string> arguments;
        if (open != std::string::npos) {
            if (js_closing(whole, open) != whole.size() - 1) {
                return false;
            }
            arguments =
                js_split(std::string_view{whole}.substr(open + 1, whole.size() - open - 2), ',');
        }
        auto const value =
            arguments.empty() || arguments[0].empty() ? std::nullopt : literal_of(arguments[0]);
        said = true;
        if (word == "property" && value && value->is_string() &&
            subject.kind == Subject::Kind::json) {
            auto const name = value->get<std::string>();
            auto const path = jq_of_members(fmt::format("[{}]", json_quoted(name)));
            auto const base = subject.expression;
            subject.expression = joined_path(base, *path);
            if (arguments.size() > 1) {
                auto const second = literal_of(arguments[1]);
                if (!second || !compare(subject, "==", *second, not_)) {
                    return false;
                }
            } else {
                auto const of = base == "." ? std::string{} : base + " | ";
                step_.want("jq", fmt::format("{}has({})", of, json_quoted(name)), !not_);
            }
            continue;
        }
        bool fine = false;
        if (word == "eql" || word == "equal" || word == "equals" || word == "eq" ||
            word == "eqls") {
            fine = value && compare(subject, "==", *value, not_);
        } else if (word == "above" || word == "gt" || word == "greaterThan") {
            fine = value && compare(subject, ">", *value, not_);
        } else if (word == "below" || word == "lt" || word == "lessThan") {
            fine = value && compare(subject, "<", *value, not_);
        } else if (word == "least" || word == "gte" || word == "greaterThanOrEqual") {
            fine = value && compare(subject, ">=", *value, not_);
        } else if (word == "most" || word == "lte" || word == "lessThanOrEqual") {
            fine = value && compare(subject, "<=", *value, not_);
        } else if (word == "within" && arguments.size() == 2 && value && !not_) {
            auto const last = literal_of(arguments[1]);
            fine = last && compare(subject, ">=", *value, false) &&
                   compare(subject, "<=", *last, false);
        } else if (word == "oneOf") {
            fine = value && value->is_array() && one_of(subject, *value, not_);
        } else if (
            word == "include" || word == "includes" || word == "contain" || word == "contains" ||
            word == "string") {
            fine = value && contains(subject, *value, not_);
        } else if (word == "lengthOf" || word == "length") {
            fine = value && value->is_number_integer() &&
                   condition(subject, fmt::format("length == {}", json::write(*value)), not_);
        } else if (word == "match" && arguments.size() == 1 && arguments[0].starts_with('/')) {
            fine = condition(subject, regex_condition(arguments[0]), not_);
        } else if ((word == "a" || word == "an") && value && value->is_string()) {
            auto const type = value->get<std::string>();
            fine = condition(subject, fmt::format("type == {}", json_quoted(type)), not_);
        } else if (word == "true" || word == "false") {
            fine = compare(subject, "==", Value(word == "true"), not_);
        } else if (word == "null" || word == "undefined") {
            fine = condition(subject, ". == null", not_);
        } else if (word == "exist") {
            fine = condition(subject, ". != null", not_);
        } else if (word == "ok") {
            fine =
                condition(subject, ". as $x | [null, false, 0, \"\"] | any(. == $x) | not", not_);
        } else if (word == "empty") {
            fine = condition(subject, "length == 0", not_);
        }
        if (!fine) {
            return false;
        }
    }
    return said;
}

void PostmanScript::want(Subject const& subject, Value wanted) {
    if (subject.kind == Subject::Kind::header) {
        step_.want("headers", subject.expression, std::move(wanted));
    } else {
        step_.want(subject.of_response() ? "response" : "jq", subject.jq(), std::move(wanted));
    }
}

bool PostmanScript::condition(Subject const& subject, std::string const& test, bool not_) {
    step_.want(subject.of_response() ? "response" : "jq", subject.jq() + " | " + test, !not_);
    return true;
}

bool PostmanScript::compare(
    Subject const& subject,
    std::string_view op,
    Value const& value,
    bool not_) {
    bool const equal = op == "==" && !not_;
    if (subject.kind == Subject::Kind::status && equal && value.is_number_integer()) {
        step_.want_status(json::write(value));
        return true;
    }
    if (subject.kind == Subject::Kind::time && (op == "<" || op == "<=") && !not_ &&
        value.is_number_integer() && value.get<std::int64_t>() > 0) {
        step_.want_latency(value.get<std::int64_t>() + (op == "<=" ? 1 : 0));
        return true;
    }
    if (subject.kind == Subject::Kind::text && equal && value.is_string()) {
        step_.want_body("equals", draft_.text(value.get<std::string>(), place_));
        return true;
    }
    bool const placeholder =
        value.is_string() && value.get_ref<std::string const&>().find("{{") != std::string::npos;
    if (equal) {
        want(
            subject,
            placeholder ? draft_.equal_to_text(value.get<std::string>(), place_)
                        : Draft::equal_to(value));
        return true;
    }
    if (placeholder) {
        return false;
    }
    auto const shown = op == "===" ? "==" : std::string{op};
    return condition(subject, fmt::format(". {} {}", shown, json::write(value)), not_);
}

bool PostmanScript::contains(Subject const& subject, Value const& value, bool not_) {
    if (subject.kind == Subject::Kind::text && value.is_string()) {
        step_.want_body(not_ ? "lacks" : "contains", draft_.text(value.get<std::string>(), place_));
        return true;
    }
    auto const written = json::write(value);
    if (written.find("{{") != std::string::npos) {
        return false;
    }
    auto const test =
        value.is_string()
            ? fmt::format(
                  "if type == \"array\" then any(.[]; . == {0}) elif type == \"object\" then "
                  "has({0}) else contains({0}) end",
                  written)
        : value.is_object() ? fmt::format("contains({})", written)
                            : fmt::format("any(.[]; . == {})", written);
    return condition(subject, test, not_);
}

bool PostmanScript::one_of(Subject const& subject, Value const& list, bool not_) {
    bool const statuses = std::all_of(
        list.begin(), list.end(), [](Value const& one) { return one.is_number_integer(); });
    if (subject.kind == Subject::Kind::status && statuses && !not_) {
        for (auto const& one : list) {
            step_.want_status(json::write(one));
        }
        return true;
    }
    return condition(subject, fmt::format(". as $x | {} | any(. == $x)", json::write(list)), not_);
}

} // namespace slipway::smoke_http
