// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "http/message.hpp"
#include "http/url.hpp"
#include "retry/retry.hpp"
#include "time/clock.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace slipway::slack_notify {

/// Throws for an answer other than that the message was taken.
using Judge = std::function<void(http::Response const&, time::Instant now)>;

/// Hears of every wait.
using Told = std::function<void(Error const&, time::Milliseconds)>;

/// Sends the request until the judge accepts the answer; returns after how many attempts. What is
/// unavailable or timed out is tried again within the patience, so a message may arrive twice.
int deliver(
    http::Request request,
    Judge const& judge,
    retry::Patience const& patience,
    Told const& told);

/// A POST of JSON to that address.
http::Request json_request(http::Url const& url, std::string body);

/// Unavailable with what the answer asks to wait for, for 429 and 5xx; else nothing.
void throw_if_disturbed(
    http::Response const& response,
    std::string_view who,
    std::string const& answer,
    time::Instant now);

/// What the body says, fit for a message.
std::string said(http::Response const& response);

/// The address of `what`, as the variable has it: usage where it is no https URL (http on this
/// machine only). No message of an error holds the path, which may be the secret.
http::Url safe_address(std::string_view url, std::string_view what, std::string const& hint);

} // namespace slipway::slack_notify
