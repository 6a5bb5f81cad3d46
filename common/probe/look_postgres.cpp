// SPDX-License-Identifier: Apache-2.0
#include "probe/look.hpp"
#include "probe/looking.hpp"
#include "text/join.hpp"

#include <optional>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

constexpr char const* grant =
    "Grant the role pg_monitor, so that it sees what the servers tell of replication.";

// How far behind a server or its replicas are, or why that cannot be told.
struct Lag {
    std::optional<std::int64_t> bytes;
    std::string what;  // `replica walreceiver at 10.0.0.7`
    std::string fault; // not empty: nothing is known
    std::string hint;
};

// Seconds without change tell nothing (a paused replica shows none), so bytes it is.
Lag lag_of_replica(pg::Connection& connection) {
    auto const row = connection.exec(
        "select coalesce(r.status, ''), r.pid is not null, pg_wal_lsn_diff(greatest("
        "coalesce(r.latest_end_lsn, pg_last_wal_receive_lsn()), pg_last_wal_receive_lsn()),"
        " pg_last_wal_replay_lsn())::bigint, pg_is_wal_replay_paused()"
        " from (select 1) one left join pg_stat_wal_receiver r on true");
    Lag lag;
    lag.what = row.get<bool>(0, 3) ? "this replica, whose replay is paused," : "this replica";
    bool const connected = row.get<bool>(0, 1);
    auto const status = row.get<std::string>(0, 0);
    if (!connected) {
        lag.fault = "receives nothing from its primary: how far it is behind cannot be told";
        lag.hint = "Does the primary run, and do primary_conninfo and its pg_hba.conf let the "
                   "replica in?";
    } else if (status.empty()) {
        lag.fault = "does not tell its replication to this role";
        lag.hint = grant;
    } else if (!row.is_null(0, 2)) {
        lag.bytes = std::max<std::int64_t>(row.get<std::int64_t>(0, 2), 0);
    }
    return lag;
}

Lag lag_of_primary(pg::Connection& connection) {
    auto const rows = connection.exec(
        "select coalesce(application_name, ''), coalesce(host(client_addr), ''), coalesce(state, "
        "''), pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint from pg_stat_replication"
        " where coalesce(state, '') <> 'backup' order by 4 desc nulls first");
    Lag lag;
    if (rows.empty()) {
        lag.fault = "no replica is connected to the primary";
        lag.hint = "Does the replica run, and does pg_hba.conf let it in?";
        return lag;
    }
    auto const state = rows.get<std::string>(0, 2);
    if (rows.is_null(0, 3)) {
        lag.fault =
            state.empty()
                ? "does not tell its replication to this role"
                : fmt::format(
                      "the replica {} is in the state {}", rows.get<std::string>(0, 0), state);
        lag.hint = state.empty() ? grant : "";
        return lag;
    }
    lag.bytes = std::max<std::int64_t>(rows.get<std::int64_t>(0, 3), 0);
    auto const address = rows.get<std::string>(0, 1);
    lag.what = fmt::format(
        "the replica {}{}", rows.get<std::string>(0, 0), address.empty() ? "" : " at " + address);
    return lag;
}

void judge_lag(Look& look, std::string const& id, Lag const& lag, std::uint64_t most) {
    std::string fault = lag.fault;
    std::string said;
    if (lag.bytes) {
        said = fmt::format("{} is {} bytes behind", lag.what, *lag.bytes);
        if (static_cast<std::uint64_t>(*lag.bytes) > most) {
            fault = fmt::format("{}, more than {}", said, most);
        }
        record::Metric metric;
        metric.name = "replication.lag";
        metric.unit = "bytes";
        metric.labels["probe"] = id;
        metric.value = static_cast<double>(*lag.bytes);
        look.metrics.push_back(std::move(metric));
    } else if (fault.empty()) {
        fault = "how far it is behind cannot be told";
    }
    add_part(look, id, "lag", "Replication is not too far behind", fault, said, lag.hint);
}

} // namespace

Look look_at_postgres(
    std::string const& id,
    pg::ConnInfo const& target,
    pg::Options const& options,
    Role role,
    std::optional<std::uint64_t> most_lag) {
    auto check = begun(id, "PostgreSQL at " + target.redacted());
    return guarded(std::move(check), [&](record::Check const& made) {
        auto connection = pg::Connection::open(target, options);
        static_cast<void>(connection.exec("select 1").one_value<std::int64_t>());
        bool const replica = connection.exec("select pg_is_in_recovery()").one_value<bool>();
        bool const right = role == Role::any || (role == Role::replica) == replica;
        std::string const is = replica ? "a replica" : "the primary";
        if (!right) {
            return wrong(
                made,
                fmt::format(
                    "{} is {}, not {}",
                    target.address(),
                    is,
                    replica ? "the primary" : "a replica"));
        }
        auto look = good(
            made,
            fmt::format("answers, is {}, version {}", is, connection.parameter("server_version")));
        if (most_lag) {
            judge_lag(
                look,
                id,
                replica ? lag_of_replica(connection) : lag_of_primary(connection),
                *most_lag);
        }
        return look;
    });
}

} // namespace slipway::probe
