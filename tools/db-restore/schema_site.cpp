// SPDX-License-Identifier: Apache-2.0
#include "schema_site.hpp"

#include "site.hpp"

#include <algorithm>

namespace slipway::db_restore {

namespace {

// "schemas" in ASCII: a lock in the live database itself.
constexpr std::int64_t schema_lock = 0x736368656d6173;

// What is in a schema and belongs to no extension.
constexpr std::string_view live_query = R"(
with members as (
    select classid, objid from pg_catalog.pg_depend
    where deptype = 'e' and refclassid = 'pg_catalog.pg_extension'::regclass),
content as (
    select 'pg_catalog.pg_class'::regclass as class, oid, relnamespace as schema
    from pg_catalog.pg_class
    union all
    select 'pg_catalog.pg_proc'::regclass, oid, pronamespace from pg_catalog.pg_proc
    union all
    select 'pg_catalog.pg_type'::regclass, oid, typnamespace from pg_catalog.pg_type
    where typrelid = 0 and typelem = 0)
select n.nspname::text, n.oid::bigint, r.rolname::text,
       pg_catalog.obj_description(n.oid, 'pg_namespace'),
       exists (select from pg_catalog.pg_extension e where e.extnamespace = n.oid)
from pg_catalog.pg_namespace n join pg_catalog.pg_roles r on r.oid = n.nspowner
where n.nspname <> 'information_schema' and n.nspname not like 'pg\_%'
  and not exists (select from members m
                  where m.classid = 'pg_catalog.pg_namespace'::regclass and m.objid = n.oid)
  and (exists (select from content c
               where c.schema = n.oid
                 and (c.class, c.oid) not in (select m.classid, m.objid from members m))
       or not exists (select from pg_catalog.pg_extension e where e.extnamespace = n.oid))
order by 1)";

} // namespace

SchemaSite::SchemaSite(Options const& options, tool::Context& context)
    : options_(options), context_(context), where_(target::parse(options.database_url, context)),
      connection_(target::open(where_, context)) {
    target::require_unpooled(*connection_, where_, "session locks do not hold there");
}

void SchemaSite::lock() {
    lock_.emplace(take_lock(
        *connection_, schema_lock, "another restore of this database", options_, context_));
}

std::optional<pg::LockHolder> SchemaSite::runner() {
    return pg::holder_of(*connection_, schema_lock);
}

pg::Connection SchemaSite::open_another() const {
    return pg::Connection::open(where_, target::limits(context_));
}

void SchemaSite::reopen() {
    pg::Options limits;
    limits.deadline = time::Deadline::after(time::Milliseconds{3000});
    lock_.reset();
    connection_.emplace(pg::Connection::open(where_, limits));
}

std::vector<KeptSet> SchemaSite::kept() {
    std::vector<KeptSchema> out;
    auto const found = connection_->exec(R"(
select nspname::text, oid::bigint, pg_catalog.obj_description(oid, 'pg_namespace')
from pg_catalog.pg_namespace
where pg_catalog.obj_description(oid, 'pg_namespace') like '{%' order by nspname)");
    for (auto const& row : found) {
        auto marker = from_comment(row.get<std::string>(2));
        std::string const name = row.get<std::string>(0);
        if (marker && marker->stage == Stage::previous &&
            is_name_for(Stage::previous, marker->live, name)) {
            out.push_back({name, row.get<std::int64_t>(1), std::move(*marker)});
        }
    }
    return sets_of(std::move(out));
}

std::vector<LiveSchema> SchemaSite::live_schemas() {
    std::vector<LiveSchema> out;
    auto const sets = kept();
    for (auto const& row : connection_->exec(live_query)) {
        std::string const name = row.get<std::string>(0);
        bool const aside = std::any_of(sets.begin(), sets.end(), [&](KeptSet const& set) {
            return std::any_of(set.schemas.begin(), set.schemas.end(), [&](auto const& one) {
                return one.name == name;
            });
        });
        if (!aside) {
            out.push_back(
                {name,
                 row.get<std::int64_t>(1),
                 row.get<std::string>(2),
                 row.get<std::optional<std::string>>(3),
                 row.get<bool>(4)});
        }
    }
    return out;
}

std::vector<std::string> SchemaSite::staying(std::vector<LiveSchema> const& live) {
    std::vector<std::string> out;
    for (auto const& row :
         connection_->exec("select nspname::text from pg_catalog.pg_namespace "
                           "where nspname <> 'information_schema' and nspname not like 'pg\\_%'")) {
        auto name = row.get<std::string>(0);
        if (std::none_of(
                live.begin(), live.end(), [&](auto const& one) { return one.name == name; })) {
            out.push_back(std::move(name));
        }
    }
    return out;
}

std::vector<KeptSet> sets_of(std::vector<KeptSchema> schemas) {
    std::vector<KeptSet> out;
    for (auto& one : schemas) {
        auto const tag = tag_of(one.name);
        auto found = std::find_if(
            out.begin(), out.end(), [&](KeptSet const& set) { return set.tag == tag; });
        if (found == out.end()) {
            auto const& marker = one.marker;
            out.push_back({std::string{tag}, marker.at, marker.run, marker.backup, {}});
            found = out.end() - 1;
        }
        found->schemas.push_back(std::move(one));
    }
    std::stable_sort(
        out.begin(), out.end(), [](KeptSet const& a, KeptSet const& b) { return a.at > b.at; });
    return out;
}

} // namespace slipway::db_restore
