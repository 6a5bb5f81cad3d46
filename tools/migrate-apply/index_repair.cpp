// SPDX-License-Identifier: Apache-2.0
#include "index_repair.hpp"

#include "pg/quote.hpp"
#include "sql/parse.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

bool index_is_there(Session& session, migration::Step const& step, bool again) {
    auto const created = sql::created_by(step.statement.text);
    if (!created || created->kind != "index" || created->name.empty()) {
        return false;
    }
    // The index lies in its table's schema, which the statement may leave to the search path.
    auto const found = session.connection.exec(
        "select n.nspname, i.indisvalid from pg_index i"
        " join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace"
        " where c.relname = $1 and i.indrelid = to_regclass($2)",
        {created->name, created->table});
    if (found.empty()) {
        return false;
    }
    bool const valid = found[0].get<bool>(1);
    if (valid) {
        return again;
    }
    std::string const name = pg::qualified(found[0].get<std::string>(0), created->name);
    session.context.log.warning(fmt::format(
        "{} is INVALID, left by a CREATE INDEX CONCURRENTLY that did not end; dropping it to build "
        "it again",
        name));
    session.connection.exec(fmt::format("drop index concurrently if exists {}", name));
    return false;
}

} // namespace slipway::migrate_apply
