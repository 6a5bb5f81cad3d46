// SPDX-License-Identifier: Apache-2.0
#include "table_ties.hpp"

#include "pg/quote.hpp"

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

// As cut and knot; a foreign key of the old table would go on to hold up the deletes of others.
constexpr std::string_view keys_query = R"(
select pg_catalog.format('alter table %s drop constraint %I', conrelid::regclass, conname),
       case when conrelid <> all ($2::oid[]) then
           pg_catalog.format('alter table %s add constraint %I %s', conrelid::regclass, conname,
                             pg_catalog.pg_get_constraintdef(oid)) else '' end
from pg_catalog.pg_constraint
where contype = 'f' and conparentid = 0 and (conrelid = $1::oid or confrelid = $1::oid)
  and (conrelid = $1::oid or confrelid <> conrelid)
order by conrelid, conname)";

constexpr std::string_view views_query = R"(
select distinct pg_catalog.format('create or replace view %s%s as %s', v.oid::regclass,
       case when v.reloptions is null then ''
            else ' with (' || pg_catalog.array_to_string(v.reloptions, ', ') || ')' end,
       pg_catalog.pg_get_viewdef(v.oid)), v.oid::bigint
from pg_catalog.pg_depend d
join pg_catalog.pg_rewrite r on r.oid = d.objid and d.classid = 'pg_catalog.pg_rewrite'::regclass
join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind = 'v'
where d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = $1::oid and v.oid <> $1::oid
order by 2)";

constexpr std::string_view sequences_query = R"(
select pg_catalog.format('alter sequence %s owned by none', s.oid::regclass),
       pg_catalog.format('alter sequence %s owned by %s.%I', s.oid::regclass, d.refobjid::regclass,
                         a.attname)
from pg_catalog.pg_depend d
join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.classid = 'pg_catalog.pg_class'::regclass and d.deptype = 'a' and d.refobjid = $1::oid
  and d.refclassid = 'pg_catalog.pg_class'::regclass
order by 1)";

constexpr std::string_view statistics_query = R"(
select pg_catalog.format('alter statistics %I.%I set schema ', n.nspname, stxname)
from pg_catalog.pg_statistic_ext join pg_catalog.pg_namespace n on n.oid = stxnamespace
where stxrelid = $1::oid order by 1)";

// Everything else that depends on the table or its row type.
constexpr std::string_view unknown_query = R"(
with targets as (
    select 'pg_catalog.pg_class'::regclass as class, $1::oid as oid
    union all
    select 'pg_catalog.pg_type'::regclass, t.oid from pg_catalog.pg_type t
    where t.typrelid = $1::oid or t.typelem in (
        select e.oid from pg_catalog.pg_type e where e.typrelid = $1::oid)),
known as (
    select 'pg_catalog.pg_constraint'::regclass as class, oid from pg_catalog.pg_constraint
        where contype = 'f' or conrelid = $1::oid
    union all select 'pg_catalog.pg_attrdef'::regclass, oid from pg_catalog.pg_attrdef
        where adrelid = $1::oid
    union all select 'pg_catalog.pg_trigger'::regclass, oid from pg_catalog.pg_trigger
        where tgrelid = $1::oid or tgconstraint <> 0
    union all select 'pg_catalog.pg_policy'::regclass, oid from pg_catalog.pg_policy
        where polrelid = any ($2::oid[])
    union all select 'pg_catalog.pg_rewrite'::regclass, r.oid from pg_catalog.pg_rewrite r
        join pg_catalog.pg_class v on v.oid = r.ev_class
        where v.relkind = 'v' or v.oid = $1::oid
    union all select 'pg_catalog.pg_statistic_ext'::regclass, oid from pg_catalog.pg_statistic_ext
        where stxrelid = $1::oid
    union all select 'pg_catalog.pg_class'::regclass, c.oid from pg_catalog.pg_class c
        where c.oid = $1::oid or c.relkind = 'S' or c.relkind = 't'
           or c.oid in (select indexrelid from pg_catalog.pg_index where indrelid = $1::oid)
    union all select class, oid from targets)
select distinct pg_catalog.pg_describe_object(d.classid, d.objid, 0)
from pg_catalog.pg_depend d join targets t on t.class = d.refclassid and t.oid = d.refobjid
where (d.classid, d.objid) not in (select class, oid from known)
union
select pg_catalog.format('%s, of which it is a part', inhparent::regclass)
from pg_catalog.pg_inherits where inhrelid = $1::oid
order by 1)";

} // namespace

TableTies ties_of(
    pg::Connection& connection,
    std::int64_t table,
    std::vector<std::int64_t> const& others,
    std::string_view aside) {
    TableTies out;
    if (table == 0) {
        return out;
    }
    std::string const all = fmt::format("{{{}}}", fmt::join(others, ","));
    for (auto const& row : connection.exec(keys_query, {table, all})) {
        out.cut.push_back(row.get<std::string>(0));
        if (auto knot = row.get<std::string>(1); !knot.empty()) {
            out.knot.push_back(std::move(knot));
        }
    }
    for (auto const& row : connection.exec(sequences_query, {table})) {
        out.cut.push_back(row.get<std::string>(0));
        out.knot.push_back(row.get<std::string>(1));
    }
    for (auto const& row : connection.exec(statistics_query, {table})) {
        out.cut.push_back(row.get<std::string>(0) + pg::quote_identifier(aside));
    }
    for (auto const& row : connection.exec(views_query, {table})) {
        out.knot.push_back(row.get<std::string>(0));
    }
    for (auto const& row : connection.exec(unknown_query, {table, all})) {
        out.unknown.push_back(row.get<std::string>(0));
    }
    return out;
}

} // namespace slipway::db_restore
