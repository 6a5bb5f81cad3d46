// SPDX-License-Identifier: Apache-2.0
#include "chosen_table.hpp"

#include "error/error.hpp"
#include "pg/connection.hpp"
#include "pg/sqlstate.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::db_restore {

std::vector<ChosenTable> choose_tables(backup::Manifest const& manifest, Options const& options) {
    std::vector<ChosenTable> out;
    for (auto const& wanted : options.tables) {
        std::vector<backup::Table> fits;
        std::copy_if(
            manifest.tables.begin(),
            manifest.tables.end(),
            std::back_inserter(fits),
            [&](backup::Table const& one) {
                return one.name == wanted || one.schema + "." + one.name == wanted;
            });
        if (fits.size() != 1) {
            throw Error{
                ErrorKind::usage,
                fits.empty() ? fmt::format("{} holds no table {}", manifest.id, wanted)
                             : fmt::format("{} holds several tables {}", manifest.id, wanted),
                "Name it as the database spells it: schema.name."};
        }
        out.push_back({fits.front(), 0, std::nullopt, {}});
    }
    return out;
}

void find_live(pg::Connection& connection, std::vector<ChosenTable>& tables) {
    for (auto& one : tables) {
        one.live = connection
                       .exec(
                           "select c.oid::bigint from pg_catalog.pg_class c "
                           "join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
                           "where n.nspname = $1 and c.relname = $2 and c.relkind = 'r'",
                           {one.table.schema, one.table.name})
                       .optional_value<std::int64_t>()
                       .value_or(0);
    }
}

Error explain(pg::ServerError const& error) {
    if (error.sqlstate() == pg::sqlstate::foreign_key_violation) {
        return Error{
            ErrorKind::refused,
            "rows of other tables do not fit the restored ones: " + std::string{error.message()},
            "Nothing has changed. Restore those tables too (--table may be repeated), or "
            "remove "
            "the rows."}
            .with_sqlstate(error.sqlstate());
    }
    return error.with_hint(
        error.hint() + (error.hint().empty() ? "" : " ") + "Nothing has changed.");
}

} // namespace slipway::db_restore
