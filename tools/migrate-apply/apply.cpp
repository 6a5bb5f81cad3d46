// SPDX-License-Identifier: Apache-2.0
#include "apply.hpp"

#include "attempt.hpp"
#include "batch.hpp"
#include "pg/transaction.hpp"
#include "sql/lexer.hpp"
#include "step.hpp"
#include "step_by_step.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "trip.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using migration::Item;

// Definitions alone: nothing in them changes a role or a setting of the session. What follows an
// AS may be a query, which may call anything.
bool only_defines(migration::Step const& step) {
    constexpr std::array definitions{
        "CREATE TABLE", "CREATE INDEX",  "CREATE TYPE", "CREATE SEQUENCE", "CREATE TRIGGER",
        "ALTER TABLE",  "ALTER INDEX",   "ALTER TYPE",  "ALTER SEQUENCE",  "CREATE POLICY",
        "DROP TABLE",   "DROP INDEX",    "DROP TYPE",   "DROP SEQUENCE",   "DROP TRIGGER",
        "DROP VIEW",    "DROP FUNCTION", "COMMENT",     "GRANT",           "REVOKE"};
    auto const& command = step.nature.command;
    if (std::find(definitions.begin(), definitions.end(), command) == definitions.end()) {
        return false;
    }
    sql::Lexer lexer{step.statement.text};
    for (auto token = lexer.next(); token.kind != sql::Token::Kind::end; token = lexer.next()) {
        if (token.is("as")) {
            return false;
        }
    }
    return true;
}

void in_one_transaction(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    auto const attempt = new_attempt(session);
    Trip trip{session.connection, session.around_step};
    try {
        queue(session, prepared, attempt, trip);
        trip.commit([&](pg::Send const& send) {
            if (!leaves_session_alone(prepared.script)) {
                session.settle(send);
            }
        });
    } catch (Error const& error) {
        if (trip.end() == Trip::End::unknown) {
            settle_doubt(session, item, error, "pending");
        }
        throw placed_in(prepared.script, error);
    }
}

void apply_transactional(Session& session, Prepared const& prepared, Batch* batch) {
    auto const& item = *prepared.item;
    auto const started = session.context.clock.steady();
    try {
        with_lock_retries(session, item.id, [&] {
            bool const done = batch != nullptr && !batch->over() && batch->take();
            if (!done) {
                in_one_transaction(session, prepared);
            }
        });
    } catch (Error const& error) {
        auto& status = session.done[item.id].status;
        bool const settled = !status.empty(); // a doubt that was looked up
        bool const by_statement = error.kind() == ErrorKind::failed || !error.sqlstate().empty();
        if (!settled) {
            // What is unknown may be there in part, which is what failed means.
            status = error.kind() == ErrorKind::in_doubt ? "failed" : "rolled_back";
        }
        if (status == "rolled_back" && by_statement) {
            note_rolled_back(
                session,
                item,
                error,
                std::chrono::duration_cast<time::Milliseconds>(
                    session.context.clock.steady() - started));
        }
        throw;
    }
}

void refuse_what_stays(std::vector<Prepared> const& prepared) {
    for (auto const& one : prepared) {
        for (auto const& step : one.script.steps) {
            if (step.nature.refuses_transaction) {
                Where const where = one.script.place(step);
                throw Error{
                    ErrorKind::refused,
                    fmt::format("{}: {} cannot be rolled back", where.text(), step.nature.command),
                    "--dry-run=rollback tries only what a transaction can undo; use "
                    "--dry-run=plan."}
                    .with_where(where);
            }
        }
    }
}

void try_one(Session& session, Prepared const& one) {
    auto const started = session.context.clock.steady();
    auto const send = pg::sending_to(session.connection);
    supersede_earlier(session, *one.item, send);
    for (auto const& step : one.script.steps) {
        say(session, step.says);
        run_step(session.connection, one.script, step);
    }
    say(session, one.script.says_last);
    session.become_ourselves();
    session.ledger->finish(send, one.item->file, new_attempt(session), {});
    session.settle(send); // as between the runs of apply
    auto const took =
        std::chrono::duration_cast<time::Milliseconds>(session.context.clock.steady() - started);
    session.done[one.item->id] = {"pending", took};
    session.context.log.info(fmt::format("ran {} in {}", one.item->id, time::human_duration(took)));
}

} // namespace

// Each reset costs as much as a small statement.
bool leaves_session_alone(migration::Script const& script) {
    return std::all_of(script.steps.begin(), script.steps.end(), only_defines);
}

void queue(
    Session& session,
    Prepared const& prepared,
    migration::Attempt const& attempt,
    std::function<void(migration::Step const&)> const& step,
    pg::Send const& own) {
    auto const& item = *prepared.item;
    supersede_earlier(session, item, own);
    for (auto const& each : prepared.script.steps) {
        say(session, each.says);
        step(each);
    }
    say(session, prepared.script.says_last);
    if (!leaves_session_alone(prepared.script)) {
        // Whatever role the file has put on, the rows are ours to write.
        own("reset session authorization", {});
        own("reset role", {});
    }
    session.ledger->finish(own, item.file, attempt, {});
    log_execution(session, item, {attempt.key, "applied", {}}, own, {});
}

void queue(
    Session& session,
    Prepared const& prepared,
    migration::Attempt const& attempt,
    Trip& trip) {
    auto const step = [&](migration::Step const& each) {
        trip.step(prepared.script, each);
    };
    queue(session, prepared, attempt, step, trip.own());
}

std::vector<Prepared> prepare(std::vector<Item const*> const& selected) {
    std::vector<Prepared> out;
    for (auto const* item : selected) {
        out.push_back({item, migration::read_script(item->file)});
    }
    return out;
}

record::Check check_of(Prepared const& prepared, std::string const& what) {
    record::Check check;
    check.id = "migration." + prepared.item->id;
    check.title = prepared.item->id;
    check.severity = record::Severity::critical;
    check.message = what;
    return check;
}

void apply_one(Session& session, Prepared const& prepared, Batch* batch) {
    auto const started = session.context.clock.steady();
    auto const& item = *prepared.item;
    auto const took = [&] {
        return std::chrono::duration_cast<time::Milliseconds>(
            session.context.clock.steady() - started);
    };
    try {
        if (prepared.script.transactional) {
            apply_transactional(session, prepared, batch);
        } else {
            apply_step_by_step(session, prepared);
        }
    } catch (Error const& error) {
        auto& done = session.done[item.id];
        done.duration = took();
        if (done.status.empty()) {
            // It was not even begun; where that is in doubt, or was by an earlier run, it failed.
            bool const begun = item.resumable || error.kind() == ErrorKind::in_doubt;
            done.status = begun ? "failed" : "pending";
        }
        throw;
    }
    session.done[item.id] = {"applied", took()};
    session.context.log.info(fmt::format(
        "{} {} ({}, {}{})",
        session.around_step ? "ran" : "applied",
        item.id,
        text::counted(prepared.script.steps.size(), "statement"),
        time::human_duration(took()),
        prepared.script.transactional ? "" : ", without a transaction"));
}

void try_and_roll_back(Session& session, std::vector<Prepared> const& prepared) {
    refuse_what_stays(prepared);
    session.context.log.warning(
        "running on the target itself: locks are held until the end, and sequences advance");
    pg::Transaction transaction{session.connection};
    if (!session.history_exists) {
        session.ledger->create(session.connection);
    }
    for (auto const& one : prepared) {
        auto check = check_of(one, "runs, and was rolled back");
        try {
            try_one(session, one);
        } catch (Error const& error) {
            check.status = record::CheckStatus::failed;
            check.message = error.message();
            check.hint = error.hint();
            check.where = error.where();
            session.context.record.add(std::move(check));
            session.fill_data();
            throw;
        }
        session.context.record.add(std::move(check));
    }
    transaction.rollback();
}

} // namespace slipway::migrate_apply
