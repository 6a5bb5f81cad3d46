// SPDX-License-Identifier: Apache-2.0
#include "catalog/tables.hpp"

#include "catalog/user_schemas.hpp"
#include "pg/pipeline.hpp"
#include "pg/quote.hpp"

namespace slipway::catalog {

std::vector<Table> tables(pg::Connection& connection) {
    // A partitioned table has no size and, before version 14, no estimate of its own.
    std::string const sql = R"(
select n.nspname, c.relname,
       (select sum(pg_total_relation_size(t.relid))::bigint
        from pg_partition_tree(c.oid) t where c.relkind = 'p')
         as partitions_bytes,
       pg_total_relation_size(c.oid),
       case when c.relkind = 'p'
            then (select coalesce(sum(greatest(l.reltuples, 0)), 0)::bigint
                  from pg_partition_tree(c.oid) t join pg_class l on l.oid = t.relid
                  where t.isleaf)
            else c.reltuples::bigint end
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and )" +
                            std::string{user_schemas} + "order by 1, 2";
    std::vector<Table> out;
    for (auto const row : connection.exec(sql)) {
        out.push_back(
            {row.get<std::string>(0),
             row.get<std::string>(1),
             row.get<std::optional<std::int64_t>>(2).value_or(row.get<std::int64_t>(3)),
             row.get<std::int64_t>(4)});
    }
    return out;
}

std::vector<std::int64_t>
exact_rows(pg::Connection& connection, std::vector<TableName> const& names) {
    std::vector<std::int64_t> out;
    out.reserve(names.size());
    for (auto const& name : names) {
        out.push_back(
            connection.exec("select count(*) from " + pg::qualified(name.first, name.second))
                .one_value<std::int64_t>());
    }
    return out;
}

std::vector<Column>
columns(pg::Connection& connection, std::string_view schema, std::string_view name) {
    auto const found = connection.exec(
        R"(
select a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid)
from pg_attribute a
join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped
order by a.attnum)",
        {schema, name});
    std::vector<Column> out;
    for (auto const row : found) {
        out.push_back(
            {row.get<std::string>(0),
             row.get<std::string>(1),
             row.get<bool>(2),
             row.get<std::optional<std::string>>(3)});
    }
    return out;
}

bool relation_exists(pg::Connection& connection, std::string_view name) {
    return connection.exec("select to_regclass($1) is not null", {name}).one_value<bool>();
}

namespace {

std::string ask_invalid_indexes() {
    return R"(
select n.nspname, t.relname, c.relname, pg_get_indexdef(i.indexrelid),
       exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
from pg_index i
join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and c.relkind = 'i' and )" +
           std::string{user_schemas} + "order by 1, 2, 3";
}

std::string ask_unvalidated_constraints() {
    return R"(
select n.nspname, t.relname, c.conname, pg_get_constraintdef(c.oid)
from pg_constraint c
join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
where not c.convalidated and )" +
           std::string{user_schemas} + "order by 1, 2, 3";
}

std::vector<InvalidIndex> indexes_of(pg::Result const& found) {
    std::vector<InvalidIndex> out;
    for (auto const row : found) {
        out.push_back(
            {row.get<std::string>(0),
             row.get<std::string>(1),
             row.get<std::string>(2),
             row.get<std::string>(3),
             row.get<bool>(4)});
    }
    return out;
}

std::vector<UnvalidatedConstraint> constraints_of(pg::Result const& found) {
    std::vector<UnvalidatedConstraint> out;
    for (auto const row : found) {
        out.push_back(
            {row.get<std::string>(0),
             row.get<std::string>(1),
             row.get<std::string>(2),
             row.get<std::string>(3)});
    }
    return out;
}

} // namespace

std::vector<InvalidIndex> invalid_indexes(pg::Connection& connection) {
    return indexes_of(connection.exec(ask_invalid_indexes()));
}

std::vector<UnvalidatedConstraint> unvalidated_constraints(pg::Connection& connection) {
    return constraints_of(connection.exec(ask_unvalidated_constraints()));
}

Leftovers leftovers(pg::Connection& connection) {
    auto const found =
        pg::exec_all(connection, {{ask_invalid_indexes()}, {ask_unvalidated_constraints()}});
    return {indexes_of(found[0]), constraints_of(found[1])};
}

} // namespace slipway::catalog
