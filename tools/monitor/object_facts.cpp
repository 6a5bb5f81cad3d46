// SPDX-License-Identifier: Apache-2.0
#include "object_facts.hpp"

#include <algorithm>
#include <chrono>

namespace slipway::monitor {

namespace {

// pg_total_relation_size() waits behind an ACCESS EXCLUSIVE lock, which is when one looks. relpages
// are as of the last vacuum or analyze; the rows since then enlarge them, as the planner does it.
// A table that was never analyzed has no pages to enlarge: 100 bytes a row stand in.
constexpr std::string_view tables_query = R"(
select oid, case
         when reltuples > 0 then relpages * greatest(1, live / reltuples) * bs
         else greatest(relpages * bs, live * 100)
       end::float8,
       read
from (select c.oid, c.relpages::float8 as relpages, c.reltuples,
             pg_stat_get_live_tuples(c.oid)::float8 as live,
             pg_stat_get_tuples_returned(c.oid)::float8 as read,
             current_setting('block_size')::float8 as bs
      from pg_class c
      where c.relkind in ('r', 'm') and c.oid >= 16384) t
where relpages > 0 or live > 0)";

constexpr std::string_view rest_query = R"(
select coalesce(sum(relpages), 0)::float8 * current_setting('block_size')::int
from pg_class where relkind in ('t', 'i', 'S') or oid < 16384 and relkind = 'r')";

constexpr std::string_view name_query =
    "select n.nspname || '.' || c.relname from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::oid";

constexpr std::string_view indexes_query = R"(
select count(*), coalesce(sum(indexrelid::bigint), 0)::text || ' ' || count(*),
       count(*) filter (where not indisvalid),
       (select n.nspname || '.' || c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
        join pg_namespace n on n.oid = c.relnamespace where not i.indisvalid limit 1)
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

void ObjectFacts::read_tables(pg::Connection& connection, time::Deadline deadline, Sample& sample) {
    auto const name_of = [&](std::int64_t oid) {
        auto const found = connection.exec(name_query, {std::to_string(oid)}, deadline);
        return found.empty() ? std::string{} : found.get<std::string>(0, 0);
    };
    std::map<std::int64_t, Table> tables;
    double all = 0;
    double read_more = 0;
    std::pair<double, std::int64_t> largest;
    std::pair<double, std::int64_t> grown;
    std::pair<double, std::int64_t> read_most;
    for (auto const row : connection.exec(tables_query, {}, deadline)) {
        auto const oid = row.get<std::int64_t>(0);
        Table const table{row.get<double>(1), row.get<double>(2)};
        all += table.bytes;
        largest = std::max(largest, {table.bytes, oid});
        if (auto const then = tables_.find(oid); then != tables_.end()) {
            grown = std::max(grown, {table.bytes - then->second.bytes, oid});
            // Less than before: its statistics were reset.
            double const more = std::max(0.0, table.read - then->second.read);
            read_more += more;
            read_most = std::max(read_most, {more, oid});
        } else if (looked_at_) {
            grown = std::max(grown, {table.bytes, oid}); // new, or no longer empty
        }
        tables[oid] = table;
    }
    auto const now = std::chrono::steady_clock::now();
    if (looked_at_) {
        std::chrono::duration<double> const seconds = now - *looked_at_;
        sample.values["pg.table_growth"] = 60 * grown.first / seconds.count();
        sample.values["pg.sequential_reads"] = read_more / seconds.count();
        if (grown.second != 0) {
            sample.names["pg.table_growth"] = name_of(grown.second);
        }
        if (read_most.second != 0) {
            sample.names["pg.sequential_reads"] = name_of(read_most.second);
        }
    }
    looked_at_ = now;
    tables_ = std::move(tables);
    kept_["pg.database_size"] = all + connection.exec(rest_query, {}, deadline).one_value<double>();
    kept_["pg.largest_table"] = largest.first;
    largest_table_ = largest.second == 0 ? "" : name_of(largest.second);
}

void ObjectFacts::read_indexes(
    pg::Connection& connection,
    time::Deadline deadline,
    Sample& sample) {
    auto const row = connection.exec(indexes_query, {}, deadline).one_row();
    kept_["pg.invalid_indexes"] = row.get<double>(2);
    if (!row.is_null(3)) {
        sample.names["pg.invalid_indexes"] = row.get<std::string>(3);
    }
    auto set = row.get<std::string>(1);
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
