// SPDX-License-Identifier: Apache-2.0
#include "config/expand.hpp"

#include "text/utf8.hpp"

#include <utility>

namespace slipway::config {

namespace {

bool is_name(std::string_view text) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos &&
           (text[0] < '0' || text[0] > '9');
}

Error wrong(Where const& where, std::string const& message, std::string hint) {
    std::string const place = where.known() ? where.text() + ": " : "";
    return Error{ErrorKind::usage, place + message, std::move(hint)}.with_where(where);
}

std::string value_of(std::string_view inside, Lookup const& lookup, Where const& where) {
    auto const dash = inside.find(":-");
    std::string const name{inside.substr(0, dash)};
    if (!is_name(name)) {
        throw wrong(
            where,
            "${" + text::printable_line(inside) + "} names no variable",
            "Write ${NAME} or ${NAME:-default}, and $$ for a dollar sign.");
    }
    if (auto value = lookup(name)) {
        return std::move(*value);
    }
    if (dash == std::string_view::npos) {
        throw wrong(
            where,
            "the variable " + name + " is not set",
            "Set it, or give a default: ${" + name + ":-default}.");
    }
    return std::string{inside.substr(dash + 2)};
}

} // namespace

std::string expand(std::string_view text, Lookup const& lookup, Where const& where) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        auto const dollar = text.find('$', at);
        out += text.substr(at, dollar - at);
        if (dollar == std::string_view::npos) {
            break;
        }
        auto const rest = text.substr(dollar + 1);
        if (rest.starts_with('$')) {
            out += '$';
            at = dollar + 2;
        } else if (rest.starts_with('{')) {
            auto const close = text.find('}', dollar);
            if (close == std::string_view::npos) {
                throw wrong(where, "a ${ is not closed by }", "Write $$ for a dollar sign.");
            }
            out += value_of(text.substr(dollar + 2, close - dollar - 2), lookup, where);
            at = close + 1;
        } else {
            out += '$';
            at = dollar + 1;
        }
    }
    return out;
}

} // namespace slipway::config
