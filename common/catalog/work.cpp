// SPDX-License-Identifier: Apache-2.0
#include "catalog/work.hpp"

#include "text/join.hpp"

namespace slipway::catalog {

namespace {

constexpr std::size_t longest_query = 200;

// The counters that a phase moves are the only ones of it that say something.
constexpr std::string_view work_sql = R"(
with it as (
    select command, phase, relid,
           case when lockers_total > 0 and phase like 'waiting%' then 'lockers'
                when tuples_total > 0 then 'tuples' else 'blocks' end as unit,
           case when lockers_total > 0 and phase like 'waiting%' then lockers_done
                when tuples_total > 0 then tuples_done else blocks_done end as done,
           case when lockers_total > 0 and phase like 'waiting%' then lockers_total
                when tuples_total > 0 then tuples_total else blocks_total end as total
    from pg_stat_progress_create_index where pid = $1::int
    union all
    select 'VACUUM', phase, relid, 'blocks',
           case when phase like 'vacuuming heap%' then heap_blks_vacuumed else heap_blks_scanned end,
           heap_blks_total
    from pg_stat_progress_vacuum where pid = $1::int
    union all
    select command, phase, relid, 'blocks', heap_blks_scanned, heap_blks_total
    from pg_stat_progress_cluster where pid = $1::int
    union all
    select 'ANALYZE', phase, relid, 'blocks', sample_blks_scanned, sample_blks_total
    from pg_stat_progress_analyze where pid = $1::int
    union all
    select command, '', relid, case when bytes_total > 0 then 'bytes' else 'tuples' end,
           case when bytes_total > 0 then bytes_processed else tuples_processed end, bytes_total
    from pg_stat_progress_copy where pid = $1::int)
select command, phase, coalesce(n.nspname || '.' || c.relname, ''), unit, done, total
from it left join pg_class c on c.oid = it.relid left join pg_namespace n on n.oid = c.relnamespace
limit 1)";

} // namespace

std::optional<Work> work_of(pg::Connection& connection, std::int32_t pid) {
    auto const found = connection.exec(work_sql, {pid});
    if (found.empty()) {
        return std::nullopt;
    }
    auto const row = found.one_row();
    return Work{
        row.get<std::string>(0),
        row.get<std::string>(1),
        row.get<std::string>(2),
        row.get<std::string>(3),
        static_cast<std::uint64_t>(row.get<std::int64_t>(4)),
        static_cast<std::uint64_t>(row.get<std::int64_t>(5))};
}

std::optional<SessionState> session_state(pg::Connection& connection, std::int32_t pid) {
    auto const found = connection.exec(
        R"(
select coalesce(state, ''), coalesce(query, ''),
       greatest(coalesce(extract(epoch from clock_timestamp() - query_start), 0) * 1000, 0)::bigint,
       greatest(coalesce(extract(epoch from clock_timestamp() - xact_start), 0) * 1000, 0)::bigint,
       coalesce(wait_event_type || ': ' || wait_event, ''), coalesce(application_name, ''),
       coalesce(backend_start::text, '')
from pg_stat_activity where pid = $1::int)",
        {pid});
    if (found.empty()) {
        return std::nullopt;
    }
    auto const row = found.one_row();
    return SessionState{
        row.get<std::string>(0),
        text::shorten(text::trim(row.text(1)), longest_query),
        row.get<std::int64_t>(2),
        row.get<std::int64_t>(3),
        row.get<std::string>(4),
        row.get<std::string>(5),
        row.get<std::string>(6)};
}

std::vector<std::string> blocking_locks(pg::Connection& connection, std::int32_t pid) {
    std::vector<std::string> out;
    for (auto const row : connection.exec(
             R"(
with strength (mode, rank) as (values
    ('AccessExclusiveLock', 1), ('ExclusiveLock', 2), ('ShareRowExclusiveLock', 3), ('ShareLock', 4))
select l.mode || ' on ' || n.nspname || '.' || c.relname
from pg_locks l join strength s using (mode) join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace
where l.pid = $1::int and l.granted and l.locktype = 'relation' and c.relkind in ('r', 'p', 'm', 'v')
  and l.database = (select oid from pg_database where datname = current_database())
  and n.nspname not like 'pg\_%'
order by s.rank, n.nspname, c.relname)",
             {pid})) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

} // namespace slipway::catalog
