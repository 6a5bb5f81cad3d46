// SPDX-License-Identifier: Apache-2.0
#include "tool/configuration.hpp"

#include "config/document.hpp"
#include "config/node.hpp"
#include "error/error.hpp"

#include <fmt/format.h>

namespace slipway::tool {

namespace {

std::string key_of(cli::Option const& option) {
    return option.positional ? option.name : option.name.substr(2);
}

std::optional<std::vector<std::string>> texts_at(config::Node const& map, std::string const& key) {
    auto const found = map.find(key);
    if (!found) {
        return std::nullopt;
    }
    if (!found->is_list()) {
        return std::vector{found->as_text()};
    }
    std::vector<std::string> out;
    for (auto const& element : found->elements()) {
        out.push_back(element.as_text());
    }
    return out;
}

} // namespace

void Configuration::load(fs::Path const& path) {
    document_ = std::make_shared<config::Document const>(config::load(path));
    config::Node const top{*document_};
    if (auto const own = top.find(spec_.tool())) {
        std::vector<std::string> known;
        for (auto const& option : spec_.options()) {
            known.push_back(key_of(option));
        }
        own->only_keys(known);
    }
}

std::optional<std::vector<std::string>>
Configuration::values(fs::Path const& path, cli::Option const& option) {
    if (!document_) {
        load(path);
    }
    config::Node const top{*document_};
    std::string const key = key_of(option);
    std::optional<std::vector<std::string>> found;
    if (auto const own = top.find(spec_.tool())) {
        found = texts_at(*own, key);
    }
    if (!found && option.shared) {
        found = texts_at(top, key);
    }
    if (found && option.kind == cli::Kind::secret) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{}: {} is a secret and may not stand in a file of settings", path.string(), key),
            fmt::format("Give it by {}.", spec_.variable_of(option))};
    }
    return found;
}

} // namespace slipway::tool
