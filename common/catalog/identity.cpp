// SPDX-License-Identifier: Apache-2.0
#include "catalog/identity.hpp"

#include "catalog/user_schemas.hpp"

namespace slipway::catalog {

Identity identity(pg::Connection& connection) {
    // Managed servers may withhold pg_control_system(): asking for the right first keeps a
    // transaction that is open from being aborted by the refusal.
    auto const row = connection
                         .exec(R"(
select d.datname, d.oid::bigint, current_setting('server_version_num')::int,
       current_setting('server_version'), pg_is_in_recovery(),
       has_function_privilege('pg_catalog.pg_control_system()', 'execute')
from pg_database d where d.datname = current_database())")
                         .one_row();
    Identity out;
    out.database = row.get<std::string>(0);
    out.oid = row.get<std::int64_t>(1);
    out.server_version_num = row.get<std::int32_t>(2);
    auto const version = row.get<std::string>(3);
    out.server_version = version.substr(0, version.find(' '));
    out.is_in_recovery = row.get<bool>(4);
    if (row.get<bool>(5)) {
        out.system_identifier =
            connection.exec("select system_identifier::text from pg_control_system()")
                .one_value<std::string>();
    }
    return out;
}

std::int64_t size(pg::Connection& connection) {
    return connection.exec("select pg_database_size(current_database())").one_value<std::int64_t>();
}

std::vector<Extension> extensions(pg::Connection& connection) {
    std::vector<Extension> out;
    for (auto const row : connection.exec(R"(
select e.extname, e.extversion, n.nspname
from pg_extension e join pg_namespace n on n.oid = e.extnamespace order by 1)")) {
        out.push_back({row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2)});
    }
    return out;
}

bool has_database_privilege(pg::Connection& connection, std::string_view privilege) {
    return connection.exec("select has_database_privilege(current_database(), $1)", {privilege})
        .one_value<bool>();
}

bool may_create_databases(pg::Connection& connection) {
    return connection
        .exec("select rolcreatedb or rolsuper from pg_roles where rolname = current_user")
        .one_value<bool>();
}

std::vector<MissingPrivilege>
missing_table_privileges(pg::Connection& connection, std::vector<std::string> const& privileges) {
    std::vector<MissingPrivilege> out;
    auto const found = connection.exec(
        "select n.nspname, c.relname, p.name "
        "from pg_class c join pg_namespace n on n.oid = c.relnamespace, "
        "     unnest($1::text[]) with ordinality as p(name, place) "
        "where c.relkind in ('r', 'p') and " +
            std::string{user_schemas} +
            "  and not has_table_privilege(c.oid, p.name) "
            "order by 1, 2, p.place",
        {pg::text_array(privileges)});
    for (auto const row : found) {
        out.push_back({row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2)});
    }
    return out;
}

} // namespace slipway::catalog
