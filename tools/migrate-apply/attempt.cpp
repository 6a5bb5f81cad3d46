// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"

#include "hash/digest.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/sqlstate.hpp"
#include "retry/retry.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

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
    BlockWatch::Shift const shift{*session.watch};
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

migration::Attempt new_attempt(Session const& session, migration::Span span) {
    auto const& run = session.context.record.run;
    return {new_key(), run.id, run.actor, run.commit, span};
}

void say(Session& session, std::vector<std::string> const& lines) {
    for (auto const& line : lines) {
        session.context.log.info(line);
    }
}

// Only looking at the history tells. The old session may still be at its commit; it has the run's
// lock until its end, so that is waited for.
void settle_doubt(
    Session& session,
    migration::Item const& item,
    Error const& doubt,
    std::string_view otherwise) {
    bool applied = false;
    try {
        auto again = session.reconnect();
        auto const after_the_old_session =
            pg::AdvisoryLock::wait(again, pg::deployment_lock, time::Deadline::never());
        auto const standing = migration::compare(session.folder, session.ledger->read(again));
        for (auto const* now : standing.in_state(migration::State::applied)) {
            applied = applied || now->id == item.id;
        }
    } catch (Error const&) {
        throw doubt.with_hint(fmt::format(
            "Whether {} is applied is unknown; ask again with: migrate-apply status, or look "
            "for it in {}.",
            item.id,
            session.ledger->table()));
    }
    session.done[item.id].status = applied ? "applied" : otherwise;
    throw Error{
        ErrorKind::unavailable,
        fmt::format(
            "the connection was lost while {} was committed; it {} applied",
            item.id,
            applied ? "is" : "is not"),
        "Run migrate-apply again; it goes on from there."};
}

void supersede_earlier(Session& session, migration::Item const& item) {
    if (item.state == migration::State::rolled_back) {
        session.ledger->roll_back(session.connection, item.entry.key);
    }
}

void with_lock_retries(
    Session& session,
    migration::Item const& item,
    std::function<void()> const& work) {
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
                    item.id,
                    error.message(),
                    time::human_duration(wait)));
            });
    } catch (Error const& error) {
        throw place_first(error);
    }
}

} // namespace slipway::migrate_apply
