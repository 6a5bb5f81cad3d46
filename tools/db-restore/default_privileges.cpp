// SPDX-License-Identifier: Apache-2.0
#include "default_privileges.hpp"

#include "pg/quote.hpp"

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

// How the defaults differ from those that every database has: `true` for what they give more.
constexpr std::string_view query = R"(
with d as (
    select defaclobjtype as kind, defaclacl as now,
           pg_catalog.acldefault(
               case defaclobjtype when 'S' then 's' else defaclobjtype end, defaclrole) as plain
    from pg_catalog.pg_default_acl
    where defaclnamespace = 0
      and defaclrole = (select oid from pg_catalog.pg_roles where rolname = current_user)),
more as (
    select d.kind, a.grantee, a.privilege_type, a.is_grantable
    from d, lateral pg_catalog.aclexplode(d.now) a
    except
    select d.kind, a.grantee, a.privilege_type, a.is_grantable
    from d, lateral pg_catalog.aclexplode(d.plain) a),
less as (
    select d.kind, a.grantee, a.privilege_type, a.is_grantable
    from d, lateral pg_catalog.aclexplode(d.plain) a
    except
    select d.kind, a.grantee, a.privilege_type, a.is_grantable
    from d, lateral pg_catalog.aclexplode(d.now) a),
both_ways as (select true as given, * from more union all select false, * from less)
select given,
       case kind when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                 when 'T' then 'types' else 'schemas' end,
       coalesce(g.rolname::text, ''), privilege_type::text, is_grantable
from both_ways b left join pg_catalog.pg_roles g on g.oid = b.grantee
order by 1, 2, 3, 4)";

std::string statement(pg::Result::Row const& row, bool give) {
    auto const role = row.get<std::string>(2);
    return fmt::format(
        "alter default privileges {} {} on {} {} {}{}",
        give ? "grant" : "revoke",
        row.get<std::string>(3),
        row.get<std::string>(1),
        give ? "to" : "from",
        role.empty() ? "public" : pg::quote_identifier(role),
        give && row.get<bool>(4) ? " with grant option" : "");
}

} // namespace

PlainDefaults::PlainDefaults(pg::Connection& connection) : connection_(connection) {
    for (auto const& row : connection.exec(query)) {
        bool const given = row.get<bool>(0);
        back_.push_back(statement(row, given));
        connection.exec(statement(row, !given));
    }
}

void PlainDefaults::restore() {
    for (auto const& one : back_) {
        connection_.exec(one);
    }
}

} // namespace slipway::db_restore
