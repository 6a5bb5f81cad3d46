// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "secret/secret.hpp"
#include "time/deadline.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace slipway::slack_notify {

/// A server that takes mail: `smtps://host:465`, or `smtp://host:587`, which must offer STARTTLS
/// unless it is on this machine.
struct MailServer {
    std::string url;
    std::string user;
    secret::Secret password;
};

struct Mail {
    std::string from;
    std::vector<std::string> to;
    std::string subject;
    std::string text;
    std::string id; // of the message: the same where it is sent again
};

/// The mail as it goes over the line (RFC 5322, 2045, 2047), with CRLF; throws usage where an
/// address is none.
std::string message_of(Mail const& mail, std::string const& date);

/// Throws usage where the server's address is none, or would send a password in the clear.
void require_server(MailServer const& server);

/// Hands it over to the server. Throws unavailable where the server is away or asks to come again
/// (4xx), timeout, or failed where it refuses (5xx).
void send_mail(
    MailServer const& server,
    Mail const& mail,
    std::string const& message,
    time::Deadline deadline,
    std::stop_token const& stop);

} // namespace slipway::slack_notify
