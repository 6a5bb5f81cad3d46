// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/lock.hpp"
#include "plan/schema.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace slipway::plan {

/// Another session's lock on a relation, held or asked for.
struct Holder {
    std::int32_t pid = 0; // 0: a prepared transaction
    std::string application;
    std::string state; // empty where the role may not see it
    time::Milliseconds transaction_age{0};
    LockMode mode = LockMode::none;
    bool waits = false;
};

/// The locks of other sessions on these relations, oldest transaction first.
std::map<Oid, std::vector<Holder>>
lock_holders(pg::Connection& connection, std::span<Oid const> relations);

} // namespace slipway::plan
