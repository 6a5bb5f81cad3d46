// SPDX-License-Identifier: Apache-2.0
#include "expr/path.hpp"

#include "error/error.hpp"
#include "expr/compare.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::expr {

namespace {

using json::Value;
using Operator = Plain::Operator;

bool starts_name(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

// Reads from the front of its text; a member that fails leaves `false` or nothing.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    void skip_blank() {
        while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n')) {
            rest_.remove_prefix(1);
        }
    }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    bool take(std::string_view text) {
        bool const found = rest_.starts_with(text);
        if (found) {
            rest_.remove_prefix(text.size());
        }
        return found;
    }

    std::string name() {
        std::size_t end = 0;
        while (end < rest_.size() &&
               (starts_name(rest_[end]) || (end > 0 && is_digit(rest_[end])))) {
            ++end;
        }
        return std::string{taken(end)};
    }

    // A JSON string, without jq's interpolation.
    std::optional<std::string> quoted() {
        std::size_t end = 1;
        while (end < rest_.size() && rest_[end] != '"') {
            end += rest_[end] == '\\' ? 2U : 1U;
        }
        if (!rest_.starts_with('"') || end >= rest_.size()) {
            return std::nullopt;
        }
        Value const parsed = Value::parse(taken(end + 1), nullptr, false);
        return parsed.is_string() ? std::optional{parsed.get<std::string>()} : std::nullopt;
    }

    std::optional<std::int64_t> integer() {
        std::int64_t number = 0;
        auto const read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        if (read.ec != std::errc{}) {
            return std::nullopt;
        }
        taken(static_cast<std::size_t>(read.ptr - rest_.data()));
        return number;
    }

    std::optional<Value> scalar() {
        if (rest_.starts_with('"')) {
            auto text = quoted();
            return text ? std::optional{Value(std::move(*text))} : std::nullopt;
        }
        auto const end = std::min(rest_.find_first_of(" \t\n=!<>"), rest_.size());
        Value value = Value::parse(taken(end), nullptr, false);
        return value.is_primitive() && !value.is_discarded() ? std::optional{std::move(value)}
                                                             : std::nullopt;
    }

    [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_[0]; }

private:
    std::string_view taken(std::size_t count) {
        auto const front = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return front;
    }

    std::string_view rest_;
};

bool read_bracket(Reader& reader, Operand& operand) {
    if (reader.front() == '"') {
        auto const name = reader.quoted();
        if (!name) {
            return false;
        }
        operand.steps.emplace_back(*name);
    } else {
        auto const index = reader.integer();
        if (!index) {
            return false;
        }
        operand.steps.emplace_back(*index);
    }
    return reader.take("]");
}

bool read_steps(Reader& reader, Operand& operand) {
    for (;;) {
        if (reader.take("[")) {
            if (!read_bracket(reader, operand)) {
                return false;
            }
        } else if (reader.take(".")) {
            if (reader.front() == '"') {
                auto const name = reader.quoted();
                if (!name) {
                    return false;
                }
                operand.steps.emplace_back(*name);
            } else if (starts_name(reader.front())) {
                operand.steps.emplace_back(reader.name());
            } else if (reader.front() != '[' || !operand.steps.empty()) {
                return false;
            }
        } else {
            return true;
        }
    }
}

std::optional<Operand> read_operand(Reader& reader) {
    Operand operand;
    reader.skip_blank();
    if (reader.take("$")) {
        operand.variable = reader.name();
        // The environment and the place are jq's own variables.
        bool const ours = !operand.variable.empty() && !operand.variable.starts_with("__") &&
                          operand.variable != "ENV";
        return ours && read_steps(reader, operand) ? std::optional{std::move(operand)}
                                                   : std::nullopt;
    }
    if (reader.front() == '.') {
        Reader ahead = reader;
        ahead.take(".");
        char const next = ahead.front();
        if (next == '\0' || next == ' ' || next == '=' || next == '!' || next == '<' ||
            next == '>') {
            reader = ahead; // the input itself
            return operand;
        }
        return read_steps(reader, operand) ? std::optional{std::move(operand)} : std::nullopt;
    }
    auto literal = reader.scalar();
    if (!literal) {
        return std::nullopt;
    }
    operand.literal.emplace(std::move(*literal));
    return operand;
}

Operator read_operator(Reader& reader) {
    constexpr std::array<std::pair<std::string_view, Operator>, 6> spellings{{
        {"==", Operator::equal},
        {"!=", Operator::unequal},
        {"<=", Operator::at_most},
        {">=", Operator::at_least},
        {"<", Operator::less},
        {">", Operator::greater},
    }};
    reader.skip_blank();
    for (auto const& spelling : spellings) {
        if (reader.take(spelling.first)) {
            return spelling.second;
        }
    }
    return Operator::none;
}

Value const& member(Value const& value, std::string const& name) {
    static Value const null;
    if (!value.is_object() && !value.is_null()) {
        throw Error{
            ErrorKind::failed, fmt::format("cannot index {} with \"{}\"", value.type_name(), name)};
    }
    return json::at(value, name);
}

Value const& element(Value const& value, std::int64_t index) {
    static Value const null;
    if (value.is_null()) {
        return null;
    }
    if (!value.is_array()) {
        throw Error{
            ErrorKind::failed, fmt::format("cannot index {} with a number", value.type_name())};
    }
    auto const size = static_cast<std::int64_t>(value.size());
    auto const at = index < 0 ? index + size : index;
    return at >= 0 && at < size ? value[static_cast<std::size_t>(at)] : null;
}

Value const& resolve(Operand const& operand, Value const& input, Value const& variables) {
    if (operand.literal) {
        return **operand.literal;
    }
    Value const* value = &input;
    if (!operand.variable.empty()) {
        if (!variables.is_object() || !variables.contains(operand.variable)) {
            throw Error{ErrorKind::failed, "$" + operand.variable + " has no value"};
        }
        value = &variables[operand.variable];
    }
    for (auto const& step : operand.steps) {
        value = std::holds_alternative<std::string>(step)
                    ? &member(*value, std::get<std::string>(step))
                    : &element(*value, std::get<std::int64_t>(step));
    }
    return *value;
}

} // namespace

std::optional<Plain> read_plain(std::string_view text) {
    Reader reader{text};
    Plain plain;
    auto left = read_operand(reader);
    if (!left) {
        return std::nullopt;
    }
    plain.left = std::move(*left);
    plain.operation = read_operator(reader);
    if (plain.operation != Operator::none) {
        auto right = read_operand(reader);
        if (!right) {
            return std::nullopt;
        }
        plain.right = std::move(*right);
    }
    reader.skip_blank();
    return reader.at_end() ? std::optional{std::move(plain)} : std::nullopt;
}

bool holds(Operator operation, Value const& a, Value const& b) {
    auto const order = compare(a, b);
    switch (operation) {
    case Operator::none:
        return false;
    case Operator::equal:
        return std::is_eq(order);
    case Operator::unequal:
        return std::is_neq(order);
    case Operator::less:
        return std::is_lt(order);
    case Operator::at_most:
        return std::is_lteq(order);
    case Operator::greater:
        return std::is_gt(order);
    case Operator::at_least:
        return std::is_gteq(order);
    }
    return false;
}

Value evaluate(Plain const& plain, Value const& input, Value const& variables) {
    Value const& left = resolve(plain.left, input, variables);
    if (plain.operation == Operator::none) {
        return left;
    }
    return holds(plain.operation, left, resolve(plain.right, input, variables));
}

} // namespace slipway::expr
