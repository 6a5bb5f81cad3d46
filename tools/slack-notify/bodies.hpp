// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload.hpp"
#include "story.hpp"

#include <string>

namespace slipway::slack_notify {

/// The story as an Adaptive Card 1.4 for a Teams workflow, within Teams' 28 KB.
Payload teams_body(Story const& story);

/// The story as one Discord embed of at most 6,000 characters, which mentions nobody.
Payload discord_body(Story const& story);

/// The story as data (`slipway/notification/1`), for any receiver and for templates.
Payload notification(Story const& story);

/// A message as text: subject, and what is below it.
struct Letter {
    std::string subject;
    std::string text;
};

/// The story as an e-mail, every trouble and step in it.
Letter letter_of(Story const& story);

} // namespace slipway::slack_notify
