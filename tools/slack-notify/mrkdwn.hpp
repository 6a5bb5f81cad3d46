// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway::slack_notify {

/// Foreign text made inert in Slack's markup: one line, hidden characters shown, `&`, `<` and `>`
/// escaped, so that it calls nobody (`<!channel>`) and links nowhere; at most `limit` bytes as
/// sent, which is no fewer characters than Slack counts, and ended with `…` where cut.
std::string mrkdwn(std::string_view text, std::size_t limit);

/// The markup that calls somebody: `here`, `channel`, `everyone`, a user's id (`U…`, `W…`) or a
/// user group's (`S…`), with or without `@` in front; throws usage for anything else, since a
/// name calls nobody.
std::string mention(std::string_view who);

} // namespace slipway::slack_notify
