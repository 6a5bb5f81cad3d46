// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "journal.hpp"
#include "links_migrate.hpp"
#include "mapping.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/connection.hpp"
#include "pg/conninfo.hpp"
#include "pg/transaction.hpp"
#include "rest.hpp"
#include "tables.hpp"
#include "transformer.hpp"

#include <string>
#include <vector>

namespace slipway::links_migrate {

/// The key of the lock that lets one runner at a time write ("slplinks" in ASCII).
inline constexpr std::int64_t links_lock = 0x736c706c696e6b73;

/// The mapping of --mapping, else the one that is built in.
Mapping mapping_of(Options const& options);

/// What every verb works with.
class Session {
public:
    /// Connects and notes the target; nothing else.
    Session(Options const& given, tool::Context& with);

    /// Looks up the mapping's tables and warns of what will be slow.
    Tables tables(Use use);

    /// Settings of a transaction that has begun, so that they end with it.
    void settle(pg::Connection& on) const;

    /// Another connection to the same database.
    pg::Connection another();

    /// Leaves the server alone for the share of the time that --throttle says.
    void rest(std::chrono::nanoseconds worked) { pauses.after(worked, context); }

    /// Makes sure that nobody else is writing, waiting as --lock-wait says.
    [[nodiscard]] pg::AdvisoryLock lock();

    /// Asks in production.
    void confirm(std::string const& question);

    /// `database at host:port`.
    [[nodiscard]] std::string place() const;

    /// What one written row is called: `link`, `row`.
    [[nodiscard]] std::string_view noun() const { return mapping.url.empty() ? "row" : "link"; }

    /// Whether rows of the application may be written to files and the record.
    [[nodiscard]] bool samples() const;

    /// Adds a check.
    record::Check& check(
        std::string id,
        std::string title,
        record::CheckStatus status,
        record::Severity severity,
        std::string message = {},
        std::string hint = {});

    /// Counts and the check that they add up, and one about the rejected items.
    void tell(Tally const& tally);

    /// Up to ten samples of each kind into the record's data.
    void tell(std::vector<Sample> const& samples);

    Options const& options;
    tool::Context& context;
    Mapping mapping;
    pg::ConnInfo where;
    pg::Connection connection;
    Rest pauses;
};

/// Keeps the first ten of each kind.
void keep_some(std::vector<Sample>& kept, std::vector<Sample> const& more);

} // namespace slipway::links_migrate
