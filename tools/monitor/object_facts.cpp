// SPDX-License-Identifier: Apache-2.0
#include "object_facts.hpp"

#include <algorithm>
#include <chrono>

namespace slipway::monitor {

namespace {

// pg_total_relation_size() waits behind an ACCESS EXCLUSIVE lock, which is when one looks. relpages
// are as of the last vacuum or analyze; the rows since then enlarge them, as the planner does it.
// A table that was never analyzed has no pages to enlarge: 100 bytes a row stand in. Only tables
// that matter: ten thousand rows are slow to send.
constexpr std::string_view tables_query = R"(
select oid, relpages::float8 * bs, case
         when reltuples > 0 then relpages * greatest(1, live / reltuples) * bs
         else greatest(relpages::float8 * bs, live * 100)
       end::float8, read
from (select oid, relpages, reltuples, pg_stat_get_live_tuples(oid)::float8 as live,
             pg_stat_get_tuples_returned(oid)::float8 as read,
             current_setting('block_size')::float8 as bs
      from pg_class
      where relkind in ('r', 'm') and oid >= 16384
        and (relpages >= 100 or pg_stat_get_live_tuples(oid) >= 5000
             or pg_stat_get_tuples_returned(oid) >= 100000)) t)";

constexpr std::string_view totals_query = R"(
select sum(relpages::bigint) * current_setting('block_size')::int,
       coalesce(max(relpages) filter (where relkind in ('r', 'm') and oid >= 16384), 0)::bigint
       * current_setting('block_size')::int
from pg_class)";

constexpr std::string_view name_query =
    "select n.nspname || '.' || c.relname from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::oid";

constexpr std::string_view indexes_query = R"(
select coalesce(sum(indexrelid::bigint), 0)::text || ' ' || count(*),
       count(*) filter (where not indisvalid), min(indexrelid::bigint) filter (where not indisvalid)
from pg_index where indexrelid >= 16384)";

// Tables without an index, too: an index that went with its table is no loss.
constexpr std::string_view names_query = R"(
select coalesce(n.nspname || '.' || i.relname, ''), n.nspname || '.' || t.relname
from pg_class t
join pg_namespace n on n.oid = t.relnamespace
left join pg_index x on x.indrelid = t.oid
left join pg_class i on i.oid = x.indexrelid
where t.relkind in ('r', 'm', 'p') and t.oid >= 16384
  and n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
order by 2, 1 limit 20000)";

} // namespace

void ObjectFacts::read(pg::Connection& connection, time::Deadline deadline, Sample& sample) {
    auto const now = std::chrono::steady_clock::now();
    if (!looked_at_ || now - *looked_at_ >= every_) {
        look(connection, deadline, sample);
    }
    sample.values.insert(kept_.begin(), kept_.end());
    sample.largest_table = largest_table_;
}

void ObjectFacts::look(pg::Connection& connection, time::Deadline deadline, Sample& sample) {
    read_tables(connection, deadline, sample);
    read_indexes(connection, deadline, sample);
}

std::string
ObjectFacts::name_of(std::int64_t oid, pg::Connection& connection, time::Deadline deadline) {
    auto const found = connection.exec(name_query, {std::to_string(oid)}, deadline);
    return found.empty() ? "" : found.get<std::string>(0, 0);
}

void ObjectFacts::read_tables(pg::Connection& connection, time::Deadline deadline, Sample& sample) {
    using Named = std::pair<double, std::int64_t>;
    std::map<std::int64_t, Table> tables;
    Named largest;
    Named grown;
    Named read_most;
    double more_than_pages = 0;
    double read = 0;
    for (auto const row : connection.exec(tables_query, {}, deadline)) {
        auto const oid = row.get<std::int64_t>(0);
        Table const table{row.get<double>(2), row.get<double>(3)};
        more_than_pages += table.bytes - row.get<double>(1);
        largest = std::max(largest, Named{table.bytes, oid});
        auto const then = tables_.find(oid);
        bool const known = then != tables_.end();
        grown = std::max(grown, Named{table.bytes - (known ? then->second.bytes : 0), oid});
        // Less than before: its statistics were reset.
        double const more = known ? std::max(0.0, table.read - then->second.read) : 0;
        read += more;
        read_most = std::max(read_most, Named{more, oid});
        tables[oid] = table;
    }
    auto const now = std::chrono::steady_clock::now();
    if (looked_at_) {
        std::chrono::duration<double> const seconds = now - *looked_at_;
        sample.values["pg.table_growth"] = 60 * grown.first / seconds.count();
        sample.values["pg.sequential_reads"] = read / seconds.count();
        if (grown.second != 0) {
            sample.names["pg.table_growth"] = name_of(grown.second, connection, deadline);
        }
        if (read_most.second != 0) {
            sample.names["pg.sequential_reads"] = name_of(read_most.second, connection, deadline);
        }
    }
    auto const totals = connection.exec(totals_query, {}, deadline).one_row();
    kept_["pg.database_size"] = totals.get<double>(0) + more_than_pages;
    kept_["pg.largest_table"] = std::max(largest.first, totals.get<double>(1));
    largest_table_ = largest.second == 0 ? "" : name_of(largest.second, connection, deadline);
    looked_at_ = now;
    tables_ = std::move(tables);
}

void ObjectFacts::read_indexes(
    pg::Connection& connection,
    time::Deadline deadline,
    Sample& sample) {
    auto const row = connection.exec(indexes_query, {}, deadline).one_row();
    kept_["pg.invalid_indexes"] = row.get<double>(1);
    if (!row.is_null(2)) {
        sample.names["pg.invalid_indexes"] =
            name_of(row.get<std::int64_t>(2), connection, deadline);
    }
    auto set = row.get<std::string>(0);
    if (set == indexes_) {
        return;
    }
    // Half of a list would be taken for the whole of it.
    std::vector<IndexOf> all;
    for (auto const name : connection.exec(names_query, {}, deadline)) {
        all.push_back({name.get<std::string>(0), name.get<std::string>(1)});
    }
    sample.indexes = std::move(all);
    indexes_ = std::move(set);
}

} // namespace slipway::monitor
