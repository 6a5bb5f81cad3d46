// SPDX-License-Identifier: Apache-2.0
#include "assertion.hpp"

#include "pg/transaction.hpp"
#include "step.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

// Why the answer says that something is wrong; empty where it does not.
std::string objection(pg::Result const& result) {
    if (result.columns() == 0 || result.empty()) {
        return {};
    }
    bool const one = result.rows() == 1 && result.columns() == 1 && !result.is_null(0, 0);
    auto const text = one ? result.text(0, 0) : std::string_view{};
    if (text == "t") {
        return {};
    }
    if (text == "f") {
        return "answered false";
    }
    if (result.rows() == 1 && result.columns() == 1 && result.is_null(0, 0)) {
        return "answered null, which is not true";
    }
    return fmt::format("found {}", text::counted(result.rows(), "row"));
}

void run_statement(
    Session& session,
    migration::Script const& script,
    migration::Step const& step,
    Rows rows) {
    std::string wrong;
    try {
        auto const result = session.connection.exec(step.statement.text);
        wrong = rows == Rows::judged ? objection(result) : "";
    } catch (pg::ServerError const& error) {
        throw located(error, script, step);
    }
    if (!wrong.empty()) {
        Where const where = script.place(step);
        throw Error{
            ErrorKind::failed,
            fmt::format("{}: {} {}", where.text(), text::shorten(step.statement.text, 200), wrong)}
            .with_where(where);
    }
}

} // namespace

bool assert_script(
    Session& session,
    migration::Script const& script,
    std::string const& title,
    Rows rows) {
    record::Check check;
    check.id = "assert." + fs::Path{script.file}.filename().string();
    check.title = title;
    check.severity = record::Severity::critical;
    auto const started = session.context.clock.steady();
    try {
        pg::Transaction transaction{
            session.connection, rows == Rows::judged ? "begin read only" : "begin"};
        for (auto const& step : script.steps) {
            run_statement(session, script, step, rows);
        }
        transaction.rollback();
        check.message = fmt::format("{} held", text::counted(script.steps.size(), "assertion"));
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::failed && error.sqlstate().empty()) {
            throw; // the connection was lost, or a deadline or signal struck
        }
        check.status = record::CheckStatus::failed;
        check.message = error.message();
        check.where = error.where();
        check.hint = error.hint();
        session.context.log.error(error.message());
    }
    check.duration =
        std::chrono::duration_cast<time::Milliseconds>(session.context.clock.steady() - started);
    bool const held = check.status == record::CheckStatus::passed;
    session.context.record.add(std::move(check));
    session.settle(pg::sending_to(session.connection));
    return held;
}

bool assert_all(Session& session, std::vector<migration::Item const*> const& items) {
    bool held = true;
    Rows const rows = session.folder.layout == "sqitch" ? Rows::ignored : Rows::judged;
    for (auto const* item : items) {
        if (!item->file.verify.empty()) {
            auto const script = migration::read_beside(item->file, item->file.verify);
            held = assert_script(session, script, fmt::format("{} did its work", item->id), rows) &&
                   held;
        }
    }
    for (auto const& path : session.options.assertions) {
        migration::File file;
        file.path = path;
        auto const script = migration::read_beside(file, path);
        held =
            assert_script(session, script, fmt::format("{} holds", path.string()), Rows::judged) &&
            held;
    }
    return held;
}

} // namespace slipway::migrate_apply
