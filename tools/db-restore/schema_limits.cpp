// SPDX-License-Identifier: Apache-2.0
#include "schema_limits.hpp"

#include "catalog/identity.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

constexpr std::array<std::string_view, 16> left_kinds{
    "EXTENSION - ",
    "COMMENT - EXTENSION ",
    "SERVER - ",
    "COMMENT - SERVER ",
    "FOREIGN DATA WRAPPER - ",
    "COMMENT - FOREIGN DATA WRAPPER ",
    "USER MAPPING - ",
    "PROCEDURAL LANGUAGE - ",
    "COMMENT - PROCEDURAL LANGUAGE ",
    "ACCESS METHOD - ",
    "COMMENT - ACCESS METHOD ",
    "ACL - FOREIGN ",
    "ACL - LANGUAGE ",
    "DEFAULT ACL - ",
    "DATABASE",
    "COMMENT - DATABASE "};

constexpr std::array<std::string_view, 7> impossible_kinds{
    "BLOB",
    "EVENT TRIGGER ",
    "PUBLICATION ",
    "SUBSCRIPTION ",
    "CAST ",
    "TRANSFORM ",
    "COMMENT - CAST "};

constexpr std::string_view table_data = "TABLE DATA ";

// What is the whole database's and points at the tables, types or functions of its schemas.
constexpr std::string_view bound_query = R"(
with members as (
    select classid, objid from pg_catalog.pg_depend
    where deptype = 'e' and refclassid = 'pg_catalog.pg_extension'::regclass)
select 'publication ' || pubname from pg_catalog.pg_publication
union all
select 'subscription ' || subname from pg_catalog.pg_subscription s
    join pg_catalog.pg_database d on d.oid = s.subdbid and d.datname = current_database()
union all
select 'event trigger ' || evtname from pg_catalog.pg_event_trigger t
    where (oid, 'pg_catalog.pg_event_trigger'::regclass) not in (select objid, classid from members)
union all
select 'cast from ' || castsource::regtype || ' to ' || casttarget::regtype
    from pg_catalog.pg_cast
    where oid >= 16384
      and (oid, 'pg_catalog.pg_cast'::regclass) not in (select objid, classid from members)
union all
select 'transform for ' || trftype::regtype from pg_catalog.pg_transform
    where (oid, 'pg_catalog.pg_transform'::regclass) not in (select objid, classid from members)
union all
select 'prepared transaction ' || gid from pg_catalog.pg_prepared_xacts
    where database = current_database()
union all
select count(*) || ' large objects' from pg_catalog.pg_largeobject_metadata having count(*) > 0
union all
select 'extension ' || e.extname || ', which cannot change its schema'
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where n.nspname = any ($1::text[]) and not e.extrelocatable
order by 1)";

// Of a trusted extension that an ordinary role has made, the objects are the superuser's.
constexpr std::string_view immovable_query = R"(
with members as (
    select e.extname, d.classid, d.objid
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    join pg_catalog.pg_depend d on d.refobjid = e.oid and d.deptype = 'e'
         and d.refclassid = 'pg_catalog.pg_extension'::regclass
    where n.nspname = any ($1::text[])),
owners as (
    select m.extname, t.typowner as owner from members m join pg_catalog.pg_type t
        on t.oid = m.objid and m.classid = 'pg_catalog.pg_type'::regclass
    union
    select m.extname, p.proowner from members m join pg_catalog.pg_proc p
        on p.oid = m.objid and m.classid = 'pg_catalog.pg_proc'::regclass
    union
    select m.extname, c.relowner from members m join pg_catalog.pg_class c
        on c.oid = m.objid and m.classid = 'pg_catalog.pg_class'::regclass)
select distinct extname::text from owners where not pg_catalog.pg_has_role(owner, 'usage') order by 1)";

std::vector<std::string> first_column(pg::Result const& result) {
    std::vector<std::string> out;
    for (auto const& row : result) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

template <class Kinds>
bool is_one_of(std::string_view entry, Kinds const& kinds) {
    return std::any_of(
        kinds.begin(), kinds.end(), [&](std::string_view kind) { return entry.starts_with(kind); });
}

std::vector<std::string> names_of(std::vector<LiveSchema> const& live) {
    std::vector<std::string> out;
    for (auto const& schema : live) {
        out.push_back(schema.name);
    }
    return out;
}

std::string missing_rights(SchemaSite& site, std::vector<LiveSchema> const& live) {
    if (!catalog::has_database_privilege(site.connection(), "create")) {
        return "the role may not create schemas in " + site.database();
    }
    auto const foreign = first_column(site.connection().exec(
        "select nspname::text from pg_catalog.pg_namespace "
        "where nspname = any ($1::text[]) and not pg_catalog.pg_has_role(nspowner, 'usage')",
        {pg::text_array(names_of(live))}));
    if (!foreign.empty()) {
        return "the role is not a member of the owners of the schemas " + text::join(foreign, ", ");
    }
    auto const extensions =
        first_column(site.connection().exec(immovable_query, {pg::text_array(names_of(live))}));
    return extensions.empty() ? ""
                              : "the role may not move the objects of the extensions " +
                                    text::join(extensions, ", ");
}

// `citext` of `EXTENSION - citext `.
std::vector<std::string>
missing_extensions(SchemaSite& site, std::vector<backup::Entry> const& entries) {
    std::set<std::string> there;
    for (auto const& one : catalog::extensions(site.connection())) {
        there.insert(one.name);
    }
    std::vector<std::string> out;
    for (auto const& entry : entries) {
        constexpr std::string_view kind = "EXTENSION - ";
        if (entry.text.starts_with(kind)) {
            std::string name{text::trim(std::string_view{entry.text}.substr(kind.size()))};
            if (!there.contains(name)) {
                out.push_back(std::move(name));
            }
        }
    }
    return out;
}

} // namespace

Cover cover_of(std::string_view entry) {
    return is_one_of(entry, impossible_kinds) ? Cover::impossible
           : is_one_of(entry, left_kinds)     ? Cover::left
                                              : Cover::restored;
}

bool makes_schema(std::string_view entry, std::string_view schema) {
    return entry.starts_with("SCHEMA - " + std::string{schema} + " ");
}

std::vector<backup::Entry>
covered(std::vector<backup::Entry> const& entries, std::vector<std::string> const& there) {
    std::set<std::int64_t> tables;
    for (auto const& entry : entries) {
        if (entry.text.starts_with("TABLE ") && !entry.text.starts_with(table_data)) {
            tables.insert(entry.oid);
        }
    }
    std::vector<backup::Entry> out;
    for (auto const& entry : entries) {
        bool const of_there =
            std::any_of(there.begin(), there.end(), [&](std::string const& schema) {
                std::string const name = " - SCHEMA " + schema + " ";
                return makes_schema(entry.text, schema) || entry.text.starts_with("ACL" + name) ||
                       entry.text.starts_with("COMMENT" + name);
            });
        bool const of_extension = entry.text.starts_with(table_data) && !tables.contains(entry.oid);
        if (cover_of(entry.text) == Cover::restored && !of_there && !of_extension) {
            out.push_back(entry);
        }
    }
    return out;
}

void require_swappable(
    SchemaSite& site,
    std::vector<LiveSchema> const& live,
    tool::Context& context) {
    require(
        context,
        "role.rights",
        "the role may make and rename schemas",
        missing_rights(site, live),
        "Connect as the owner of the schemas, with CREATE on the database. An extension of a "
        "superuser's has to lie in a schema of its own (alter extension … set schema …).");
    auto const bound =
        first_column(site.connection().exec(bound_query, {pg::text_array(names_of(live))}));
    require(
        context,
        "schemas.bound",
        "nothing of the whole database is bound to its schemas",
        bound.empty() ? ""
                      : fmt::format(
                            "a swap of schemas cannot cover what belongs to the whole database: {}",
                            text::join_first(bound, "; ", most_named)),
        "Drop these and make them anew afterwards, or restore without --schema-swap.");
}

void require_coverable(
    SchemaSite& site,
    std::vector<LiveSchema> const& live,
    std::vector<backup::Entry> const& entries,
    tool::Context& context) {
    require_swappable(site, live, context);
    std::vector<std::string> impossible;
    for (auto const& entry : entries) {
        if (cover_of(entry.text) == Cover::impossible) {
            impossible.push_back(entry.text);
        }
    }
    require(
        context,
        "archive.coverable",
        "the archive holds nothing that belongs to the whole database",
        impossible.empty()
            ? ""
            : "a swap of schemas cannot restore: " + text::join_first(impossible, "; ", most_named),
        "Restore it without --schema-swap.");
    auto const missing = missing_extensions(site, entries);
    require(
        context,
        "extensions",
        "the database has the extensions of the backup",
        missing.empty() ? "" : "extensions are missing: " + text::join(missing, ", "),
        "Create them first (create extension …): a swap of schemas moves them and makes none.");
}

} // namespace slipway::db_restore
