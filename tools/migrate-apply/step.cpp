// SPDX-License-Identifier: Apache-2.0
#include "step.hpp"

#include "pg/copy.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using migration::Script;
using migration::Step;

std::string told(pg::ServerMessage const& server) {
    std::string out = server.message;
    if (!server.detail.empty()) {
        out += "; " + server.detail;
    }
    if (!server.context.empty()) {
        out += "; context: " + server.context;
    }
    return out;
}

void copy_in(pg::Connection& connection, Step const& step) {
    pg::CopyIn copy{connection, std::string{step.statement.text}};
    fs::each_piece(
        step.statement.copy_data, [&copy](std::string_view piece) { copy.write(piece); });
    copy.finish();
}

} // namespace

Error located(pg::ServerError const& error, Script const& script, Step const& step) {
    Where const where = script.place(step, error.server().statement_position);
    std::string const message = fmt::format(
        "{}: {} (SQLSTATE {}) in: {}",
        where.text(),
        told(error.server()),
        error.sqlstate(),
        text::shorten(step.statement.text, 200));
    return Error{error.kind(), message, error.hint()}
        .with_sqlstate(error.sqlstate())
        .with_where(where);
}

namespace {

void run_now(pg::Connection& connection, Script const& script, Step const& step) {
    try {
        if (step.statement.kind == sql::Statement::Kind::copy_from_stdin) {
            copy_in(connection, step);
        } else {
            connection.exec(step.statement.text);
        }
    } catch (pg::ServerError const& error) {
        throw located(error, script, step);
    } catch (Error const& error) {
        // Not the statement's fault: the connection was lost, or a deadline or signal struck.
        Where const where = script.place(step);
        throw error.with_context(where.text()).with_where(where);
    }
}

} // namespace

void run_step(
    pg::Connection& connection,
    Script const& script,
    Step const& step,
    AroundStep const& around) {
    if (around) {
        around(script, step, [&] { run_now(connection, script, step); });
    } else {
        run_now(connection, script, step);
    }
}

} // namespace slipway::migrate_apply
