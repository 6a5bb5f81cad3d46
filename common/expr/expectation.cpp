// SPDX-License-Identifier: Apache-2.0
#include "expr/expectation.hpp"

#include "error/error.hpp"
#include "expr/compare.hpp"
#include "expr/path.hpp"
#include "expr/regex.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::expr {

namespace {

using json::Value;
using Operator = Plain::Operator;

// A judgement: empty where the value is as expected, else what it is instead.
using Test = std::function<std::string(Value const&)>;

std::string shown(Value const& value) {
    constexpr std::size_t longest = 200;
    return text::shorten(text::printable_line(json::write(value)), longest);
}

std::string_view type_of(Value const& value) {
    if (value.is_number()) {
        return "number";
    }
    return value.type_name();
}

// JSON, or the string itself.
Value operand(std::string_view text) {
    constexpr std::string_view beginnings = "{[\"-0123456789tfn \t\r\n\xEF";
    if (!text.empty() && beginnings.find(text.front()) == std::string_view::npos) {
        return std::string{text}; // known sooner than by an error of the parser
    }
    Value value = Value::parse(text.begin(), text.end(), nullptr, false);
    return value.is_discarded() ? Value(std::string{text}) : value;
}

Test comparison(Operator operation, Value expected) {
    return [operation, expected = std::move(expected)](Value const& actual) -> std::string {
        bool const ordered = operation != Operator::equal && operation != Operator::unequal;
        if (ordered && type_of(actual) != type_of(expected)) {
            return fmt::format(
                "got {}, which is of type {}, not {}",
                shown(actual),
                type_of(actual),
                type_of(expected));
        }
        return holds(operation, actual, expected) ? "" : "got " + shown(actual);
    };
}

// The operand's first spelling counts for a string too: YAML's "5" reaches us as 5.
Test equality(std::string_view text) {
    return [expected = operand(text), spelled = std::string{text}](Value const& actual) {
        bool const same = equal(actual, expected) ||
                          (actual.is_string() && actual.get_ref<std::string const&>() == spelled);
        return same ? std::string{} : "got " + shown(actual);
    };
}

std::optional<std::pair<Operator, std::string_view>> read_operator(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Operator>, 6> spellings{{
        {"==", Operator::equal},
        {"!=", Operator::unequal},
        {"<=", Operator::at_most},
        {">=", Operator::at_least},
        {"<", Operator::less},
        {">", Operator::greater},
    }};
    for (auto const& spelling : spellings) {
        if (text.starts_with(spelling.first)) {
            return std::pair{spelling.second, text::trim(text.substr(spelling.first.size()))};
        }
    }
    return std::nullopt;
}

std::optional<Test> read_comparison(std::string_view text) {
    auto const found = read_operator(text);
    if (!found) {
        return std::nullopt;
    }
    if (found->second.empty()) {
        throw Error{
            ErrorKind::usage, fmt::format("the expectation \"{}\" compares with nothing", text)};
    }
    return comparison(found->first, operand(found->second));
}

std::optional<Test> read_regex(std::string_view text) {
    auto regex = Regex::between_slashes(text);
    if (!regex) {
        return std::nullopt;
    }
    return [regex = *regex](Value const& actual) -> std::string {
        if (actual.is_structured() || actual.is_null()) {
            return fmt::format("got {}, which is no text", shown(actual));
        }
        bool const found = actual.is_string() ? regex.found_in(actual.get_ref<std::string const&>())
                                              : regex.found_in(json::write(actual));
        return found ? "" : "got " + shown(actual);
    };
}

std::optional<Test> read_type(std::string_view text) {
    constexpr std::array types{"string", "number", "integer", "boolean", "array", "object", "null"};
    if (!text.starts_with("type ")) {
        return std::nullopt;
    }
    auto const type = std::string{text::trim(text.substr(5))};
    if (std::find(types.begin(), types.end(), type) == types.end()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("the expectation \"{}\" names no type", text),
            "The types are string, number, integer, boolean, array, object and null."};
    }
    return [type](Value const& actual) -> std::string {
        bool const fits = type == "integer" ? actual.is_number_integer() : type_of(actual) == type;
        return fits ? ""
                    : fmt::format("got {}, which is of type {}", shown(actual), type_of(actual));
    };
}

std::optional<Test> read_length(std::string_view text) {
    if (!text.starts_with("length ")) {
        return std::nullopt;
    }
    auto const rest = text::trim(text.substr(7));
    auto const found = read_operator(rest);
    Operator const operation = found ? found->first : Operator::equal;
    Value const expected = operand(found ? found->second : rest);
    if (!expected.is_number()) {
        throw Error{ErrorKind::usage, fmt::format("the expectation \"{}\" names no number", text)};
    }
    return [operation, expected](Value const& actual) -> std::string {
        if (!actual.is_string() && !actual.is_structured()) {
            return fmt::format("got {}, which has no length", shown(actual));
        }
        std::size_t const length = actual.is_string()
                                       ? text::code_points(actual.get_ref<std::string const&>())
                                       : actual.size();
        return holds(operation, length, expected) ? "" : fmt::format("the length is {}", length);
    };
}

std::optional<Test> read_contains(std::string_view text) {
    if (!text.starts_with("contains ")) {
        return std::nullopt;
    }
    auto const spelled = std::string{text::trim(text.substr(9))};
    return [spelled, expected = operand(spelled)](Value const& actual) -> std::string {
        std::string const part = expected.is_string() ? expected.get<std::string>() : spelled;
        bool found = false;
        if (actual.is_string()) {
            found = actual.get_ref<std::string const&>().find(part) != std::string::npos;
        } else if (actual.is_object()) {
            found = actual.contains(part);
        } else if (actual.is_array()) {
            found = std::any_of(actual.begin(), actual.end(), [&](Value const& element) {
                return equal(element, expected) ||
                       (element.is_string() && element.get_ref<std::string const&>() == part);
            });
        }
        return found ? "" : "got " + shown(actual);
    };
}

std::optional<Test> read_presence(std::string_view text) {
    if (text != "exists" && text != "absent") {
        return std::nullopt;
    }
    return [wanted = text == "exists"](Value const& actual) -> std::string {
        return actual.is_null() != wanted ? "" : "got " + shown(actual);
    };
}

std::optional<Test> read_rule(std::string_view text);

std::optional<Test> read_quantified(std::string_view text) {
    bool const all = text.starts_with("all ");
    if (!all && !text.starts_with("any ")) {
        return std::nullopt;
    }
    auto const inner = read_rule(text::trim(text.substr(4)));
    if (!inner) {
        return std::nullopt;
    }
    return [all, test = *inner](Value const& actual) -> std::string {
        if (!actual.is_array()) {
            return fmt::format("got {}, which is no array", shown(actual));
        }
        for (std::size_t i = 0; i < actual.size(); ++i) {
            std::string const fault = test(actual[i]);
            if (all && !fault.empty()) {
                return fmt::format("at index {}: {}", i, fault);
            }
            if (!all && fault.empty()) {
                return "";
            }
        }
        return all ? "" : fmt::format("no element of {}", shown(actual));
    };
}

// One of the rules with words or signs of their own; nothing for a mere value.
std::optional<Test> read_rule(std::string_view text) {
    for (auto const reader :
         {read_comparison,
          read_regex,
          read_type,
          read_length,
          read_contains,
          read_presence,
          read_quantified}) {
        if (auto test = reader(text)) {
            return test;
        }
    }
    return std::nullopt;
}

} // namespace

struct Expectation::Rule {
    std::string text;
    Test test;
};

std::shared_ptr<Expectation::Rule const> Expectation::read(std::string_view text) {
    auto rule = std::make_shared<Rule>();
    rule->text = text;
    auto test = read_rule(text::trim(text));
    rule->test = test ? std::move(*test) : equality(text);
    return rule;
}

Expectation::Expectation(std::string_view text) : rule_(read(text)) {}

Expectation::Expectation(std::shared_ptr<Rule const> rule) : rule_(std::move(rule)) {}

Expectation Expectation::equal_to(Value value) {
    auto rule = std::make_shared<Rule>();
    rule->text = shown(value);
    rule->test = comparison(Operator::equal, std::move(value));
    return Expectation{std::move(rule)};
}

bool Expectation::met_by(Value const& actual, std::string& why) const {
    std::string const fault = rule_->test(actual);
    if (!fault.empty()) {
        why = fmt::format("expected {}, {}", text::printable_line(rule_->text), fault);
    }
    return fault.empty();
}

bool matches(Value const& actual, std::string_view expectation, std::string& why) {
    return Expectation{expectation}.met_by(actual, why);
}

} // namespace slipway::expr
