// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace slipway::db_restore {

/// While it lives, what the session's role makes has the privileges that a new database would give
/// it, as an archive expects: its default privileges for all schemas are taken back in the open
/// transaction, and given again by restore().
class PlainDefaults {
public:
    explicit PlainDefaults(pg::Connection& connection);

    /// Gives them again; a transaction that is rolled back does so by itself.
    void restore();

private:
    pg::Connection& connection_;
    std::vector<std::string> back_;
};

} // namespace slipway::db_restore
