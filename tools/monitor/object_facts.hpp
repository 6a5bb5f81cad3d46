// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "observation.hpp"
#include "pg/connection.hpp"
#include "time/clock.hpp"
#include "time/deadline.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace slipway::monitor {

/// Looks at all tables and indexes of the database, now and then, without a lock on any: sizes,
/// growth, sequential reads, indexes that are invalid, new or gone.
class ObjectFacts {
public:
    /// From the catalogs at most once in `every`.
    explicit ObjectFacts(time::Milliseconds every) : every_(every) {}

    /// Sizes are in every sample; what is a rise, only in those that looked.
    void read(pg::Connection& connection, time::Deadline deadline, Sample& sample);

private:
    struct Table {
        double bytes = 0;
        double read = 0; // rows, by sequential scans
    };
    static std::string
    name_of(std::int64_t oid, pg::Connection& connection, time::Deadline deadline);
    void look(pg::Connection& connection, time::Deadline deadline, Sample& sample);
    void read_tables(pg::Connection& connection, time::Deadline deadline, Sample& sample);
    void read_indexes(pg::Connection& connection, time::Deadline deadline, Sample& sample);

    time::Milliseconds every_;
    std::optional<time::Steady> looked_at_;
    std::map<std::int64_t, Table> tables_; // the large ones by oid, at the last look
    std::string indexes_;                  // what tells one set of indexes from another
    std::map<std::string, double> kept_;
    std::string largest_table_;
};

} // namespace slipway::monitor
