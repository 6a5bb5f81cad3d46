// SPDX-License-Identifier: Apache-2.0
#include "json/value.hpp"

#include "error/error.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::json {

namespace {

constexpr int deepest = 200;

Where place_of(std::string_view text, std::string_view name, std::size_t offset) {
    auto const before = text.substr(0, std::min(offset, text.size()));
    auto const newline = before.rfind('\n');
    Where where;
    where.file = name;
    where.line = 1 + std::count(before.begin(), before.end(), '\n');
    where.column = static_cast<std::int64_t>(
        newline == std::string_view::npos ? before.size() + 1 : before.size() - newline);
    return where;
}

// nlohmann's message is "[json.exception.parse_error.101] parse error at line 1, column 5: …".
std::string cause_of(std::string_view what) {
    auto const colon = what.find(": ");
    return std::string{colon == std::string_view::npos ? what : what.substr(colon + 2)};
}

} // namespace

Box::Box() : value_(std::make_unique<Value>(Value::object())) {}
Box::Box(Value value) : value_(std::make_unique<Value>(std::move(value))) {}
Box::Box(Box const& other) : value_(std::make_unique<Value>(*other.value_)) {}
Box& Box::operator=(Box const& other) {
    if (this != &other) {
        *value_ = *other.value_;
    }
    return *this;
}
Box::Box(Box&& other) noexcept : value_(std::make_unique<Value>()) {
    value_.swap(other.value_);
}
Box& Box::operator=(Box&& other) noexcept {
    value_.swap(other.value_);
    return *this;
}
Box::~Box() = default;

Value parse(std::string_view text, std::string_view name) {
    std::vector<std::set<std::string>> keys;
    int depth = 0;
    std::string fault;
    // The library keeps the last of two equal keys in silence, which hides typing errors.
    auto const watch = [&](int level, Value::parse_event_t event, Value& parsed) {
        switch (event) {
        case Value::parse_event_t::object_start:
            keys.emplace_back();
            break;
        case Value::parse_event_t::object_end:
            keys.pop_back();
            break;
        case Value::parse_event_t::key:
            if (!keys.empty() && !keys.back().insert(parsed.get<std::string>()).second) {
                fault = fmt::format("the key \"{}\" occurs twice", parsed.get<std::string>());
            }
            break;
        case Value::parse_event_t::array_start:
        case Value::parse_event_t::array_end:
        case Value::parse_event_t::value:
            break;
        }
        depth = std::max(depth, level);
        return true;
    };
    try {
        Value value = Value::parse(text.begin(), text.end(), watch);
        if (depth > deepest) {
            fault = fmt::format("nested deeper than {} levels", deepest);
        }
        if (!fault.empty()) {
            throw Error{ErrorKind::usage, fmt::format("{}: {}", name, fault)}.with_where(
                {std::string{name}, 0, 0});
        }
        return value;
    } catch (Value::parse_error const& error) {
        Where const where = place_of(text, name, error.byte > 0 ? error.byte - 1 : 0);
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} is not JSON: {}", where.text(), text::printable_line(cause_of(error.what())))}
            .with_where(where);
    }
}

std::string write(Value const& value, bool indented) {
    if (!indented) {
        return value.dump(-1, ' ', false, Value::error_handler_t::replace);
    }
    return value.dump(2, ' ', false, Value::error_handler_t::replace) + "\n";
}

Value const& at(Value const& object, std::string_view key) {
    static Value const null;
    if (!object.is_object()) {
        return null;
    }
    auto const found = object.find(std::string{key});
    return found == object.end() ? null : *found;
}

std::string text_at(Value const& object, std::string_view key, std::string_view otherwise) {
    Value const& value = at(object, key);
    return value.is_string() ? value.get<std::string>() : std::string{otherwise};
}

} // namespace slipway::json
