// SPDX-License-Identifier: Apache-2.0
#include "support/everything.hpp"

#include "support/shop.hpp"

#include <iostream>

namespace slipway::support {

namespace {

constexpr std::string_view objects_query = R"(
select c.relkind::text, format('%I.%I', n.nspname, c.relname),
       c.relkind <> 'm' or c.relispopulated
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 2)";

} // namespace

PassingRole::~PassingRole() {
    try {
        pg::Connection::open(test_server()).exec("drop role if exists " + name_);
    } catch (Error const& error) {
        std::cerr << "role " << name_ << " was not dropped: " << error.message() << '\n';
    }
}

Everything::Everything() {
    stock(
        "psql",
        {"-X",
         "-q",
         "-v",
         "role=" + role_.name(),
         "-f",
         SLIPWAY_SOURCE_DIR "/tests/support/everything.sql"},
        site_.database().conninfo());
}

std::string contents_of(pg::ConnInfo const& target) {
    auto connection = pg::Connection::open(target);
    connection.script(
        "set search_path = pg_catalog; set datestyle = iso; set intervalstyle = postgres; "
        "set extra_float_digits = 3; set bytea_output = hex; set timezone = 'UTC'");
    std::string out;
    for (auto const& row : connection.exec(objects_query)) {
        std::string const name = row.get<std::string>(1);
        std::string const query =
            row.get<std::string>(0) == "S"
                ? "select last_value || ' ' || is_called from " + name
                : "select count(*) || ' ' || coalesce(md5(string_agg(h, '' order by h)), '') "
                  "from (select md5(t::text) as h from only " +
                      name + " t) x";
        out += name + ": " +
               (row.get<bool>(2) ? connection.exec(query).one_value<std::string>() : "empty") +
               "\n";
    }
    return out + "large objects: " +
           connection
               .exec("select count(*) || ' ' || coalesce(md5(string_agg(md5(lo_get(oid)) || oid, "
                     "'' order by oid)), '') from pg_largeobject_metadata")
               .one_value<std::string>();
}

std::string schema_of(pg::ConnInfo const& target, bool with_database) {
    std::vector<std::string> arguments{"--schema-only"};
    if (with_database) {
        arguments.emplace_back("--create");
    }
    return stock("pg_dump", arguments, target);
}

} // namespace slipway::support
