// SPDX-License-Identifier: Apache-2.0
#include "text_template.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

bool is_name(std::string_view text) {
    constexpr std::string_view digits = "0123456789";
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !text.empty() && digits.find(text[0]) == std::string_view::npos &&
           text.find_first_not_of(letters) == std::string_view::npos;
}

Error malformed(Where const& where, std::string const& message) {
    return Error{
        ErrorKind::usage,
        (where.known() ? where.text() + ": " : "") + message,
        "A placeholder is {{name}}, with a name of letters, digits and underscores."}
        .with_where(where);
}

std::string as_text(Value const& value) {
    return value.is_string() ? value.get<std::string>() : json::write(value);
}

} // namespace

Template::Template(std::string_view text, config::Lookup const& lookup, Where const& where) {
    bool const one_variable = text.starts_with("${") && text.find('}') == text.size() - 1;
    while (!text.empty()) {
        auto const open = text.find("{{");
        if (auto const plain = config::expand(text.substr(0, open), lookup, where);
            !plain.empty()) {
            pieces_.push_back({plain, false});
        }
        if (open == std::string_view::npos) {
            break;
        }
        auto const close = text.find("}}", open);
        if (close == std::string_view::npos) {
            throw malformed(where, "a {{ is not closed by }}");
        }
        auto const name = text::trim(text.substr(open + 2, close - open - 2));
        if (!is_name(name)) {
            throw malformed(where, "{{" + text::printable_line(name) + "}} names no variable");
        }
        pieces_.push_back({std::string{name}, true});
        text.remove_prefix(close + 2);
    }
    one_value_ = one_variable || (pieces_.size() == 1 && pieces_[0].variable);
}

std::string Template::render(
    Value const& variables,
    std::function<std::string(std::string_view)> const& encode) const {
    std::string out;
    for (auto const& piece : pieces_) {
        if (!piece.variable) {
            out += piece.text;
            continue;
        }
        auto const value = as_text(json::at(variables, piece.text));
        out += encode ? encode(value) : value;
    }
    return out;
}

std::string Template::render_url(Value const& variables) const {
    std::string out;
    for (auto const& piece : pieces_) {
        if (!piece.variable) {
            out += piece.text;
            continue;
        }
        auto const value = as_text(json::at(variables, piece.text));
        auto const scheme = out.find("://");
        bool const in_authority = scheme != std::string::npos &&
                                  out.find_first_of("/?#", scheme + 3) == std::string::npos;
        out += starts_with_variable() || in_authority ? value : text::percent_encode(value);
    }
    return out;
}

Value Template::render_value(Value const& variables) const {
    if (pieces_.size() == 1 && pieces_[0].variable) {
        return json::at(variables, pieces_[0].text);
    }
    return render(variables);
}

std::vector<std::string> Template::names() const {
    std::vector<std::string> out;
    for (auto const& piece : pieces_) {
        if (piece.variable) {
            out.push_back(piece.text);
        }
    }
    return out;
}

bool Template::starts_with_variable() const {
    return !pieces_.empty() && pieces_.front().variable;
}

Tree::Tree(config::Node const& node, config::Lookup const& lookup)
    : value_(node.value()), root_(node.pointer()) {
    collect(node, lookup);
}

Tree::Tree(Value const& value) : value_(value) {}

void Tree::collect(config::Node const& node, config::Lookup const& lookup) {
    if (node.is_text()) {
        texts_.emplace_back(
            node.pointer().substr(root_.size()), Template{node.as_text(), lookup, node.where()});
    } else if (node.is_list()) {
        for (auto const& element : node.elements()) {
            collect(element, lookup);
        }
    } else if (node.is_map()) {
        for (auto const& member : node.members()) {
            collect(member.second, lookup);
        }
    }
}

Value Tree::render(Value const& variables) const {
    Value out = *value_;
    for (auto const& text : texts_) {
        out[Value::json_pointer(text.first)] = text.second.render_value(variables);
    }
    return out;
}

std::vector<std::string> Tree::names() const {
    std::vector<std::string> out;
    for (auto const& text : texts_) {
        for (auto& name : text.second.names()) {
            out.push_back(std::move(name));
        }
    }
    return out;
}

} // namespace slipway::smoke_http
