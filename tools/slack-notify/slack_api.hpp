// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "delivery.hpp"
#include "json/value.hpp"
#include "secret/secret.hpp"

#include <string>
#include <string_view>

namespace slipway::slack_notify {

/// Where a message of Slack's Web API stands.
struct Posted {
    std::string channel; // its id
    std::string ts;
};

/// What Slack said no to, with its own word for it.
class SlackRefusal : public Error {
public:
    SlackRefusal(Error const& error, std::string word) : Error(error), word_(std::move(word)) {}

    [[nodiscard]] std::string const& word() const noexcept { return word_; }

private:
    std::string word_;
};

/// Slack's Web API with a bot token. Every call is tried again within the patience.
class SlackApi {
public:
    /// Throws usage where the address is no https URL (http on this machine only).
    SlackApi(
        std::string_view url,
        secret::Secret token,
        retry::Patience const& patience,
        Told told);

    /// A new message; where Slack dislikes the blocks, once more with the text alone.
    Posted post(json::Value message);

    /// The message that stands there, in place; throws a SlackRefusal where it is gone.
    Posted update(json::Value message);

    [[nodiscard]] int attempts() const { return attempts_; }

    /// Whether Slack took a message's text and not its blocks.
    [[nodiscard]] bool plain() const { return plain_; }

private:
    Posted send(std::string_view method, json::Value& message);
    Posted call(std::string_view method, json::Value const& message);

    std::string base_;
    secret::Secret token_;
    retry::Patience patience_;
    Told told_;
    int attempts_ = 0;
    bool plain_ = false;
};

/// Whether the word says that a message to be updated is not there any more.
bool is_gone(std::string_view word);

/// Throws for an answer of the Web API other than `ok`, which Slack gives with status 200 too.
void require_ok(http::Response const& response, time::Instant now);

} // namespace slipway::slack_notify
