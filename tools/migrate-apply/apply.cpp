// SPDX-License-Identifier: Apache-2.0
#include "apply.hpp"

#include "hash/digest.hpp"
#include "index_repair.hpp"
#include "pg/copy.hpp"
#include "pg/sqlstate.hpp"
#include "pg/transaction.hpp"
#include "retry/retry.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using migration::Item;
using migration::Script;
using migration::State;
using migration::Step;

// The 36 characters of a UUID, version 4, which Prisma's table wants for a key.
std::string new_key() {
    std::string const hex = hash::random_hex(16);
    return fmt::format(
        "{}-{}-4{}-a{}-{}",
        hex.substr(0, 8),
        hex.substr(8, 4),
        hex.substr(13, 3),
        hex.substr(17, 3),
        hex.substr(20, 12));
}

migration::Attempt new_attempt(Session const& session) {
    auto const& run = session.context.record.run;
    return {new_key(), run.id, run.actor, run.commit};
}

bool can_be_retried(Error const& error) {
    return error.sqlstate() == pg::sqlstate::lock_not_available ||
           error.sqlstate() == pg::sqlstate::deadlock_detected;
}

void supersede_earlier(Session& session, pg::Connection& connection, Item const& item) {
    if (item.state == State::rolled_back) {
        session.ledger->roll_back(connection, item.entry.key);
    }
}

// The connection was lost while the server committed: only looking at the history tells.
[[noreturn]] void
settle_doubt(Session& session, Item const& item, std::string const& key, Error const& doubt) {
    bool applied = false;
    try {
        auto again = session.reconnect();
        for (auto const& entry : session.ledger->read(again).entries) {
            applied = applied || (entry.key == key && entry.finished);
        }
    } catch (Error const&) {
        throw doubt.with_hint(fmt::format(
            "Whether {} is applied is unknown; ask again with: migrate-apply status, or look "
            "for it in {}.",
            item.id,
            session.ledger->table()));
    }
    session.done[item.id].status = applied ? "applied" : "pending";
    throw Error{
        ErrorKind::unavailable,
        fmt::format(
            "the connection was lost while {} was committed; it {} applied",
            item.id,
            applied ? "is" : "is not"),
        "Run migrate-apply again; it goes on from there."};
}

void in_one_transaction(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    auto const attempt = new_attempt(session);
    pg::Transaction transaction{session.connection};
    supersede_earlier(session, session.connection, item);
    session.ledger->start(session.connection, item.file, attempt);
    for (auto const& step : prepared.script.steps) {
        run_step(session.connection, prepared.script, step);
    }
    session.ledger->finish(session.connection, attempt);
    try {
        transaction.commit();
    } catch (Error const& error) {
        if (error.kind() == ErrorKind::in_doubt) {
            settle_doubt(session, item, attempt.key, error);
        }
        throw;
    }
}

// Leaves in the history what other programs take for a failed migration, and this one for a
// failed one of which nothing remains.
void note_rolled_back(Session& session, Item const& item, Error const& error) {
    if (!session.connection.is_open()) {
        return; // the server rolled back on its own; the history has nothing of it
    }
    session.settle(session.connection);
    pg::Transaction transaction{session.connection};
    auto const attempt = new_attempt(session);
    supersede_earlier(session, session.connection, item);
    session.ledger->start(session.connection, item.file, attempt);
    session.ledger->note(
        session.connection, attempt.key, migration::rolled_back_log(error.message()));
    transaction.commit();
}

void apply_transactional(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    retry::Policy policy;
    policy.attempts = static_cast<int>(session.options.lock_retries) + 1;
    policy.first = time::Milliseconds{500};
    policy.cap = time::Milliseconds{10'000};
    retry::Patience const patience{
        session.context.clock, session.context.deadline, session.context.stop};
    try {
        retry::run(
            policy,
            patience,
            can_be_retried,
            [&] { in_one_transaction(session, prepared); },
            [&](Error const& error, time::Milliseconds wait) {
                session.context.log.warning(fmt::format(
                    "{}: {}; rolled back, trying again in {}",
                    item.id,
                    error.message(),
                    time::human_duration(wait)));
            });
    } catch (Error const& error) {
        bool const by_statement = error.kind() == ErrorKind::failed || !error.sqlstate().empty();
        if (by_statement && session.done[item.id].status.empty()) {
            session.done[item.id].status = "rolled_back";
            note_rolled_back(session, item, error);
        }
        throw;
    }
}

// Statements that the server runs in no transaction go one by one; after each the history says
// how far it came, in the same transaction where the statement allows one.
void step_without_transaction(
    Session& session,
    Prepared const& prepared,
    std::string const& key,
    int index,
    bool again) {
    auto const& step = prepared.script.steps[static_cast<std::size_t>(index)];
    auto const total = static_cast<int>(prepared.script.steps.size());
    std::string const progress = migration::progress_log(index + 1, total);
    auto& connection = session.connection;
    if (!step.nature.refuses_transaction) {
        pg::Transaction transaction{connection};
        run_step(connection, prepared.script, step);
        session.ledger->note(connection, key, progress);
        transaction.commit();
        return;
    }
    if (!index_is_there(session, step, again)) {
        run_step(connection, prepared.script, step);
    }
    session.ledger->note(connection, key, progress);
}

void apply_step_by_step(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    auto const total = static_cast<int>(prepared.script.steps.size());
    migration::Attempt attempt = new_attempt(session);
    int next = 0;
    if (item.resumable) {
        attempt.key = item.entry.key;
        next = item.steps_done;
        session.context.log.info(
            fmt::format("{}: going on after statement {} of {}", item.id, next, total));
    } else {
        pg::Transaction transaction{session.connection};
        supersede_earlier(session, session.connection, item);
        session.ledger->start(session.connection, item.file, attempt);
        session.ledger->note(session.connection, attempt.key, migration::progress_log(0, total));
        transaction.commit();
    }
    int const resumed_at = item.resumable ? next : -1;
    try {
        for (; next < total; ++next) {
            step_without_transaction(session, prepared, attempt.key, next, next == resumed_at);
        }
        session.ledger->finish(session.connection, attempt);
    } catch (Error const& error) {
        session.done[item.id].status = "failed";
        if (session.connection.is_open()) {
            session.settle(session.connection);
            session.ledger->note(
                session.connection,
                attempt.key,
                migration::progress_log(next, total) + "\n" + error.message());
        }
        throw error.with_hint(fmt::format(
            "{}{} runs without a transaction: {} of its {} statements are done. Mend the cause and "
            "run migrate-apply again; it goes on with this statement.",
            error.hint().empty() ? "" : error.hint() + "\n",
            item.id,
            next,
            total));
    }
}

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
    copy.write(step.statement.copy_data);
    copy.finish();
}

} // namespace

std::vector<Prepared> prepare(std::vector<Item const*> const& selected) {
    std::vector<Prepared> out;
    for (auto const* item : selected) {
        out.push_back({item, migration::read_script(item->file)});
    }
    return out;
}

void run_step(pg::Connection& connection, Script const& script, Step const& step) {
    try {
        if (step.statement.kind == sql::Statement::Kind::copy_from_stdin) {
            copy_in(connection, step);
        } else {
            connection.exec(step.statement.text);
        }
    } catch (pg::ServerError const& error) {
        Where const where = script.place(step, error.server().statement_position);
        std::string const message = fmt::format(
            "{}: {} (SQLSTATE {}) in: {}",
            where.text(),
            told(error.server()),
            error.sqlstate(),
            text::shorten(step.statement.text, 200));
        throw Error{error.kind(), message, error.hint()}
            .with_sqlstate(error.sqlstate())
            .with_where(where);
    }
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
    } catch (Error const&) {
        session.done[item.id].duration = took();
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
    session.context.log.warning(
        "running on the target itself: locks are held until the end, and sequences advance");
    pg::Transaction transaction{session.connection};
    session.ledger->create(session.connection);
    for (auto const& one : prepared) {
        auto const started = session.context.clock.steady();
        auto const attempt = new_attempt(session);
        session.ledger->start(session.connection, one.item->file, attempt);
        for (auto const& step : one.script.steps) {
            run_step(session.connection, one.script, step);
        }
        session.ledger->finish(session.connection, attempt);
        auto const took = std::chrono::duration_cast<time::Milliseconds>(
            session.context.clock.steady() - started);
        session.done[one.item->id] = {"pending", took};
        session.context.log.info(
            fmt::format("ran {} in {}", one.item->id, time::human_duration(took)));
    }
    transaction.rollback();
}

} // namespace slipway::migrate_apply
