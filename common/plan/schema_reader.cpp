// SPDX-License-Identifier: Apache-2.0
#include "plan/schema_reader.hpp"

#include "pg/transaction.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <optional>

namespace slipway::plan {

namespace {

pg::Param names_array(std::set<std::string> const& names) {
    std::vector<std::string> const listed{names.begin(), names.end()};
    return pg::text_array(listed);
}

// The named ones, the tables of named indexes and domains, their partitions and heirs, and what is
// tied to all of these by foreign keys.
constexpr std::string_view relations_query = R"(
with recursive named as materialized (
  select c.oid, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relname = any ($1::text[]) and c.relkind in ('r', 'p', 'f', 'v', 'm', 'i', 'I', 'S')
    and n.nspname <> 'information_schema' and n.nspname not like 'pg\_%'
), tables as materialized (
  select oid from named
  union select i.indrelid from pg_index i join named on named.oid = i.indexrelid
  union select a.attrelid from pg_type t join pg_attribute a on a.atttypid = t.oid
        join pg_class c on c.oid = a.attrelid
        where t.typtype = 'd' and t.typname = any ($1::text[]) and not a.attisdropped
          and c.relkind in ('r', 'p', 'f')
), family as (
  select oid from tables
  union select h.inhrelid from pg_inherits h join family f on f.oid = h.inhparent
), dependents as (
  select oid from tables where $2
  union select found.oid from dependents d cross join lateral (
    select r.ev_class as oid from pg_depend p join pg_rewrite r on r.oid = p.objid
    where p.classid = 'pg_rewrite'::regclass and p.refclassid = 'pg_class'::regclass
      and p.refobjid = d.oid and r.ev_class <> d.oid
    union all
    select k.conrelid from pg_constraint k where k.contype = 'f' and k.confrelid = d.oid) found
), tied as materialized (
  select oid from family
  union select oid from dependents
  union select r.ev_class from family f join pg_depend p on p.refobjid = f.oid
        and p.refclassid = 'pg_class'::regclass and p.classid = 'pg_rewrite'::regclass
        join pg_rewrite r on r.oid = p.objid
  union select h.inhparent from pg_inherits h join family f on f.oid = h.inhrelid
  union select k.confrelid from pg_constraint k join family f on f.oid = k.conrelid
        where k.contype = 'f'
  union select k.conrelid from pg_constraint k join family f on f.oid = k.confrelid
        where k.contype = 'f'
  union select i.indexrelid from pg_index i join family f on f.oid = i.indrelid
)
select c.oid, n.nspname, c.relname, c.relkind, c.relpersistence = 'u', c.relispartition,
       coalesce(m.amname, ''), i.indrelid,
       exists (select from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal)
from tied join pg_class c on c.oid = tied.oid join pg_namespace n on n.oid = c.relnamespace
left join pg_am m on m.oid = c.relam left join pg_index i on i.indexrelid = c.oid
order by c.oid)";

// pg_total_relation_size() waits for whoever holds an exclusive lock; the estimate does not.
constexpr std::string_view sizes_query = R"(
select c.oid, c.reltuples::bigint, c.relpages,
       case when busy.relation is null then pg_total_relation_size(c.oid)
            else c.relpages::bigint * current_setting('block_size')::bigint end,
       case when busy.relation is null and c.relkind <> 'p' then pg_relation_size(c.oid)
            else -1 end
from pg_class c
left join (select distinct relation from pg_locks
           where locktype = 'relation' and mode = 'AccessExclusiveLock'
             and pid is distinct from pg_backend_pid()) busy on busy.relation = c.oid
where c.oid = any ($1::oid[]) and c.relkind in ('r', 'p', 'm', 'i', 'I'))";

constexpr std::string_view columns_query = R"(
select a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod),
       case t.typtype when 'd' then t.typbasetype else t.oid end,
       case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod)
            else format_type(a.atttypid, a.atttypmod) end,
       a.attnotnull, a.attgenerated <> ''
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
  and c.relkind in ('r', 'p', 'f', 'm')
order by a.attrelid, a.attnum)";

constexpr std::string_view indexes_query = R"(
select i.indrelid, i.indexrelid, i.indisvalid, i.indexprs is null and i.indpred is null,
       exists (select from pg_constraint k where k.conindid = i.indexrelid
               and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')),
       array_to_string(array(
         select a.attname from pg_attribute a where a.attrelid = i.indrelid and (
           a.attnum = any (i.indkey) and a.attnum > 0
           or a.attnum in (select d.refobjsubid from pg_depend d
                           where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                             and d.refobjid = i.indrelid))), E'\n')
from pg_index i where i.indrelid = any ($1::oid[]) order by 1, 2)";

constexpr std::string_view constraints_query = R"(
select k.conrelid, k.conname, k.contype, k.convalidated,
       coalesce(pg_get_expr(k.conbin, k.conrelid), ''), k.confrelid,
       array_to_string(array(select a.attname from unnest(k.conkey) with ordinality c(num, at)
         join pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.num order by c.at), E'\n'),
       array_to_string(array(select a.attname from unnest(k.confkey) with ordinality c(num, at)
         join pg_attribute a on a.attrelid = k.confrelid and a.attnum = c.num order by c.at), E'\n')
from pg_constraint k
where k.conrelid = any ($1::oid[]) and k.contype in ('c', 'f', 'p', 'u', 'x') order by 1, 2)";

constexpr std::string_view family_query = R"(
with recursive heirs as (
  select inhparent as root, inhrelid as oid from pg_inherits where inhparent = any ($1::oid[])
  union select h.root, i.inhrelid from heirs h join pg_inherits i on i.inhparent = h.oid
)
select root, oid from heirs order by 1, 2)";

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> out;
    for (auto const line : text::lines(text)) {
        out.emplace_back(line);
    }
    return out;
}

char letter(pg::Result::Row const& row, std::size_t column) {
    auto const text = row.text(column);
    return text.empty() ? '\0' : text.front();
}

} // namespace

Relation& SchemaReader::of(pg::Result::Row const& row) {
    return schema_.relations.at(row.get<Oid>(0));
}

void SchemaReader::read_session() {
    schema_.server_version = connection_.server_version();
    auto const zone = connection_.parameter("TimeZone");
    schema_.utc = zone == "UTC" || zone == "Etc/UTC" || zone == "GMT" || zone == "Etc/GMT";
    for (auto const row : connection_.exec("select unnest(current_schemas(false))")) {
        schema_.search_path.push_back(row.get<std::string>(0));
    }
}

void SchemaReader::read_relations(Wanted const& wanted) {
    std::string oids;
    for (auto const row :
         connection_.exec(relations_query, {names_array(wanted.relations), wanted.dependents})) {
        Relation relation;
        relation.oid = row.get<Oid>(0);
        relation.name = {row.get<std::string>(1), row.get<std::string>(2)};
        relation.kind = letter(row, 3);
        relation.unlogged = row.get<bool>(4);
        relation.is_partition = row.get<bool>(5);
        relation.access_method = row.get<std::string>(6);
        relation.table = row.get<std::optional<Oid>>(7).value_or(0);
        relation.triggers = row.get<bool>(8);
        oids += (oids.empty() ? "" : ",") + std::to_string(relation.oid);
        schema_.by_name_[relation.name.name].push_back(relation.oid);
        schema_.relations.emplace(relation.oid, std::move(relation));
    }
    oids_ = "{" + oids + "}";
}

void SchemaReader::read_sizes() {
    for (auto const row : connection_.exec(sizes_query, {oids_})) {
        auto& relation = of(row);
        auto const estimate = row.get<std::int64_t>(1);
        bool const analysed = estimate > 0 || (estimate == 0 && row.get<std::int64_t>(2) > 0);
        relation.bytes = row.get<std::int64_t>(3);
        relation.empty = row.get<std::int64_t>(4) == 0;
        if (relation.empty) {
            relation.rows = 0;
        } else if (analysed) {
            relation.rows = estimate;
        }
    }
}

void SchemaReader::read_columns() {
    for (auto const row : connection_.exec(columns_query, {oids_})) {
        of(row).columns.push_back(
            {row.get<std::string>(1),
             row.get<std::string>(2),
             row.get<Oid>(3),
             row.get<std::string>(4),
             row.get<bool>(5),
             row.get<bool>(6)});
    }
}

void SchemaReader::read_indexes() {
    for (auto const row : connection_.exec(indexes_query, {oids_})) {
        of(row).indexes.push_back(
            {row.get<Oid>(1),
             lines_of(row.text(5)),
             row.get<bool>(2),
             row.get<bool>(3),
             row.get<bool>(4)});
    }
}

void SchemaReader::read_constraints() {
    for (auto const row : connection_.exec(constraints_query, {oids_})) {
        Constraint made;
        made.name = row.get<std::string>(1);
        made.type = letter(row, 2);
        made.validated = row.get<bool>(3);
        made.expression = row.get<std::string>(4);
        made.references = row.get<Oid>(5);
        made.columns = lines_of(row.text(6));
        made.referenced_columns = lines_of(row.text(7));
        auto& relation = of(row);
        if (made.references != 0 && made.references != relation.oid) {
            relation.references.push_back(made.references);
            if (auto const other = schema_.relations.find(made.references);
                other != schema_.relations.end()) {
                other->second.referenced_by.push_back(relation.oid);
            }
        }
        relation.constraints.push_back(std::move(made));
    }
    for (auto& [oid, relation] : schema_.relations) {
        for (auto* const list : {&relation.references, &relation.referenced_by}) {
            std::sort(list->begin(), list->end());
            list->erase(std::unique(list->begin(), list->end()), list->end());
        }
    }
}

void SchemaReader::read_views() {
    constexpr std::string_view query = R"(
select distinct d.refobjid, r.ev_class, a.attname from pg_depend d
join pg_rewrite r on r.oid = d.objid
left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid and a.attnum > 0
where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
  and d.refobjid = any ($1::oid[]) and r.ev_class <> d.refobjid)";
    for (auto const row : connection_.exec(query, {oids_})) {
        auto& relation = of(row);
        auto const view = row.get<Oid>(1);
        if (std::find(relation.viewed_by.begin(), relation.viewed_by.end(), view) ==
            relation.viewed_by.end()) {
            relation.viewed_by.push_back(view);
        }
        if (!row.is_null(2)) {
            relation.column_viewed_by[row.get<std::string>(2)].push_back(view);
        }
    }
}

void SchemaReader::read_family() {
    for (auto const row : connection_.exec(family_query, {oids_})) {
        of(row).descendants.push_back(row.get<Oid>(1));
    }
    constexpr std::string_view parents =
        "select inhrelid, inhparent from pg_inherits where inhrelid = any ($1::oid[])";
    for (auto const row : connection_.exec(parents, {oids_})) {
        of(row).partition_of.push_back(row.get<Oid>(1));
    }
}

// A partitioned table has neither size nor rows of its own.
void SchemaReader::sum_up_partitions() {
    for (auto& [oid, relation] : schema_.relations) {
        if (relation.kind != 'p') {
            continue;
        }
        relation.empty = true;
        std::int64_t rows = 0;
        bool known = true;
        for (auto const heir : relation.descendants) {
            auto const found = schema_.relations.find(heir);
            if (found == schema_.relations.end() || found->second.kind == 'p') {
                continue;
            }
            relation.bytes += found->second.bytes;
            relation.empty = relation.empty && found->second.empty;
            known = known && found->second.rows.has_value();
            rows += found->second.rows.value_or(0);
        }
        relation.rows = known ? std::optional{rows} : std::nullopt;
    }
}

void SchemaReader::read_functions(std::set<std::string> const& names) {
    if (names.empty()) {
        return;
    }
    auto const found = connection_.exec(
        "select proname, bool_or(provolatile = 'v') from pg_proc where proname = any ($1::text[])"
        " group by 1",
        {names_array(names)});
    for (auto const row : found) {
        schema_.volatile_[row.get<std::string>(0)] = row.get<bool>(1);
    }
}

void SchemaReader::read_types(std::set<std::string> const& spellings) {
    if (spellings.empty()) {
        return;
    }
    // A domain may be of a domain: the one at the bottom is what values are made of.
    constexpr std::string_view query = R"(
with recursive found as (
  select s as spelling, to_regtype(s)::oid as oid from unnest($1::text[]) s
), chain as (
  select f.spelling, t.oid, t.typbasetype, t.typtype, t.typnotnull from found f
  join pg_type t on t.oid = f.oid
  union all
  select c.spelling, t.oid, t.typbasetype, t.typtype, t.typnotnull from chain c
  join pg_type t on t.oid = c.typbasetype where c.typtype = 'd'
)
select f.spelling, f.oid, t.typtype, t.typcategory,
       (select c.oid from chain c where c.spelling = f.spelling and c.typtype <> 'd'),
       exists (select from chain c where c.spelling = f.spelling and c.typtype = 'd'
               and (c.typnotnull or exists (select from pg_constraint k where k.contypid = c.oid)))
from found f join pg_type t on t.oid = f.oid)";
    // What is no type's name at all is an error here, and the migration's to tell.
    connection_.exec("savepoint types");
    std::optional<pg::Result> found;
    try {
        found = connection_.exec(query, {names_array(spellings)});
    } catch (pg::ServerError const&) {
        connection_.exec("rollback to savepoint types");
        return;
    }
    for (auto const row : *found) {
        schema_.types_[row.get<std::string>(0)] = {
            row.get<Oid>(1),
            row.get<std::optional<Oid>>(4).value_or(row.get<Oid>(1)),
            letter(row, 2),
            letter(row, 3),
            row.get<bool>(5)};
    }
}

void SchemaReader::read_casts() {
    for (auto const row :
         connection_.exec("select castsource, casttarget, castmethod, castcontext from pg_cast")) {
        schema_.casts_[{row.get<Oid>(0), row.get<Oid>(1)}] = {letter(row, 2), letter(row, 3)};
    }
}

void SchemaReader::read_domains(std::set<std::string> const& names) {
    constexpr std::string_view query = R"(
select n.nspname, t.typname, a.attrelid, a.attname
from pg_type t join pg_namespace n on n.oid = t.typnamespace
left join (pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'f'))
  on a.atttypid = t.oid and not a.attisdropped
where t.typtype = 'd' and t.typname = any ($1::text[]) order by 1, 2, 3, 4)";
    for (auto const row : connection_.exec(query, {names_array(names)})) {
        auto& uses = schema_.domains_[{row.get<std::string>(0), row.get<std::string>(1)}];
        if (!row.is_null(2)) {
            uses.push_back({row.get<Oid>(2), row.get<std::string>(3)});
        }
    }
}

void SchemaReader::read(Wanted const& wanted) {
    read_session();
    read_relations(wanted);
    if (!schema_.relations.empty()) {
        read_sizes();
        read_columns();
        read_indexes();
        read_constraints();
        read_family();
        sum_up_partitions();
        read_views();
    }
    read_domains(wanted.relations);
    read_functions(wanted.functions);
    read_types(wanted.types);
    if (wanted.casts) {
        read_casts();
    }
}

} // namespace slipway::plan
