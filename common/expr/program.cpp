// SPDX-License-Identifier: Apache-2.0
#include "expr/program.hpp"

#include "error/error.hpp"
#include "expr/jq.hpp"
#include "expr/path.hpp"
#include "expr/regex.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

#include <nlohmann/json.hpp>

namespace slipway::expr {

namespace {

using json::Value;

constexpr std::size_t most_outputs = 100'000;

struct Item {
    std::string text;
    std::optional<Plain> plain;
    // Of an expression for jq: its number there, and the known variables that it names.
    std::size_t number = 0;
    std::vector<std::string> variables;
};

void require_known(
    Operand const& operand,
    std::string const& text,
    std::vector<std::string> const& variables) {
    if (!operand.variable.empty() &&
        std::find(variables.begin(), variables.end(), operand.variable) == variables.end()) {
        throw Error{
            ErrorKind::usage,
            "the expression " + text::printable_line(text) + " is wrong: $" + operand.variable +
                " is not defined"};
    }
}

bool in_name(std::string_view text, std::size_t at) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return at < text.size() && letters.find(text[at]) != std::string_view::npos;
}

// The names of the known variables in an expression; one in a string literal counts too.
std::vector<std::string>
named_in(std::string_view expression, std::vector<std::string> const& variables) {
    std::vector<std::string> found;
    for (auto const& name : variables) {
        auto const spelled = "$" + name;
        for (auto at = expression.find(spelled); at != std::string_view::npos;
             at = expression.find(spelled, at + 1)) {
            if (!in_name(expression, at + spelled.size())) {
                found.push_back(name);
                break;
            }
        }
    }
    return found;
}

void require_names(std::vector<std::string> const& variables) {
    Regex const valid{"[A-Za-z_][A-Za-z0-9_]*"};
    for (auto const& name : variables) {
        if (!valid.matches(name) || name.starts_with("__") || name == "ENV") {
            throw Error{
                ErrorKind::usage,
                "\"" + text::printable_line(name) + "\" is no name for a variable",
                "A name has letters, digits and underscores, and starts with a letter."};
        }
    }
}

} // namespace

struct Program::Parts {
    std::vector<Item> items;
    std::optional<Jq> jq;
    std::mutex mutex;

    std::vector<Value>
    run(Item const& item, Value const& input, Value const& variables, std::size_t limit) {
        for (auto const& name : item.variables) {
            if (!variables.is_object() || !variables.contains(name)) {
                throw Error{ErrorKind::failed, "$" + name + " has no value"};
            }
        }
        std::lock_guard const lock{mutex};
        return jq->run(item.number, input, variables, limit);
    }
};

Program::Program(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Program::Program(Program&& other) noexcept = default;
Program& Program::operator=(Program&& other) noexcept = default;
Program::~Program() = default;

std::size_t Program::size() const {
    return parts_->items.size();
}

bool Program::is_plain(std::size_t index) const {
    return parts_->items.at(index).plain.has_value();
}

Value Program::evaluate(std::size_t index, Value const& input, Value const& variables) const {
    Item const& item = parts_->items.at(index);
    if (!item.plain) {
        auto outputs = parts_->run(item, input, variables, 1);
        return outputs.empty() ? Value{} : std::move(outputs.front());
    }
    return evaluate_all(index, input, variables).front();
}

std::vector<Value>
Program::evaluate_all(std::size_t index, Value const& input, Value const& variables) const {
    Item const& item = parts_->items.at(index);
    if (!item.plain) {
        return parts_->run(item, input, variables, most_outputs);
    }
    try {
        std::vector<Value> outputs;
        outputs.push_back(expr::evaluate(*item.plain, input, variables));
        return outputs;
    } catch (Error const& error) {
        throw error.with_context(text::printable_line(item.text));
    }
}

Program
compile(std::vector<std::string> const& expressions, std::vector<std::string> const& variables) {
    require_names(variables);
    auto parts = std::make_unique<Program::Parts>();
    std::vector<std::string> for_jq;
    for (auto const& text : expressions) {
        Item item;
        item.text = text;
        item.plain = read_plain(text);
        if (item.plain) {
            require_known(item.plain->left, text, variables);
            require_known(item.plain->right, text, variables);
        } else {
            item.number = for_jq.size();
            item.variables = named_in(text, variables);
            for_jq.push_back(text);
        }
        parts->items.push_back(std::move(item));
    }
    if (!for_jq.empty()) {
        parts->jq.emplace(for_jq, variables);
    }
    return Program{std::move(parts)};
}

bool truthy(Value const& value) {
    return !value.is_null() && !(value.is_boolean() && !value.get<bool>());
}

} // namespace slipway::expr
