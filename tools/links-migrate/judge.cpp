// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include "error/error.hpp"
#include "http/web_link.hpp"
#include "json/value.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

// PostgreSQL's text holds no zero character, so its jsonb takes none.
bool holds_zero(json::Value const& value) {
    if (value.is_string()) {
        return value.get_ref<std::string const&>().find('\0') != std::string::npos;
    }
    if (value.is_object()) {
        for (auto const& [name, member] : value.items()) {
            if (name.find('\0') != std::string::npos || holds_zero(member)) {
                return true;
            }
        }
    }
    return value.is_array() && std::any_of(value.begin(), value.end(), holds_zero);
}

} // namespace

std::string verdict_of(std::string_view address) {
    auto const fault = http::link_fault(address);
    return fault ? std::string{http::name(*fault)} : "ok";
}

Decoded decode(std::string_view text) {
    auto const trimmed = text::trim(text);
    bool const structured = trimmed.starts_with('{') || trimmed.starts_with('[');
    json::Value value;
    try {
        value = json::parse(trimmed, "the text");
    } catch (Error const&) {
        return {"", structured ? "broken_json" : "scalar"};
    }
    if (holds_zero(value)) {
        return {"", "broken_json"};
    }
    if (value.is_structured()) {
        return {json::write(value), ""};
    }
    if (value.is_string() && !text::trim(value.get<std::string>()).empty()) {
        return {"", "too_deep"};
    }
    bool const nothing = value.is_null() || value.is_string();
    return {"", nothing ? "" : "scalar"};
}

} // namespace slipway::links_migrate
