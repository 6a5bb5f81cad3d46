// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/conninfo.hpp"
#include "time/deadline.hpp"

#include <stop_token>
#include <string>

namespace slipway::pg {

/// Lists for libpq's host, hostaddr and port, with as many elements each.
struct Endpoints {
    std::string hosts;
    std::string addresses;
    std::string ports;
};

/// Inside the room: resolves the target's host names, each to all its addresses, so that libpq
/// (which would block without limit) has none to resolve; empty where there is nothing to resolve.
/// Throws unavailable where no name resolves, and timeout.
Endpoints resolve(ConnInfo const& target, time::Deadline deadline, std::stop_token const& stop);

} // namespace slipway::pg
