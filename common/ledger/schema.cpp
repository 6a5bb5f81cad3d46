// SPDX-License-Identifier: Apache-2.0
#include "ledger/schema.hpp"

#include <string>

namespace slipway::ledger {

namespace {

// "if not exists" is no protection against a second session: the slower one fails on the
// catalog's unique index.
void create_quietly(pg::Connection& connection, std::string const& statement) {
    connection.exec(
        "do $slipway$ begin " + statement +
        "; exception when duplicate_schema or duplicate_table or duplicate_object or "
        "unique_violation then null; end $slipway$");
}

bool exists(pg::Connection& connection, std::string_view lookup, std::string const& name) {
    return !connection.exec("select pg_catalog." + std::string{lookup} + "($1)", {name})
                .one_row()
                .is_null(0);
}

} // namespace

void ensure_schema(pg::Connection& connection) {
    if (!exists(connection, "to_regnamespace", "slipway")) {
        create_quietly(connection, "create schema if not exists slipway");
    }
}

void ensure_table(pg::Connection& connection, std::string_view name, std::string_view create) {
    ensure_schema(connection);
    if (!exists(connection, "to_regclass", "slipway." + std::string{name})) {
        create_quietly(connection, std::string{create});
    }
}

} // namespace slipway::ledger
