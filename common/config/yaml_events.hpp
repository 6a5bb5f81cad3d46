// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/document.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace slipway::config {

/// What a YAML text says, part by part. The texts live until the next event.
struct YamlEvent {
    enum class Kind : std::uint8_t { document, alias, scalar, list, map, close, end, other };
    Kind kind = Kind::other;
    Place place;
    std::string_view text;   // a scalar's value
    std::string_view anchor; // set by `&`, or named by an alias
    std::string_view tag;    // in full, or empty
    bool plain = false;      // a scalar without quotes and tag
};

/// Reads the events of a YAML text, which has to live as long.
class YamlEvents {
public:
    YamlEvents(std::string_view text, std::string_view name);
    YamlEvents(YamlEvents const&) = delete;
    YamlEvents& operator=(YamlEvents const&) = delete;
    YamlEvents(YamlEvents&&) = delete;
    YamlEvents& operator=(YamlEvents&&) = delete;
    ~YamlEvents();

    /// Throws usage with the place where the text is no YAML.
    YamlEvent const& next();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace slipway::config
