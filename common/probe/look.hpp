// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"
#include "pg/connection.hpp"
#include "probe/http_expectation.hpp"
#include "record/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::probe {

/// How one look at one thing went.
struct Look {
    enum class State : std::uint8_t { good, wrong, unreached };

    State state = State::good;
    bool hopeless = false; // waiting does not heal it
    std::string brief;     // one line: what is, or what is waited for
    std::vector<record::Check> checks;
    std::optional<Error> error; // why it was not reached, or refuses for good
    std::optional<double> latency_ms;
    std::vector<record::Metric> metrics;
};

/// `good`, `wrong` or `unreached`.
std::string_view name(Look::State state);

/// Judges one answer of a health endpoint: its status, its expectations, and what its body says
/// of the service and its components (each a check `<id>.<component>`).
Look look_at_health(
    std::string const& id,
    http::Outcome const& outcome,
    HttpExpectation const& expected,
    Judge const& with);

/// Which role a server has to have.
enum class Role : std::uint8_t { any, primary, replica };

/// Logs in, asks `select 1`, and for the role where it matters. With `most_lag` a replica, or each
/// replica of a primary, may be that many bytes of WAL behind; not to know it is wrong, too.
Look look_at_postgres(
    std::string const& id,
    pg::ConnInfo const& target,
    pg::Options const& options,
    Role role,
    std::optional<std::uint64_t> most_lag = {});

/// Compares a folder of migrations with the database's history: none pending, failed or edited.
Look look_at_migrations(
    std::string const& id,
    std::string const& folder,
    pg::ConnInfo const& target,
    pg::Options const& options);

/// Asks one query, whose only value has to be as `wanted` says (truthy where there is no rule).
Look look_at_sql(
    std::string const& id,
    std::string const& query,
    std::optional<Rule> const& wanted,
    pg::ConnInfo const& target,
    pg::Options const& options);

/// Connects to a port, given as `host:port`, and closes.
Look look_at_tcp(
    std::string const& id,
    std::string const& address,
    time::Deadline deadline,
    std::stop_token const& stop);

} // namespace slipway::probe
