// SPDX-License-Identifier: Apache-2.0
#include "step_by_step.hpp"

#include "attempt.hpp"
#include "index_repair.hpp"
#include "pg/transaction.hpp"
#include "step.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

// One run of a script's statements, from the first that is not known to be done.
struct Passage {
    Session& session;
    Prepared const& prepared;
    std::string key; // of the history row
    int next = 0;
    /// The statement at which an earlier run was cut off without a word: it may be done.
    int perhaps_done = -1;

    [[nodiscard]] int total() const { return static_cast<int>(prepared.script.steps.size()); }

    [[nodiscard]] migration::Step const& step() const {
        return prepared.script.steps[static_cast<std::size_t>(next)];
    }
};

// Building, dropping and rebuilding an index CONCURRENTLY hinders no reader or writer while it
// waits, and it waits for every older transaction: a lock timeout would only throw work away.
bool may_wait(Passage const& passage) {
    auto const& nature = passage.step().nature;
    bool const sets_its_own = passage.prepared.script.mentions("lock_timeout");
    return nature.concurrently && nature.command.find("INDEX") != std::string::npos &&
           !sets_its_own;
}

// The statement was cut off after the server had done it, and now finds its work there.
bool was_done_before(Passage const& passage, Error const& error) {
    bool const drops = passage.step().nature.command.starts_with("DROP");
    bool const creates = passage.step().nature.command.starts_with("CREATE");
    return passage.next == passage.perhaps_done &&
           ((drops && (error.sqlstate() == "42704" || error.sqlstate() == "3D000")) ||
            (creates && error.sqlstate() == "42P04"));
}

void run_alone(Passage const& passage) {
    auto& session = passage.session;
    auto const& step = passage.step();
    if (index_is_there(session, step, passage.next == passage.perhaps_done)) {
        return;
    }
    bool const patient = may_wait(passage);
    if (patient) {
        session.connection.exec("set lock_timeout = 0");
    }
    try {
        run_step(session.connection, passage.prepared.script, step, session.around_step);
    } catch (Error const& error) {
        if (!was_done_before(passage, error)) {
            throw;
        }
    }
    if (patient) {
        session.connection.exec(
            fmt::format("set lock_timeout = {}", session.options.lock_timeout.count()));
    }
}

// The note is ours to write, whatever role the file has put on; the next statement has it again.
void note_progress(Passage const& passage, pg::Transaction& transaction) {
    auto& connection = passage.session.connection;
    connection.exec("set local session authorization default; set local role none");
    passage.session.ledger->note(
        connection, passage.key, migration::progress_log(passage.next + 1, passage.total()));
    transaction.commit();
}

// After each statement the history says how far it came, in the statement's own transaction where
// it allows one.
void run_next(Passage const& passage) {
    auto& session = passage.session;
    if (passage.step().nature.refuses_transaction) {
        run_alone(passage);
        pg::Transaction transaction{session.connection};
        note_progress(passage, transaction);
        return;
    }
    pg::Transaction transaction{session.connection};
    run_step(session.connection, passage.prepared.script, passage.step(), session.around_step);
    note_progress(passage, transaction);
}

// The session in which the earlier statements ran is gone, and with it what they had set.
void set_again(Passage const& passage) {
    for (int each = 0; each < passage.next; ++each) {
        auto const& step = passage.prepared.script.steps[static_cast<std::size_t>(each)];
        if (step.nature.command.starts_with("SET") || step.nature.command.starts_with("RESET")) {
            run_step(passage.session.connection, passage.prepared.script, step);
        }
    }
}

Passage begin(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    Passage passage{session, prepared, {}, 0, -1};
    if (item.resumable) {
        passage.key = item.entry.key;
        passage.next = item.steps_done;
        bool const said_why = item.entry.log.find('\n') != std::string::npos;
        passage.perhaps_done = said_why ? -1 : passage.next;
        set_again(passage);
        session.context.log.info(fmt::format(
            "{}: going on after statement {} of {}", item.id, passage.next, passage.total()));
        return passage;
    }
    auto const attempt = new_attempt(session, migration::Span::several);
    passage.key = attempt.key;
    pg::Transaction transaction{session.connection};
    supersede_earlier(session, item, pg::sending_to(session.connection));
    session.ledger->start(session.connection, item.file, attempt);
    session.ledger->note(
        session.connection, attempt.key, migration::progress_log(0, passage.total()));
    transaction.commit();
    return passage;
}

void finish(Passage const& passage, time::Milliseconds took) {
    auto& session = passage.session;
    auto const& item = *passage.prepared.item;
    session.become_ourselves();
    pg::Transaction transaction{session.connection};
    auto const send = pg::sending_to(session.connection);
    session.ledger->finish(
        send, item.file, {passage.key, {}, {}, {}, migration::Span::several}, took);
    log_execution(session, item, {new_key(), "applied"}, send, took);
    try {
        transaction.commit();
    } catch (Error const& error) {
        if (error.kind() == ErrorKind::in_doubt) {
            settle_doubt(session, item, error, "failed");
        }
        throw;
    }
}

void note_failure(Passage const& passage, Error const& error, time::Milliseconds took) {
    auto& session = passage.session;
    if (!session.connection.is_open()) {
        return; // the row says how far it came; this statement may be done or not
    }
    try {
        session.free_limits();
        session.settle(pg::sending_to(session.connection));
        session.ledger->note(
            session.connection,
            passage.key,
            migration::progress_log(passage.next, passage.total()) + "\n" + error.message());
        log_execution(
            session,
            *passage.prepared.item,
            {new_key(), "failed", error.message()},
            pg::sending_to(session.connection),
            took);
    } catch (Error const& second) {
        // The first error is the one to tell.
        session.context.log.warning(fmt::format(
            "{} does not say why it failed: {}", session.ledger->table(), second.message()));
    }
}

} // namespace

void apply_step_by_step(Session& session, Prepared const& prepared) {
    auto const& item = *prepared.item;
    auto const started = session.context.clock.steady();
    auto const took = [&] {
        return std::chrono::duration_cast<time::Milliseconds>(
            session.context.clock.steady() - started);
    };
    Passage passage = begin(session, prepared);
    try {
        for (; passage.next < passage.total(); ++passage.next) {
            say(session, passage.step().says);
            with_lock_retries(session, item.id, [&] { run_next(passage); });
        }
        say(session, prepared.script.says_last);
        finish(passage, took());
        session.done[item.id].status = "applied";
        session.settle(pg::sending_to(session.connection));
    } catch (Error const& error) {
        auto& status = session.done[item.id].status;
        if (!status.empty()) {
            throw; // what happened to it is known
        }
        status = "failed";
        note_failure(passage, error, took());
        throw error.with_hint(fmt::format(
            "{}{} runs without a transaction: {} of its {} statements are done. Mend the cause and "
            "run migrate-apply again; it goes on with this statement.",
            error.hint().empty() ? "" : error.hint() + "\n",
            item.id,
            passage.next,
            passage.total()));
    }
}

} // namespace slipway::migrate_apply
