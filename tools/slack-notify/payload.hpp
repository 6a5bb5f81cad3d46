// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "story.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace slipway::slack_notify {

/// Slack refuses a message beyond limits that it does not all publish: with blocks of more than
/// about 13,200 characters together it answers msg_blocks_too_long.
inline constexpr std::size_t most_bytes = 12'000;

/// A message in Block Kit and what did not fit into it.
struct Payload {
    json::Box body;
    std::size_t omitted = 0; // troubles and steps
};

/// Which message of a deployment: the only one, or the one that is kept up to date and what stands
/// in its thread.
enum class Part : std::uint8_t { whole, parent, details };

/// Writes the story within Slack's limits: 50 blocks, 150 characters a header, 3,000 a section, 10
/// fields of 2,000, and `most_bytes` in all. `mentions` are in Slack's markup; a parent calls
/// nobody, since nobody hears of a message that is edited.
Payload
payload_of(Story const& story, std::vector<std::string> const& mentions, Part part = Part::whole);

} // namespace slipway::slack_notify
