// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"

#include "hash/digest.hpp"
#include "ledger/execution_log.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/sqlstate.hpp"
#include "pg/transaction.hpp"
#include "retry/retry.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

bool can_be_retried(Error const& error) {
    return error.sqlstate() == pg::sqlstate::lock_not_available ||
           error.sqlstate() == pg::sqlstate::deadlock_detected;
}

// "after 3 attempts: file:2:1: …" reads, and is found by editors, with the place first.
Error place_first(Error const& error) {
    std::string const place = error.where().text() + ": ";
    auto const at = error.message().find(place);
    if (!error.where().known() || at == 0 || at == std::string::npos) {
        return error;
    }
    std::string rest = error.message();
    rest.erase(at, place.size());
    return Error{error.kind(), place + rest, error.hint()}
        .with_sqlstate(error.sqlstate())
        .with_where(error.where());
}

void watched(Session& session, std::function<void()> const& work) {
    BlockWatch::Shift const shift{session.block_watch()};
    try {
        work();
    } catch (Error const& error) {
        std::string const blocked = shift.seen();
        if (error.sqlstate() != pg::sqlstate::lock_not_available || blocked.empty()) {
            throw;
        }
        throw Error{error.kind(), fmt::format("{}; it {}", error.message(), blocked), error.hint()}
            .with_sqlstate(error.sqlstate())
            .with_where(error.where());
    }
}

} // namespace

// The 36 characters of a UUID, version 4.
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

migration::Attempt new_attempt(Session const& session, migration::Span span) {
    auto const& run = session.context.record.run;
    return {new_key(), run.id, run.actor, run.commit, span};
}

void say(Session& session, std::span<std::string const> lines) {
    for (auto const& line : lines) {
        session.context.log.info(line);
    }
}

// Where the old session may still be at its commit, it has the run's lock until its end, so that
// is waited for.
std::set<std::string> ask_applied(Session& session) {
    auto const look = [&](pg::Connection& connection) {
        auto const standing = migration::compare(session.folder, session.ledger->read(connection));
        std::set<std::string> out;
        for (auto const* now : standing.in_state(migration::State::applied)) {
            out.insert(now->id);
        }
        return out;
    };
    if (session.connection.is_open()) {
        session.free_limits();
        return look(session.connection);
    }
    auto again = session.reconnect();
    auto const after_the_old_session =
        pg::AdvisoryLock::wait(again, pg::deployment_lock, time::Deadline::never());
    return look(again);
}

void throw_unknown(Session const& session, std::string_view which, Error const& doubt) {
    throw Error{
        ErrorKind::in_doubt,
        fmt::format("it is unknown whether {} was committed: {}", which, doubt.message()),
        fmt::format(
            "Ask again with: migrate-apply status, or look for {} in {}.",
            which,
            session.ledger->table())};
}

void throw_known(
    Session& session,
    migration::Item const& item,
    Error const& doubt,
    bool applied,
    std::string_view otherwise) {
    session.done[item.id].status = applied ? "applied" : otherwise;
    std::string const known = fmt::format("{} {} applied", item.id, applied ? "is" : "is not");
    if (session.connection.is_open()) {
        throw Error{doubt.kind(), fmt::format("{}; {}", doubt.message(), known), doubt.hint()};
    }
    throw Error{
        ErrorKind::unavailable,
        fmt::format("the connection was lost while {} was committed; {}", item.id, known),
        "Run migrate-apply again; it goes on from there."};
}

void settle_doubt(
    Session& session,
    migration::Item const& item,
    Error const& doubt,
    std::string_view otherwise) {
    bool applied = false;
    try {
        applied = ask_applied(session).contains(item.id);
    } catch (Error const&) {
        throw_unknown(session, item.id, doubt);
    }
    throw_known(session, item, doubt, applied, otherwise);
}

void supersede_earlier(Session& session, migration::Item const& item, pg::Send const& send) {
    if (item.state == migration::State::rolled_back) {
        session.ledger->roll_back(send, item.entry.key);
    }
}

void log_execution(
    Session const& session,
    migration::Item const& item,
    Outcome const& outcome,
    pg::Send const& send,
    std::optional<time::Milliseconds> took) {
    if (!session.keeps_log) {
        return;
    }
    constexpr std::size_t longest_error = 2000;
    auto const& record = session.context.record;
    auto const& run = record.run;
    ledger::note(
        send,
        {outcome.key,
         run.id,
         run.environment,
         run.job,
         run.url,
         run.actor,
         session.options.approved_by.empty() ? run.actor : session.options.approved_by,
         run.commit,
         session.folder.layout,
         session.ledger->table(),
         item.id,
         item.file.version,
         item.file.checksum,
         outcome.word,
         session.context.redactor.redact(text::shorten(outcome.error, longest_error)),
         record.version},
        took);
}

Error placed_in(migration::Script const& script, Error const& error) {
    return error.where().known() ? error
                                 : error.with_context(script.file).with_where({script.file, 0, 0});
}

void note_rolled_back(
    Session& session,
    migration::Item const& item,
    Error const& error,
    time::Milliseconds took) {
    if (!session.connection.is_open()) {
        return; // the server rolled back on its own; the history has nothing of it
    }
    try {
        session.free_limits();
        session.settle(pg::sending_to(session.connection));
        pg::Transaction transaction{session.connection};
        auto const attempt = new_attempt(session, migration::Span::several);
        auto const send = pg::sending_to(session.connection);
        supersede_earlier(session, item, send);
        session.ledger->start(session.connection, item.file, attempt);
        session.ledger->note(
            session.connection, attempt.key, migration::rolled_back_log(error.message()));
        log_execution(session, item, {attempt.key, "rolled_back", error.message()}, send, took);
        transaction.commit();
    } catch (Error const& second) {
        // The first error is the one to tell.
        session.context.log.warning(fmt::format(
            "{} has no row of this failure: {}", session.ledger->table(), second.message()));
    }
}

void with_lock_retries(Session& session, std::string_view what, std::function<void()> const& work) {
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
            [&] { watched(session, work); },
            [&](Error const& error, time::Milliseconds wait) {
                session.context.log.warning(fmt::format(
                    "{}: {}; rolled back, trying again in {}",
                    what,
                    error.message(),
                    time::human_duration(wait)));
            });
    } catch (Error const& error) {
        throw place_first(error);
    }
}

} // namespace slipway::migrate_apply
