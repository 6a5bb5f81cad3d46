// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/expand.hpp"
#include "config/node.hpp"
#include "json/value.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::smoke_http {

/// A text of a suite: `${ENV}` is replaced when it is read, `{{name}}` when the step runs. The
/// value of an environment variable is never looked into for placeholders.
class Template {
public:
    Template() = default;

    /// Throws usage with the place where a variable is not set or a placeholder is malformed.
    Template(std::string_view text, config::Lookup const& lookup, Where const& where);

    /// The text with the variables' values, each passed through `encode` where that is given; a
    /// variable that is not there is internal: ask names() first.
    [[nodiscard]] std::string render(
        json::Value const& variables,
        std::function<std::string(std::string_view)> const& encode = {}) const;

    /// A URL or path: values behind the host are percent-encoded, unless the text begins with a
    /// placeholder, which then is an address itself.
    [[nodiscard]] std::string render_url(json::Value const& variables) const;

    /// As render(), but a text that is one placeholder alone keeps the type of the value.
    [[nodiscard]] json::Value render_value(json::Value const& variables) const;

    /// The variables that the text names.
    [[nodiscard]] std::vector<std::string> names() const;

    /// Whether the text is nothing but one placeholder or environment variable: an expectation
    /// then means that very value, whatever it looks like.
    [[nodiscard]] bool is_one_value() const { return one_value_; }

    /// Whether the text begins with a placeholder.
    [[nodiscard]] bool starts_with_variable() const;

    [[nodiscard]] bool empty() const { return pieces_.empty(); }

private:
    struct Piece {
        std::string text;
        bool variable = false;
    };
    std::vector<Piece> pieces_;
    bool one_value_ = false;
};

/// A JSON value whose strings are templates; members' names are taken as they are.
class Tree {
public:
    Tree() = default;
    Tree(config::Node const& node, config::Lookup const& lookup);
    /// A value as it is, without templates.
    explicit Tree(json::Value const& value);

    [[nodiscard]] json::Value render(json::Value const& variables) const;
    [[nodiscard]] std::vector<std::string> names() const;

private:
    void collect(config::Node const& node, config::Lookup const& lookup);

    json::Box value_;
    std::string root_;
    std::vector<std::pair<std::string, Template>> texts_; // by pointer
};

} // namespace slipway::smoke_http
