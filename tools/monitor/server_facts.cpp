// SPDX-License-Identifier: Apache-2.0
#include "server_facts.hpp"

namespace slipway::monitor {

namespace {

// pg_stat_replication.replay_lag says milliseconds while replay is paused: bytes do not lie.
constexpr std::string_view server_query = R"(
with here as (
    select case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
                else pg_current_wal_lsn() end as lsn)
select coalesce(pg_wal_lsn_diff(lsn, '0/0'), 0)::float8,
       case when pg_is_in_recovery()
            then pg_wal_lsn_diff(lsn, pg_last_wal_replay_lsn())
            else (select max(pg_wal_lsn_diff(lsn, replay_lsn)) from pg_stat_replication)
       end::float8,
       (select count(*) from pg_replication_slots where wal_status in ('unreserved', 'lost')),
       (select max(age(datfrozenxid)) from pg_database)::float8,
       (select failed_count from pg_stat_archiver),
       (select count(*) from pg_prepared_xacts),
       (select temp_bytes from pg_stat_database where datname = current_database())
from here)";

constexpr std::string_view schema_query = "select quote_ident(n.nspname) from pg_extension e join "
                                          "pg_namespace n on n.oid = e.extnamespace"
                                          " where e.extname = 'pg_stat_statements'";

// Without the texts, which may hold data and are a file to read, and without our own: on a quiet
// server they would be most of it. The last value names what the most time goes into.
std::string statements_query(std::string const& schema) {
    return "select coalesce(sum(calls), 0)::float8, coalesce(sum(total_exec_time), 0)::float8,"
           " coalesce((array_agg(queryid order by total_exec_time desc))[1]::text, '')"
           " from " +
           schema +
           ".pg_stat_statements(false)"
           " where dbid = (select oid from pg_database where datname = current_database())"
           " and queryid is not null"
           " and userid <> (select oid from pg_roles where rolname = current_user)";
}

} // namespace

void ServerFacts::open(pg::Connection& connection, time::Deadline deadline) {
    auto const schema = connection.exec(schema_query, {}, deadline);
    statements_ = schema.empty() ? "" : statements_query(schema.get<std::string>(0, 0));
    if (!statements_.empty()) {
        try {
            static_cast<void>(connection.exec(statements_, {}, deadline));
        } catch (Error const& error) {
            // The extension was created, its library is not loaded.
            if (error.sqlstate() != "55000") {
                throw;
            }
            statements_.clear();
        }
    }
}

void ServerFacts::read(pg::Connection& connection, time::Deadline deadline, Sample& sample) const {
    auto const row = connection.exec(server_query, {}, deadline).one_row();
    auto& values = sample.values;
    values["pg.wal_total"] = row.get<double>(0);
    if (!row.is_null(1)) {
        values["pg.replication_lag"] = row.get<double>(1);
    }
    values["pg.slots_unsafe"] = row.get<double>(2);
    values["pg.transaction_age"] = row.get<double>(3);
    values["pg.archive_failures_total"] = row.get<double>(4);
    values["pg.prepared_transactions"] = row.get<double>(5);
    values["pg.temp_bytes_total"] = row.get<double>(6);
    if (!statements_.empty()) {
        auto const statements = connection.exec(statements_, {}, deadline).one_row();
        values["pg.statement_calls_total"] = statements.get<double>(0);
        values["pg.statement_ms_total"] = statements.get<double>(1);
        if (auto const id = statements.get<std::string>(2); !id.empty()) {
            sample.names["pg.statement_time"] = "most time in queryid " + id;
        }
    }
}

} // namespace slipway::monitor
