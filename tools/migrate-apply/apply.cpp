// SPDX-License-Identifier: Apache-2.0
#include "apply.hpp"

#include "attempt.hpp"
#include "pg/transaction.hpp"
#include "step.hpp"
#include "step_by_step.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using migration::Item;

// A constraint that was deferred speaks up at the commit, which is no statement of the file.
void commit(Session& session, Prepared const& prepared, pg::Transaction& on) {
    auto const& item = *prepared.item;
    try {
        on.commit();
    } catch (pg::ServerError const& error) {
        throw Error{
            error.kind(),
            fmt::format(
                "{}: at its commit: {} (SQLSTATE {})",
                prepared.script.file,
                error.message(),
                error.sqlstate()),
            error.hint()}
            .with_sqlstate(error.sqlstate())
            .with_where({prepared.script.file, 0, 0});
    } catch (Error const& error) {
        if (error.kind() == ErrorKind::in_doubt) {
            settle_doubt(session, item, error, "pending");
        }
        throw;
    }
}

// The row and the work of a migration, inside of the caller's transaction.
void run_whole(Session& session, Prepared const& prepared, migration::Attempt const& attempt) {
    auto const& file = prepared.item->file;
    auto const started = session.context.clock.steady();
    session.ledger->start(session.connection, file, attempt);
    for (auto const& step : prepared.script.steps) {
        run_step(session, prepared.script, step);
    }
    session.become_ourselves();
    session.ledger->finish(
        session.connection,
        file,
        attempt,
        std::chrono::duration_cast<time::Milliseconds>(session.context.clock.steady() - started));
}

void in_one_transaction(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    auto const attempt = new_attempt(session);
    pg::Transaction transaction{session.connection};
    supersede_earlier(session, item);
    run_whole(session, prepared, attempt);
    commit(session, prepared, transaction);
}

// Leaves in the history what other programs take for a failed migration, and this one for a
// failed one of which nothing remains.
void note_rolled_back(Session& session, Item const& item, Error const& error) {
    if (!session.connection.is_open()) {
        return; // the server rolled back on its own; the history has nothing of it
    }
    try {
        session.free_limits();
        session.settle(session.connection);
        pg::Transaction transaction{session.connection};
        auto const attempt = new_attempt(session, migration::Span::several);
        supersede_earlier(session, item);
        session.ledger->start(session.connection, item.file, attempt);
        session.ledger->note(
            session.connection, attempt.key, migration::rolled_back_log(error.message()));
        transaction.commit();
    } catch (Error const& second) {
        // The first error is the one to tell.
        session.context.log.warning(fmt::format(
            "{} has no row of this failure: {}", session.ledger->table(), second.message()));
    }
}

void apply_transactional(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    try {
        with_lock_retries(session, item, [&] { in_one_transaction(session, prepared); });
    } catch (Error const& error) {
        auto& status = session.done[item.id].status;
        bool const settled = !status.empty(); // a doubt that was looked up
        bool const by_statement = error.kind() == ErrorKind::failed || !error.sqlstate().empty();
        if (!settled) {
            // What is unknown may be there in part, which is what failed means.
            status = error.kind() == ErrorKind::in_doubt ? "failed" : "rolled_back";
        }
        if (status == "rolled_back" && by_statement) {
            note_rolled_back(session, item, error);
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
    auto const attempt = new_attempt(session);
    supersede_earlier(session, *one.item);
    run_whole(session, one, attempt);
    session.settle(session.connection); // as between the runs of apply
    auto const took =
        std::chrono::duration_cast<time::Milliseconds>(session.context.clock.steady() - started);
    session.done[one.item->id] = {"pending", took};
    session.context.log.info(fmt::format("ran {} in {}", one.item->id, time::human_duration(took)));
}

} // namespace

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

void apply_one(Session& session, Prepared const& prepared) {
    auto const started = session.context.clock.steady();
    auto const& item = *prepared.item;
    auto const took = [&] {
        return std::chrono::duration_cast<time::Milliseconds>(
            session.context.clock.steady() - started);
    };
    try {
        if (prepared.script.transactional) {
            apply_transactional(session, prepared);
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
    session.settle(session.connection);
    session.context.log.info(fmt::format(
        "applied {} ({}, {}{})",
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
    session.ledger->create(session.connection);
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
