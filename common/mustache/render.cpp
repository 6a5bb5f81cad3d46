// SPDX-License-Identifier: Apache-2.0
#include "mustache/render.hpp"

#include "error/error.hpp"
#include "text/escape.hpp"
#include "text/visible.hpp"

#include <fmt/format.h>
#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

namespace slipway::mustache {

namespace {

using Data = kainjow::mustache::data;

Data data_of(json::Value const& value) {
    if (value.is_object()) {
        Data out{Data::type::object};
        for (auto const& [key, member] : value.items()) {
            out.set(key, data_of(member));
        }
        return out;
    }
    if (value.is_array()) {
        Data out{Data::type::list};
        for (auto const& element : value) {
            out.push_back(data_of(element));
        }
        return out;
    }
    if (value.is_null() || value.is_boolean()) {
        return Data{value == true ? Data::type::bool_true : Data::type::bool_false};
    }
    if (value.is_string() && value.get_ref<std::string const&>().empty()) {
        return Data{Data::type::bool_false}; // so that a section asks whether there is a text
    }
    return Data{value.is_string() ? value.get<std::string>() : json::write(value)};
}

std::string json_escaped(std::string const& text) {
    std::string const quoted = json::write(json::Value(text));
    return quoted.substr(1, quoted.size() - 2);
}

} // namespace

std::string
render(std::string_view text, json::Value const& data, std::string_view name, Escape escape) {
    kainjow::mustache::mustache written{std::string{text}};
    if (!written.is_valid()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{}: {}", name, written.error_message()),
            "Mend the template; mustache(5) tells how one is written."};
    }
    written.set_custom_escape([escape](std::string const& value) {
        switch (escape) {
        case Escape::html:
            return text::html_escape(text::visible(value));
        case Escape::json:
            return json_escaped(value);
        case Escape::markdown:
            return text::gfm_escape(text::visible(value));
        case Escape::none:
            return value;
        }
        return value;
    });
    return written.render(data_of(data));
}

} // namespace slipway::mustache
