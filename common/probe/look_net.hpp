// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "probe/look.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::probe {

/// Resolves a name, whose addresses all of `addresses` have to be among.
Look look_at_dns(
    std::string const& id,
    std::string const& name,
    std::vector<std::string> const& addresses,
    time::Deadline deadline,
    std::stop_token const& stop);

/// What a TLS server's certificate has to be.
struct TlsWish {
    std::string place;            // `host` or `host:port`; 443 by default
    std::string name;             // that it is for; the host by default
    std::string ca_file;          // of the certificates to trust; the system's by default
    std::int64_t least_days = 14; // that it has to be valid for
    bool postgres = false;        // asks as PostgreSQL's clients do before TLS begins
};

/// Shakes hands, and makes checks of the chain, the name and the days that are left.
Look look_at_tls(
    std::string const& id,
    TlsWish const& wish,
    time::Deadline deadline,
    std::stop_token const& stop);

} // namespace slipway::probe
