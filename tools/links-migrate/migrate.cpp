// SPDX-License-Identifier: Apache-2.0
#include "migrate.hpp"

#include "pg/sqlstate.hpp"
#include "progress/progress.hpp"
#include "reject_file.hpp"
#include "retry/retry.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

constexpr time::Milliseconds checkpoint_every{1000};

/// One start of the tool: the batches, and what is told of them.
class Migration {
public:
    Migration(Session& session, Tables tables, Run run)
        : session_(session), run_(std::move(run)), before_(run_.tally.rows),
          transformer_(session.mapping, tables, Purpose::write, true), file_(session.context),
          bar_(
              session.context.log,
              "moving the links",
              progress::Unit::count,
              static_cast<std::uint64_t>(
                  std::max<std::int64_t>(0, tables.estimated_rows - before_))),
          told_(session.context.clock.steady()) {}

    // Goes to the end of the source, or of --limit.
    void go() {
        try {
            while (!at_limit() && batch()) {
            }
        } catch (...) {
            tell();
            throw;
        }
        tell();
    }

private:
    [[nodiscard]] bool at_limit() const {
        return session_.options.limit > 0 && mine_.rows >= session_.options.limit;
    }

    // False where there was nothing left, and the run is finished.
    bool batch() {
        auto const started = session_.context.clock.steady();
        auto const limit = session_.options.limit;
        auto const rows = limit == 0 ? session_.options.batch
                                     : std::min(session_.options.batch, limit - mine_.rows);
        auto outcome = with_retry(session_, [&] { return try_batch(rows); });
        if (!outcome) {
            return false;
        }
        file_.add(outcome->rejects);
        mine_.add(outcome->tally);
        bar_.at(static_cast<std::uint64_t>(mine_.rows));
        auto const now = session_.context.clock.steady();
        if (now - told_ >= checkpoint_every) {
            told_ = now;
            fill();
            session_.context.checkpoint();
        }
        rest(session_, now - started);
        return true;
    }

    std::optional<Outcome> try_batch(std::int64_t rows) {
        auto& connection = session_.connection;
        pg::Transaction transaction{connection, "begin isolation level repeatable read"};
        session_.settle();
        Range const range{run_.last_key, transformer_.next_key(connection, run_.last_key, rows)};
        if (!range.to) {
            finish_run(connection, run_.id);
            transaction.commit();
            run_.state = "finished";
            return std::nullopt;
        }
        auto outcome = transformer_.run(connection, range, {session_.samples(), false}, run_.id);
        Run next = run_;
        next.last_key = range.to;
        next.tally.add(outcome.tally);
        note_progress(connection, next);
        transaction.commit();
        run_ = std::move(next);
        return outcome;
    }

    void fill() {
        auto& data = *session_.context.record.data;
        data["run"] = to_json(run_);
        data["counts"] = to_json(mine_);
        data["complete"] = run_.state == "finished";
    }

    void tell() {
        fill();
        file_.close();
        session_.tell(run_.tally);
        auto& record = session_.context.record;
        record.add_metric("links.rows", "rows", static_cast<double>(mine_.rows));
        record.add_metric("links.inserted", "rows", static_cast<double>(mine_.inserted));
        record.summary = fmt::format(
            "{}: {} from {}, {} already there, {} duplicates, {} rejected",
            run_.state == "finished" ? "finished" : "stopped on the way",
            text::counted(static_cast<std::size_t>(mine_.inserted), "link") + " inserted",
            text::counted(static_cast<std::size_t>(mine_.rows), "row"),
            mine_.present,
            mine_.duplicates,
            mine_.rejected);
    }

    Session& session_;
    Run run_;
    std::int64_t before_;
    Tally mine_; // of this start
    Transformer transformer_;
    RejectFile file_;
    progress::Progress bar_;
    time::Steady told_;
};

} // namespace

void with_retry_failed(Session& session, Error const& error, time::Milliseconds wait) {
    session.context.log.info(fmt::format(
        "a batch was given back ({}); trying again in {}",
        error.message(),
        time::human_duration(wait)));
}

bool may_be_tried_again(Error const& error) {
    using namespace pg::sqlstate;
    constexpr std::array transient{
        lock_not_available,
        serialization_failure,
        deadlock_detected,
        foreign_key_violation, // a row of the source went while its links were written
        unique_violation};
    return std::find(transient.begin(), transient.end(), error.sqlstate()) != transient.end();
}

Error after_lost_commit(Error const& error) {
    // The rows and the note of how far they go are committed together or not at all.
    return Error{
        ErrorKind::unavailable,
        error.message(),
        "Run it again: it goes on from the last batch that was committed."};
}

void rest(Session& session, std::chrono::nanoseconds worked) {
    auto const share = session.options.throttle;
    auto const pause =
        std::chrono::duration_cast<time::Milliseconds>(worked * share / (1.0 - share));
    if (pause.count() > 0 && !session.context.clock.sleep(pause, session.context.stop)) {
        throw signal::stopped_error();
    }
}

std::optional<Run> unfinished(Session& session, std::vector<Run> const& runs) {
    for (auto const& run : runs) {
        if (run.state == "rolling_back") {
            throw Error{
                ErrorKind::refused,
                fmt::format("the rollback of run {} is not finished", run.id),
                "Run links-migrate rollback again: it goes on with it."};
        }
        if (run.state == "running") {
            if (run.checksum != checksum(session.mapping)) {
                throw Error{
                    ErrorKind::refused,
                    fmt::format("run {} was begun with another mapping or version", run.id),
                    "Finish it with the version that began it, or undo it: links-migrate "
                    "rollback."};
            }
            return run;
        }
    }
    return std::nullopt;
}

void migrate(Session& session) {
    auto const lock = session.lock();
    auto const tables = session.tables(Use::write);
    auto const journal = journal_of(session.connection);
    std::optional<Run> run;
    if (journal == Journal::forbidden) {
        throw Error{
            ErrorKind::refused,
            "this role may not read the ledger in schema slipway",
            "Use the role that ran links-migrate before, or grant it the tables."};
    }
    if (journal == Journal::readable) {
        run = unfinished(session, runs_of(session.connection, session.mapping.name));
    }
    session.confirm(fmt::format(
        "Write links of {} to {} on {}?", tables.source, tables.target, session.place()));
    ensure_journal(session.connection);
    if (run) {
        session.context.log.info(fmt::format(
            "going on with run {} of {} after {}",
            run->id,
            run->started_at,
            text::counted(static_cast<std::size_t>(run->tally.rows), "row")));
    } else {
        run = begin_run(
            session.connection,
            session.mapping.name,
            checksum(session.mapping),
            session.context.record.run.id);
    }
    Migration{session, tables, *run}.go();
}

} // namespace slipway::links_migrate
