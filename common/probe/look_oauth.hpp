// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "probe/look.hpp"

#include <string>
#include <vector>

namespace slipway::probe {

/// What a login by OAuth 2.0 has to look like from outside.
struct OauthWish {
    std::string start;     // the URL that sends the user to the provider; may be empty
    std::string discovery; // the URL of the provider's metadata; may be empty
    std::string host;      // that the user is sent to, with a port where it has one; may be empty
    std::vector<Rule> parameters; // of the redirect's query, by name
};

/// Asks where a login sends the user: a redirect to the right host, with response_type,
/// client_id, redirect_uri and a state that is new each time; and reads the provider's metadata
/// (OpenID Connect Discovery, RFC 8414): endpoints, issuer and keys. The redirect has to lead to
/// the metadata's authorization endpoint where both are known.
Look look_at_oauth(
    std::string const& id,
    OauthWish const& wish,
    time::Milliseconds timeout,
    time::Deadline deadline,
    secret::Redactor& redactor,
    std::stop_token const& stop);

} // namespace slipway::probe
