// SPDX-License-Identifier: Apache-2.0
#include "ledger/schema.hpp"

#include <string>

namespace slipway::ledger {

namespace {

// "if not exists" is no protection against a second session: the slower one fails on the
// catalog's unique index.
std::string quietly(std::string const& statement) {
    return "begin " + statement +
           "; exception when duplicate_schema or duplicate_table or duplicate_object or "
           "unique_violation then null; end; ";
}

std::string make_schema() {
    return quietly("create schema if not exists slipway");
}

void run_block(pg::Connection& connection, std::string const& statements) {
    connection.exec("do $slipway$ begin " + statements + "end $slipway$");
}

} // namespace

void ensure_schema(pg::Connection& connection) {
    bool const exists = connection.exec("select pg_catalog.to_regnamespace('slipway') is not null")
                            .one_value<bool>();
    if (!exists) {
        run_block(connection, make_schema());
    }
}

void ensure_table(pg::Connection& connection, std::string_view name, std::string_view create) {
    auto const found = connection.exec(
        "select pg_catalog.to_regnamespace('slipway') is not null,"
        " pg_catalog.to_regclass($1) is not null",
        {"slipway." + std::string{name}});
    auto const exists = found.one_row();
    if (!exists.get<bool>(1)) {
        run_block(
            connection, (exists.get<bool>(0) ? "" : make_schema()) + quietly(std::string{create}));
    }
}

} // namespace slipway::ledger
