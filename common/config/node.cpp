// SPDX-License-Identifier: Apache-2.0
#include "config/node.hpp"

#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::config {

namespace {

using json::Value;

std::string_view type_of(Value const& value) {
    if (value.is_object()) {
        return "a map";
    }
    if (value.is_array()) {
        return "a list";
    }
    if (value.is_null()) {
        return "null";
    }
    return value.is_string() ? "a string" : value.is_boolean() ? "a boolean" : "a number";
}

// The pointer as a reader knows it: `steps[2].expect`.
std::string spelled(std::string_view pointer) {
    std::string out;
    for (auto const part : text::split(pointer.empty() ? pointer : pointer.substr(1), '/')) {
        bool const index =
            !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
        auto const name = text::replace_all(text::replace_all(part, "~1", "/"), "~0", "~");
        out += index ? fmt::format("[{}]", name) : (out.empty() ? "" : ".") + name;
    }
    return out.empty() ? "the document" : out;
}

} // namespace

Node::Node(Document const& document) : document_(&document), value_(&document.value()) {}

Node::Node(Document const& document, Value const& value, std::string pointer)
    : document_(&document), value_(&value), pointer_(std::move(pointer)) {}

Error Node::error(std::string_view message, std::string hint) const {
    Where const place = where();
    return Error{
        ErrorKind::usage,
        fmt::format("{}: {}: {}", place.text(), text::printable_line(spelled(pointer_)), message),
        std::move(hint)}
        .with_where(place);
}

Error Node::wrong_type(std::string_view expected) const {
    return error(fmt::format("expected {}, got {}", expected, type_of(*value_)));
}

std::optional<Node> Node::find(std::string_view key) const {
    if (!value_->is_object()) {
        throw wrong_type("a map");
    }
    Value const& member = json::at(*value_, key);
    if (member.is_null()) {
        return std::nullopt;
    }
    return Node{*document_, member, below(pointer_, key)};
}

Node Node::required(std::string_view key) const {
    auto member = find(key);
    if (!member) {
        throw error(fmt::format("\"{}\" is missing", key));
    }
    return std::move(*member);
}

std::optional<std::string> Node::text(std::string_view key) const {
    auto const member = find(key);
    if (!member) {
        return std::nullopt;
    }
    if (!member->value_->is_string()) {
        // `version: 1.10` is 1.1: what was written can no longer be told.
        throw member->wrong_type("a string").with_hint("Quote it.");
    }
    return member->value_->get<std::string>();
}

std::string Node::required_text(std::string_view key) const {
    (void)required(key);
    return *text(key);
}

std::optional<std::int64_t> Node::integer(std::string_view key) const {
    auto const member = find(key);
    if (!member) {
        return std::nullopt;
    }
    Value const& value = *member->value_;
    bool const fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() ||
                       value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
    if (!fits) {
        throw member->wrong_type("an integer");
    }
    return value.get<std::int64_t>();
}

std::optional<double> Node::number(std::string_view key) const {
    auto const member = find(key);
    if (!member) {
        return std::nullopt;
    }
    if (!member->value_->is_number()) {
        throw member->wrong_type("a number");
    }
    return member->value_->get<double>();
}

std::optional<bool> Node::boolean(std::string_view key) const {
    auto const member = find(key);
    if (!member) {
        return std::nullopt;
    }
    if (!member->value_->is_boolean()) {
        throw member->wrong_type("true or false")
            .with_hint("In YAML 1.2 yes, no, on and off are strings.");
    }
    return member->value_->get<bool>();
}

std::optional<time::Milliseconds> Node::duration(std::string_view key) const {
    auto const member = find(key);
    if (!member) {
        return std::nullopt;
    }
    auto const read = member->value_->is_string() || member->value_->is_number()
                          ? time::parse_duration(member->as_text())
                          : std::nullopt;
    if (!read) {
        throw member->error("expected a duration", "Write 250ms, 90s, 1h30m or 7d.");
    }
    return read;
}

std::vector<Node> Node::elements() const {
    if (!value_->is_array()) {
        throw wrong_type("a list");
    }
    std::vector<Node> found;
    for (std::size_t i = 0; i < value_->size(); ++i) {
        found.push_back(Node{*document_, (*value_)[i], below(pointer_, std::to_string(i))});
    }
    return found;
}

std::vector<std::pair<std::string, Node>> Node::members() const {
    if (!value_->is_object()) {
        throw wrong_type("a map");
    }
    std::vector<std::pair<std::string, Node>> found;
    for (auto const& item : value_->items()) {
        found.emplace_back(item.key(), Node{*document_, item.value(), below(pointer_, item.key())});
    }
    return found;
}

std::vector<Node> Node::list(std::string_view key) const {
    auto const member = find(key);
    return member ? member->elements() : std::vector<Node>{};
}

std::vector<std::pair<std::string, Node>> Node::map(std::string_view key) const {
    auto const member = find(key);
    return member ? member->members() : std::vector<std::pair<std::string, Node>>{};
}

std::vector<std::string> Node::texts(std::string_view key) const {
    auto const member = find(key);
    if (!member) {
        return {};
    }
    if (member->is_text()) {
        return {member->as_text()};
    }
    std::vector<std::string> found;
    for (Node const& element : member->elements()) {
        if (!element.is_text()) {
            throw element.wrong_type("a string").with_hint("Quote it.");
        }
        found.push_back(element.as_text());
    }
    return found;
}

std::string Node::as_text() const {
    if (value_->is_string()) {
        return value_->get<std::string>();
    }
    if (!value_->is_primitive() || value_->is_null()) {
        throw wrong_type("a string");
    }
    return json::write(*value_);
}

bool Node::is_map() const {
    return value_->is_object();
}

bool Node::is_list() const {
    return value_->is_array();
}

bool Node::is_text() const {
    return value_->is_string();
}

void Node::only_keys(std::vector<std::string> const& known) const {
    for (auto const& member : members()) {
        if (std::find(known.begin(), known.end(), member.first) != known.end()) {
            continue;
        }
        std::string const near = text::nearest(member.first, known);
        Where const place = document_->where(below(pointer_, member.first));
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{}: {}: unknown key \"{}\"",
                place.text(),
                text::printable_line(spelled(pointer_)),
                text::printable_line(member.first)),
            near.empty() ? "Known here: " + text::join(known, ", ") + "."
                         : "Did you mean \"" + near + "\"?"}
            .with_where(place);
    }
}

} // namespace slipway::config
