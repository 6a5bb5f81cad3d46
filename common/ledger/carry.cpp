// SPDX-License-Identifier: Apache-2.0
#include "ledger/carry.hpp"

#include "ledger/schema.hpp"

#include <optional>
#include <string>

namespace slipway::ledger {

namespace {

// The role that owns a schema or table by its catalog's name; nothing where it is this role.
std::optional<std::string> foreign_owner(pg::Connection& connection, std::string const& query) {
    auto const owner = connection.exec(query).one_value<std::string>();
    auto const me = connection.exec("select current_user::text").one_value<std::string>();
    return owner == me ? std::nullopt : std::optional{owner};
}

void take_over_owners(pg::Connection& from, pg::Connection& to, std::string const& table) {
    if (auto const owner = foreign_owner(
            from,
            "select nspowner::regrole::text from pg_catalog.pg_namespace "
            "where nspname = 'slipway'")) {
        to.exec("alter schema slipway owner to " + *owner);
    }
    if (auto const owner = foreign_owner(
            from,
            "select relowner::regrole::text from pg_catalog.pg_class where oid = '" + table +
                "'::regclass")) {
        to.exec("alter table " + table + " owner to " + *owner);
    }
}

} // namespace

std::int64_t carry_over(
    pg::Connection& from,
    pg::Connection& to,
    std::string_view table,
    std::string_view create) {
    std::string const name = "slipway." + std::string{table};
    std::string const there = "select to_regclass('" + name + "') is not null";
    if (!from.exec(there).one_value<bool>()) {
        return 0;
    }
    bool const is_new = !to.exec(there).one_value<bool>();
    ensure_table(to, table, create);
    auto const rows =
        from.exec("select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text from " + name + " r")
            .one_value<std::string>();
    auto const copied = to.exec(
                              "insert into " + name +
                                  " select r.* from "
                                  "jsonb_populate_recordset(null::" +
                                  name +
                                  ", $1::jsonb) r "
                                  "on conflict (id) do nothing",
                              {rows})
                            .affected();
    if (is_new) {
        take_over_owners(from, to, name);
    }
    return copied;
}

} // namespace slipway::ledger
