// SPDX-License-Identifier: Apache-2.0
#include "expr/jq.hpp"

#include "error/error.hpp"
#include "text/utf8.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

// The header of jq 1.6 does not say that its functions are of C.
extern "C" {
#include <jq.h>
}

namespace slipway::expr {

namespace {

using json::Value;

// Integers up to here are exact in a double.
constexpr double exact = 9007199254740992.0;

// What an expression must not reach: the environment, other input, files, stderr, the process.
constexpr std::string_view shadows = R"(
def __no(n): error(n + " is not available in an expression");
def env: __no("env"); def input: __no("input"); def inputs: __no("inputs");
def input_filename: __no("input_filename"); def input_line_number: __no("input_line_number");
def halt: __no("halt"); def halt_error: __no("halt_error"); def halt_error(c): __no("halt_error");
def modulemeta: __no("modulemeta"); def get_search_list: __no("get_search_list");
def debug: .; def debug(m): .; def stderr: .;
"$ENV is not available in an expression" as $ENV | "" as $__prog_args |
)";

jv to_jv(Value const& value) {
    switch (value.type()) {
    case Value::value_t::boolean:
        return jv_bool(value.get<bool>() ? 1 : 0);
    case Value::value_t::number_integer:
    case Value::value_t::number_unsigned:
    case Value::value_t::number_float:
        return jv_number(value.get<double>());
    case Value::value_t::string: {
        auto const& text = value.get_ref<std::string const&>();
        return jv_string_sized(text.data(), static_cast<int>(text.size()));
    }
    case Value::value_t::array: {
        jv array = jv_array_sized(static_cast<int>(value.size()));
        for (Value const& element : value) {
            array = jv_array_append(array, to_jv(element));
        }
        return array;
    }
    case Value::value_t::object: {
        jv object = jv_object();
        for (auto const& item : value.items()) {
            jv const key = jv_string_sized(item.key().data(), static_cast<int>(item.key().size()));
            object = jv_object_set(object, key, to_jv(item.value()));
        }
        return object;
    }
    case Value::value_t::null:
    case Value::value_t::binary:
    case Value::value_t::discarded:
        break;
    }
    return jv_null();
}

std::string text_of(jv string) {
    std::string text{
        jv_string_value(string), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(string)))};
    jv_free(string);
    return text;
}

// Takes the value over, as libjq's own functions do.
Value from_jv(jv value) {
    Value out;
    switch (jv_get_kind(value)) {
    case JV_KIND_INVALID:
    case JV_KIND_NULL:
        break;
    case JV_KIND_FALSE:
        out = false;
        break;
    case JV_KIND_TRUE:
        out = true;
        break;
    case JV_KIND_NUMBER: {
        double const number = jv_number_value(value);
        if (std::trunc(number) == number && std::abs(number) <= exact) {
            out = static_cast<std::int64_t>(number);
        } else {
            out = number;
        }
        break;
    }
    case JV_KIND_STRING:
        return text_of(value);
    case JV_KIND_ARRAY: {
        out = Value::array();
        int const length = jv_array_length(jv_copy(value));
        for (int i = 0; i < length; ++i) {
            out.push_back(from_jv(jv_array_get(jv_copy(value), i)));
        }
        break;
    }
    case JV_KIND_OBJECT:
        out = Value::object();
        for (int i = jv_object_iter(value); jv_object_iter_valid(value, i) != 0;
             i = jv_object_iter_next(value, i)) {
            std::string const key = text_of(jv_object_iter_key(value, i));
            out[key] = from_jv(jv_object_iter_value(value, i));
        }
        break;
    }
    jv_free(value);
    return out;
}

// jq chooses by a tree of comparisons: a chain would be long for a suite of many expressions.
std::string choose(std::size_t first, std::size_t end) {
    if (end - first == 1) {
        return fmt::format("__e{}", first);
    }
    std::size_t const middle = first + (end - first) / 2;
    return fmt::format(
        "if $__in[0] < {} then {} else {} end", middle, choose(first, middle), choose(middle, end));
}

std::string program_text(
    std::vector<std::string> const& expressions,
    std::size_t first,
    std::size_t end,
    std::vector<std::string> const& variables) {
    std::string text{shadows};
    text += ". as $__in | ";
    for (auto const& name : variables) {
        text += fmt::format("$__in[2].{0} as ${0} | ", name);
    }
    for (std::size_t i = first; i < end; ++i) {
        // The line's end closes a comment at the end of the expression.
        text += fmt::format("def __e{}: (\n{}\n);\n", i, expressions[i]);
    }
    return text + ".[1] | " + choose(first, end);
}

// "jq: error: syntax error, unexpected ')' (Unix shell quoting issues?) at <top-level>, line 3:"
std::string cleaned(std::string_view message) {
    constexpr std::string_view prefix = "jq: error: ";
    if (message.starts_with(prefix)) {
        message.remove_prefix(prefix.size());
    }
    message = message.substr(0, message.find(" (Unix shell"));
    message = message.substr(0, message.find(" at <top-level>"));
    return text::printable_line(message.substr(0, message.find('\n')));
}

class Machine {
public:
    Machine() : jq_(jq_init()) {
        if (jq_ == nullptr) {
            throw Error{ErrorKind::internal, "jq cannot be started"};
        }
        jq_set_error_cb(jq_, &Machine::note, this);
    }
    Machine(Machine const&) = delete;
    Machine& operator=(Machine const&) = delete;
    Machine(Machine&&) = delete;
    Machine& operator=(Machine&&) = delete;
    ~Machine() { jq_teardown(&jq_); }

    bool compile(std::string const& text) { return jq_compile(jq_, text.c_str()) != 0; }

    [[nodiscard]] std::string const& message() const { return message_; }
    [[nodiscard]] jq_state* get() const { return jq_; }

private:
    static void note(void* self, jv message) {
        auto& first = static_cast<Machine*>(self)->message_;
        std::string const text = text_of(jq_format_error(message));
        if (first.empty()) {
            first = text;
        }
    }

    jq_state* jq_;
    std::string message_;
};

// One of the expressions is at fault: halves are tried until one is left.
[[noreturn]] void
blame(std::vector<std::string> const& expressions, std::vector<std::string> const& variables) {
    std::size_t first = 0;
    std::size_t end = expressions.size();
    while (end - first > 1) {
        std::size_t const middle = first + (end - first) / 2;
        Machine machine;
        if (machine.compile(program_text(expressions, first, middle, variables))) {
            first = middle;
        } else {
            end = middle;
        }
    }
    Machine machine;
    machine.compile(program_text(expressions, first, end, variables));
    throw Error{
        ErrorKind::usage,
        fmt::format(
            "the expression {} is wrong: {}",
            text::printable_line(expressions[first]),
            cleaned(machine.message())),
        "Expressions are jq's; try it with the program jq."};
}

} // namespace

struct Jq::State {
    Machine machine;
    std::vector<std::string> expressions;
};

Jq::Jq(std::vector<std::string> const& expressions, std::vector<std::string> const& variables)
    : state_(std::make_unique<State>()) {
    state_->expressions = expressions;
    if (expressions.empty()) {
        return;
    }
    for (auto const& expression : expressions) {
        if (expression.find('\0') != std::string::npos) {
            throw Error{ErrorKind::usage, "an expression holds a NUL byte"};
        }
    }
    if (!state_->machine.compile(program_text(expressions, 0, expressions.size(), variables))) {
        blame(expressions, variables);
    }
}

Jq::~Jq() = default;

std::vector<Value>
Jq::run(std::size_t index, Value const& input, Value const& variables, std::size_t limit) {
    jq_state* const jq = state_->machine.get();
    jv arguments = jv_array_append(jv_array(), jv_number(static_cast<double>(index)));
    arguments = jv_array_append(arguments, to_jv(input));
    arguments = jv_array_append(arguments, to_jv(variables));
    jq_start(jq, arguments, 0);
    std::vector<Value> outputs;
    while (outputs.size() < limit) {
        jv const output = jq_next(jq);
        if (jv_is_valid(output) == 0) {
            jv const error = jv_invalid_get_msg(output);
            if (jv_get_kind(error) == JV_KIND_NULL) {
                jv_free(error);
                return outputs;
            }
            Value const cause = from_jv(error);
            throw Error{
                ErrorKind::failed,
                fmt::format(
                    "{}: {}",
                    text::printable_line(state_->expressions.at(index)),
                    text::printable_line(
                        cause.is_string() ? cause.get<std::string>() : json::write(cause)))};
        }
        outputs.push_back(from_jv(output));
    }
    return outputs;
}

} // namespace slipway::expr
