// SPDX-License-Identifier: Apache-2.0
#include "loss.hpp"

#include "pg/quote.hpp"
#include "pg/sqlstate.hpp"
#include "pg/transaction.hpp"
#include "sql/action.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using Kind = sql::Action::Kind;

std::string spelt(sql::Name const& name) {
    return name.schema.empty() ? pg::quote_identifier(name.name)
                               : pg::qualified(name.schema, name.name);
}

// Nothing where the query does not end in time or cannot be asked.
std::optional<std::int64_t> count(Session& session, std::string const& query) {
    pg::Transaction transaction{session.connection, "begin read only"};
    try {
        transaction.exec("set local statement_timeout = '5s'");
        auto const out = transaction.exec(query).one_value<std::int64_t>();
        transaction.rollback();
        return out;
    } catch (pg::ServerError const&) {
        return std::nullopt;
    }
}

bool exists(Session& session, std::string const& relation) {
    return session.connection.exec("select to_regclass($1) is not null", {relation})
        .one_value<bool>();
}

// The rows of all tables of a schema.
std::string rows_of_schema(Session& session, std::string const& schema) {
    std::vector<std::string> parts;
    for (auto const row : session.connection.exec(
             "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
             " where n.nspname = $1 and c.relkind = 'r'",
             {schema})) {
        parts.push_back(
            fmt::format("(select count(*) from {})", pg::qualified(schema, row.text(0))));
    }
    return parts.empty() ? "select 0" : "select " + text::join(parts, " + ");
}

std::optional<Loss> loss_of(Session& session, sql::Action const& action) {
    std::string const object = spelt(action.object);
    std::string const all = fmt::format("select count(*) from {}", object);
    if (action.kind == Kind::drop && action.object_type == "schema") {
        return Loss{
            fmt::format("schema {}", object),
            count(session, rows_of_schema(session, action.object.name)),
            {}};
    }
    bool const whole = (action.kind == Kind::drop && action.object_type == "table") ||
                       action.kind == Kind::truncate;
    if (whole) {
        return Loss{fmt::format("table {}", object), count(session, all), {}};
    }
    if (action.kind == Kind::drop_column) {
        return Loss{
            fmt::format("column {}.{}", object, pg::quote_identifier(action.column)),
            count(
                session,
                fmt::format(
                    "select count({}) from {}", pg::quote_identifier(action.column), object)),
            {}};
    }
    if (action.kind == Kind::remove || action.kind == Kind::update) {
        // Which of them, only running it tells.
        return Loss{
            fmt::format("{} of {}", action.kind == Kind::remove ? "rows" : "values", object),
            std::nullopt,
            {}};
    }
    return std::nullopt;
}

} // namespace

std::vector<Loss> losses(Session& session, migration::Script const& script) {
    std::vector<Loss> out;
    for (auto const& step : script.steps) {
        auto const actions = sql::actions_of(step.statement.text);
        if (!actions) {
            continue;
        }
        for (auto const& action : *actions) {
            if (action.object.name.empty()) {
                continue;
            }
            bool const schema = action.kind == Kind::drop && action.object_type == "schema";
            if (!schema && !exists(session, spelt(action.object))) {
                continue;
            }
            if (auto loss = loss_of(session, action)) {
                loss->where = script.place(step);
                out.push_back(std::move(*loss));
            }
        }
    }
    return out;
}

std::string text_of(Loss const& loss) {
    return loss.rows ? fmt::format(
                           "{} with {}",
                           loss.what,
                           text::counted(static_cast<std::size_t>(*loss.rows), "row"))
                     : fmt::format("{}, how many is not known", loss.what);
}

} // namespace slipway::migrate_apply
