// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "delivery.hpp"
#include "json/value.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace slipway::tool {
class Context;
}

namespace slipway::slack_notify {

struct Options;
struct Story;

/// A way to people: a message as it goes there, and the sending of it.
class Route {
public:
    Route() = default;
    Route(Route const&) = delete;
    Route& operator=(Route const&) = delete;
    Route(Route&&) = delete;
    Route& operator=(Route&&) = delete;
    virtual ~Route() = default;

    /// What a person calls it: `Slack`.
    [[nodiscard]] virtual std::string who() const = 0;

    /// The message, for --print.
    [[nodiscard]] virtual json::Value shown() const = 0;

    [[nodiscard]] virtual std::size_t bytes() const = 0;

    /// Troubles and steps that had no room.
    [[nodiscard]] virtual std::size_t omitted() const = 0;

    /// Sends it within the patience and returns after how many attempts. Throws usage where it is
    /// not known where to, unavailable where that was in vain, failed where it was refused.
    virtual int send(tool::Context& context, retry::Patience const& patience, Told const& told) = 0;
};

/// The way that --to names; throws usage for options that contradict each other.
std::unique_ptr<Route> route_of(Options const& options, Story const& story);

} // namespace slipway::slack_notify
