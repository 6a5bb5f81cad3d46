// SPDX-License-Identifier: Apache-2.0
// The queries run alike on PostgreSQL 13 to 18. They stand outside of transactions, since inside
// of one the server freezes the statistics.
#include "postgres_source.hpp"

#include "catalog/activity.hpp"
#include "signal/stop.hpp"

#include <algorithm>
#include <chrono>

namespace slipway::monitor {

namespace {

constexpr time::Milliseconds longest_statement{1500}; // the server's own limit is a second
constexpr std::chrono::seconds objects_every{60};     // a pass over all tables and indexes

constexpr std::string_view settings =
    "set statement_timeout = '1s'; set lock_timeout = '500ms'; set jit = off;"
    " set idle_session_timeout = 0";
constexpr std::string_view settings_before_14 =
    "set statement_timeout = '1s'; set lock_timeout = '500ms'; set jit = off";

// Without this the views answer zeros and nulls about others, and no error.
constexpr std::string_view privileges_query =
    "select pg_has_role('pg_read_all_stats', 'usage')"
    " or (select rolsuper from pg_roles where rolname = current_user)";

constexpr std::string_view counters_query = R"(
select xact_commit, xact_rollback, deadlocks, blks_read, blks_hit,
       coalesce(extract(epoch from stats_reset), 0)::float8,
       extract(epoch from pg_postmaster_start_time())::float8
from pg_stat_database where datname = current_database())";

constexpr std::string_view activity_query = R"(
select count(*),
       count(*) filter (where state = 'active'),
       count(*) filter (where state like 'idle in transaction%'),
       count(*) filter (where state = 'active'
                          and clock_timestamp() - query_start > interval '500 ms'),
       count(*) filter (where wait_event_type = 'Lock'),
       coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8,
       coalesce(max(extract(epoch from clock_timestamp() - state_change))
                filter (where state like 'idle in transaction%'), 0)::float8
from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid())";

// What every role may see: sessions by database, ours among them.
constexpr std::string_view sessions_query =
    "select greatest(sum(numbackends) - 1, 0)::bigint from pg_stat_database";

constexpr std::string_view limit_query =
    "select current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int"
    " - coalesce(current_setting('reserved_connections', true)::int, 0)";

constexpr std::string_view holders_query =
    "select pid, coalesce(application_name, ''), coalesce(state, backend_type, '')"
    " from pg_stat_activity where pid = any ($1::int[])";

bool is_lost(Error const& error) {
    return error.kind() == ErrorKind::unavailable;
}

} // namespace

PostgresSource::PostgresSource(
    pg::ConnInfo where,
    pg::Options limits,
    time::Milliseconds timeout,
    time::Milliseconds every)
    : where_(std::move(where)), limits_(std::move(limits)), timeout_(timeout),
      deadline_(limits_.deadline),
      objects_(std::clamp<time::Milliseconds>(every * 10, std::chrono::seconds{1}, objects_every)) {
    limits_.connect_timeout = std::min(limits_.connect_timeout, timeout);
}

pg::Result PostgresSource::ask(std::string_view sql, std::initializer_list<pg::Param> params) {
    return connection_->exec(sql, params, deadline_.sooner(longest_statement));
}

void PostgresSource::open() {
    connection_.reset();
    deadline_ = limits_.deadline.sooner(timeout_);
    auto fresh = pg::Connection::open(where_, limits_);
    connection_.emplace(std::move(fresh));
    ask(connection_->server_version() >= 140000 ? settings : settings_before_14);
    privileged_ = ask(privileges_query).one_value<bool>();
    server_.open(*connection_, deadline_);
}

void PostgresSource::look(Sample& sample) {
    deadline_ = limits_.deadline.sooner(timeout_);
    try {
        bool const was_open = connection_ && connection_->is_open();
        try {
            look_once(sample);
        } catch (Error const& error) {
            // The server may have been restarted since the last look.
            if (!was_open || !is_lost(error) || limits_.stop.stop_requested()) {
                throw;
            }
            connection_.reset();
            sample.values.clear();
            sample.waits.clear();
            look_once(sample);
        }
    } catch (Error const& error) {
        signal::throw_if_stopped(limits_.stop);
        if (error.kind() == ErrorKind::internal) {
            throw;
        }
        // Half of a sample would be taken for the whole of it.
        sample.values.clear();
        sample.waits.clear();
        sample.largest_table.clear();
        sample.names.clear();
        bool const there = connection_ && connection_->is_open();
        if (!there) {
            sample.values["pg.up"] = 0;
        }
        sample.gaps[std::string{name()}] = error.message();
    }
}

void PostgresSource::look_once(Sample& sample) {
    if (!connection_ || !connection_->is_open()) {
        open();
    }
    connection_->set_limits(deadline_, limits_.stop);
    read_counters(sample);
    read_activity(sample);
    server_.read(*connection_, deadline_.sooner(longest_statement), sample);
    objects_.read(*connection_, deadline_.sooner(longest_statement), sample);
    sample.values["pg.up"] = 1;
    sample.values["pg.privileged"] = privileged_ ? 1 : 0;
}

void PostgresSource::read_counters(Sample& sample) {
    auto const row = ask(counters_query).one_row();
    auto& values = sample.values;
    values["pg.commits_total"] = row.get<double>(0);
    values["pg.rollbacks_total"] = row.get<double>(1);
    values["pg.deadlocks_total"] = row.get<double>(2);
    values["pg.blocks_read_total"] = row.get<double>(3);
    values["pg.blocks_hit_total"] = row.get<double>(4);
    values["pg.stats_reset"] = row.get<double>(5);
    values["pg.started"] = row.get<double>(6);
}

void PostgresSource::read_activity(Sample& sample) {
    auto& values = sample.values;
    if (privileged_) {
        auto const row = ask(activity_query).one_row();
        values["pg.connections"] = row.get<double>(0);
        values["pg.active"] = row.get<double>(1);
        values["pg.idle_in_transaction"] = row.get<double>(2);
        values["pg.slow_queries"] = row.get<double>(3);
        values["pg.blocked"] = 0;
        values["pg.oldest_transaction"] = row.get<double>(5);
        values["pg.longest_idle_in_transaction"] = row.get<double>(6);
        values["pg.longest_blocked"] = 0;
        if (row.get<std::int64_t>(4) > 0) {
            read_waits(sample);
        }
    } else {
        values["pg.connections"] = ask(sessions_query).one_value<double>();
    }
    auto const limit = ask(limit_query).one_value<double>();
    if (limit > 0) {
        values["pg.connections_used"] = 100 * values["pg.connections"] / limit;
    }
}

void PostgresSource::read_waits(Sample& sample) {
    std::map<std::int32_t, Wait::Holder> holders;
    std::string pids;
    for (auto const& blocked : catalog::blockers(*connection_)) {
        Wait wait;
        wait.pid = blocked.pid;
        wait.application = blocked.application_name;
        wait.waited_ms = blocked.waited_ms;
        wait.lock_mode = blocked.lock_mode;
        wait.relation = blocked.relation;
        for (auto const pid : blocked.blocked_by) {
            wait.by.push_back({pid, "", ""});
            pids += (pids.empty() ? "" : ",") + std::to_string(pid);
        }
        sample.waits.push_back(std::move(wait));
    }
    for (auto const row : ask(holders_query, {"{" + pids + "}"})) {
        holders[row.get<std::int32_t>(0)] = {
            row.get<std::int32_t>(0), row.get<std::string>(1), row.get<std::string>(2)};
    }
    for (auto& wait : sample.waits) {
        for (auto& holder : wait.by) {
            if (auto const found = holders.find(holder.pid); found != holders.end()) {
                holder = found->second;
            }
        }
    }
    sample.values["pg.blocked"] = static_cast<double>(sample.waits.size());
    if (!sample.waits.empty()) {
        sample.values["pg.longest_blocked"] =
            static_cast<double>(sample.waits.front().waited_ms) / 1000;
    }
}

} // namespace slipway::monitor
