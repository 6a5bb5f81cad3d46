// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/document.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::config {

/// A value of a document, read with the type that is expected there; every fault is a usage error
/// with file and line. The document must outlive it.
class Node {
public:
    explicit Node(Document const& document);

    /// The member's value; nothing where it is absent or null. A member of another type than the
    /// asked one is an error, never a default.
    [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
    [[nodiscard]] std::optional<double> number(std::string_view key) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;

    /// A duration such as `90s`; a number is seconds.
    [[nodiscard]] std::optional<time::Milliseconds> duration(std::string_view key) const;

    /// The member's text; an error where it is absent.
    [[nodiscard]] std::string required_text(std::string_view key) const;

    /// The member; nothing where it is absent or null.
    [[nodiscard]] std::optional<Node> find(std::string_view key) const;

    /// The member; an error where it is absent.
    [[nodiscard]] Node required(std::string_view key) const;

    /// The elements of the list at the key; none where it is absent.
    [[nodiscard]] std::vector<Node> list(std::string_view key) const;

    /// The texts of the list at the key; one text alone counts as a list of one.
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;

    /// The members of the map at the key, in their order; none where it is absent.
    [[nodiscard]] std::vector<std::pair<std::string, Node>> map(std::string_view key) const;

    /// The elements of this list, the members of this map.
    [[nodiscard]] std::vector<Node> elements() const;
    [[nodiscard]] std::vector<std::pair<std::string, Node>> members() const;

    /// This value itself as text: a string, or a number or boolean as it would be written.
    [[nodiscard]] std::string as_text() const;

    [[nodiscard]] bool is_map() const;
    [[nodiscard]] bool is_list() const;
    [[nodiscard]] bool is_text() const;

    /// Refuses members with other names, with the place and the nearest known name.
    void only_keys(std::vector<std::string> const& known) const;

    [[nodiscard]] json::Value const& value() const { return *value_; }
    [[nodiscard]] std::string const& pointer() const { return pointer_; }
    [[nodiscard]] Where where() const { return document_->where(pointer_); }

    /// A usage error about this value, its place at the front of the message.
    [[nodiscard]] Error error(std::string_view message, std::string hint = {}) const;

private:
    Node(Document const& document, json::Value const& value, std::string pointer);
    [[nodiscard]] Error wrong_type(std::string_view expected) const;

    Document const* document_;
    json::Value const* value_;
    std::string pointer_;
};

} // namespace slipway::config
