// SPDX-License-Identifier: Apache-2.0
#include "catalog/activity.hpp"

#include "text/join.hpp"

#include <charconv>

namespace slipway::catalog {

namespace {

constexpr std::size_t shown_query = 200;

std::string shown(pg::Result::Row const& row, std::size_t column) {
    return text::shorten(text::trim(row.text(column)), shown_query);
}

std::vector<std::int32_t> pids(std::string_view array) {
    std::vector<std::int32_t> out;
    array = array.substr(1, array.size() - 2); // {1,2}
    for (auto const piece : text::split(array, ',')) {
        std::int32_t pid = 0;
        auto const parsed = std::from_chars(piece.data(), piece.data() + piece.size(), pid);
        // A prepared transaction that holds the lock has no process: 0 stands for it.
        if (parsed.ec == std::errc{}) {
            out.push_back(pid);
        }
    }
    return out;
}

} // namespace

// Of a session that the role may not look into, even the type is hidden; that it is one of a
// database is not.
Activity activity(pg::Connection& connection) {
    auto const row = connection
                         .exec(R"(
select count(*),
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
       count(*) filter (where state = 'active'),
       count(*) filter (where state like 'idle in transaction%'),
       coalesce(bool_and(pg_has_role(usesysid, 'usage')), true)
         or pg_has_role('pg_read_all_stats', 'usage')
from pg_stat_activity
where (backend_type = 'client backend' or backend_type is null and datid is not null)
  and pid <> pg_backend_pid())")
                         .one_row();
    return {
        row.get<std::int64_t>(0),
        row.get<std::int64_t>(1),
        row.get<std::int64_t>(2),
        row.get<std::int64_t>(3),
        row.get<bool>(4)};
}

std::vector<Blocked> blockers(pg::Connection& connection, std::optional<std::int32_t> pid) {
    // pg_locks.waitstart (version 14) is the wait itself; before, the statement's start is the
    // nearest known. It is null for the moment in which the wait begins.
    std::string const since = connection.server_version() >= 140000
                                  ? "coalesce(w.waitstart, clock_timestamp())"
                                  : "coalesce(a.query_start, clock_timestamp())";
    std::string const sql = R"(
select a.pid, pg_blocking_pids(a.pid)::text, coalesce(a.query, ''),
       greatest(extract(epoch from clock_timestamp() - )" +
                            since + R"() * 1000, 0)::bigint,
       w.mode, coalesce(n.nspname || '.' || c.relname, ''), coalesce(a.application_name, '')
from pg_stat_activity a
join lateral (select * from pg_locks l where l.pid = a.pid and not l.granted limit 1) w on true
left join pg_class c on c.oid = w.relation
     and w.database = (select oid from pg_database where datname = current_database())
left join pg_namespace n on n.oid = c.relnamespace
where a.datname = current_database() and ($1::int is null or a.pid = $1::int)
order by 4 desc, 1)";
    std::vector<Blocked> out;
    for (auto const row : connection.exec(sql, {pid})) {
        Blocked each;
        each.pid = row.get<std::int32_t>(0);
        each.blocked_by = pids(row.text(1));
        each.query = shown(row, 2);
        each.waited_ms = row.get<std::int64_t>(3);
        each.lock_mode = row.get<std::string>(4);
        each.relation = row.get<std::string>(5);
        each.application_name = row.get<std::string>(6);
        out.push_back(std::move(each));
    }
    return out;
}

std::optional<OldestTransaction> oldest_transaction(pg::Connection& connection) {
    auto const found = connection.exec(R"(
select pid, greatest(extract(epoch from clock_timestamp() - xact_start) * 1000, 0)::bigint,
       coalesce(state, ''), coalesce(application_name, ''), coalesce(query, '')
from pg_stat_activity
where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()
  and backend_type = 'client backend'
order by xact_start limit 1)");
    if (found.empty()) {
        return std::nullopt;
    }
    auto const row = found.one_row();
    return OldestTransaction{
        row.get<std::int32_t>(0),
        time::Milliseconds{row.get<std::int64_t>(1)},
        row.get<std::string>(2),
        row.get<std::string>(3),
        shown(row, 4)};
}

time::Milliseconds oldest_transaction_age(pg::Connection& connection) {
    auto const oldest = oldest_transaction(connection);
    return oldest ? oldest->age : time::Milliseconds{0};
}

} // namespace slipway::catalog
