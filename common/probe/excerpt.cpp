// SPDX-License-Identifier: Apache-2.0
#include "probe/excerpt.hpp"

#include "expr/path.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::probe {

namespace {

using json::Value;

constexpr std::size_t longest = 300;
// What is behind that cannot be shown, and cleaning it of secrets would take time.
constexpr std::size_t looked_at = 64U << 10U;
constexpr std::size_t longest_member = 60;

// The value one step further; nothing where there is none.
Value const* step_into(Value const& value, expr::Operand::Step const& step) {
    if (auto const* name = std::get_if<std::string>(&step)) {
        auto const found = value.is_object() ? value.find(*name) : value.end();
        return found != value.end() ? &*found : nullptr;
    }
    auto index = std::get<std::int64_t>(step);
    if (!value.is_array()) {
        return nullptr;
    }
    index += index < 0 ? static_cast<std::int64_t>(value.size()) : 0;
    bool const inside = index >= 0 && index < static_cast<std::int64_t>(value.size());
    return inside ? &value[static_cast<std::size_t>(index)] : nullptr;
}

std::string spell(expr::Operand::Step const& step) {
    if (auto const* name = std::get_if<std::string>(&step)) {
        return "." + *name;
    }
    return fmt::format("[{}]", std::get<std::int64_t>(step));
}

// An object that is too large, with what is large inside of it left out, so that its own members
// are seen.
Value outline(Value const& value) {
    if (!value.is_object() || json::write(value).size() <= longest) {
        return value;
    }
    Value out = Value::object();
    for (auto const& member : value.items()) {
        bool const large =
            member.value().is_structured() && json::write(member.value()).size() > longest_member;
        out[member.key()] =
            large ? Value(member.value().is_array() ? "[…]" : "{…}") : member.value();
    }
    return out;
}

} // namespace

std::string
excerpt(Value const& document, std::string_view expression, secret::Redactor const& redactor) {
    auto const plain = expr::read_plain(expression);
    Value const* part = &document;
    std::string path;
    if (plain && !plain->left.literal && plain->left.variable.empty()) {
        for (auto const& step : plain->left.steps) {
            Value const* const next = step_into(*part, step);
            if (next == nullptr || !next->is_structured()) {
                break;
            }
            part = next;
            path += spell(step);
        }
    }
    auto const text = excerpt_of_text(json::write(outline(*part)), redactor);
    return fmt::format("{} = {}", path.empty() ? "." : path, text);
}

std::string excerpt_of_text(std::string_view text, secret::Redactor const& redactor) {
    return text::shorten(text::printable_line(redactor.redact(text.substr(0, looked_at))), longest);
}

} // namespace slipway::probe
