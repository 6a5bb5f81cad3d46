// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"
#include "http/url.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slipway::probe {

/// Inside the room: what an OAuth provider says of itself.
struct Metadata {
    std::string issuer;
    std::optional<http::Url> authorization; // its endpoint
    std::size_t keys = 0;                   // to verify tokens with
    std::vector<std::string> faults;
};

/// Whether the URL names this machine, where TLS is no need.
bool is_loopback(http::Url const& url);

/// Reads the metadata at a URL, and the keys that it names; throws as `ask` does.
Metadata
read_metadata(std::string const& url, std::function<http::Response(std::string const&)> const& ask);

} // namespace slipway::probe
