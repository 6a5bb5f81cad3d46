// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "observation.hpp"
#include "pg/connection.hpp"
#include "time/deadline.hpp"

#include <string>

namespace slipway::monitor {

/// Reads what the server as a whole says: WAL, standbys, slots, archiver, age, statements; the same
/// metrics on PostgreSQL 13 to 18.
class ServerFacts {
public:
    /// Looks which of it there is; once a connection.
    void open(pg::Connection& connection, time::Deadline deadline);

    void read(pg::Connection& connection, time::Deadline deadline, Sample& sample) const;

private:
    std::string statements_; // the query; empty without pg_stat_statements
};

} // namespace slipway::monitor
