// SPDX-License-Identifier: Apache-2.0
#include "tool/configuration.hpp"

#include "error/error.hpp"
#include "json/value.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::tool {

namespace {

std::string as_text(json::Value const& value) {
    return value.is_string() ? value.get<std::string>() : json::write(value);
}

std::vector<std::string> as_texts(json::Value const& value) {
    std::vector<std::string> out;
    if (value.is_array()) {
        for (auto const& item : value) {
            out.push_back(as_text(item));
        }
    } else {
        out.push_back(as_text(value));
    }
    return out;
}

} // namespace

std::optional<std::vector<std::string>>
configured_values(fs::Path const& path, std::string_view tool, cli::Option const& option) {
    if (option.positional || option.kind == cli::Kind::secret) {
        return std::nullopt;
    }
    json::Value const document = json::parse(fs::read_file(path), path.string());
    std::string const key = option.name.substr(2);
    json::Value const& own = json::at(json::at(document, tool), key);
    json::Value const& common = option.shared ? json::at(document, key) : own;
    json::Value const& value = own.is_null() ? common : own;
    return value.is_null() ? std::nullopt : std::optional{as_texts(value)};
}

} // namespace slipway::tool
