// SPDX-License-Identifier: Apache-2.0
#include "migrate.hpp"

#include "crew.hpp"
#include "pg/sqlstate.hpp"
#include "planned.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

// What this start of the tool has done, in the record.
void tell(Session& session, Run run, Crew& crew) {
    run.parts = crew.parts();
    auto const& mine = crew.mine();
    auto& record = session.context.record;
    auto& data = *record.data;
    data["run"] = to_json(run);
    data["counts"] = to_json(mine);
    data["complete"] = run.state == "finished";
    if (session.options.throttle > 0) {
        data["throttle"] = session.pauses.told();
    }
    crew.close();
    session.tell(run.tally());
    record.add_metric("links.rows", "rows", static_cast<double>(mine.rows));
    record.add_metric("links.inserted", "rows", static_cast<double>(mine.inserted));
    record.summary = fmt::format(
        "{}: {} from {}, {} already there, {} duplicates, {} rejected",
        run.state == "finished" ? "finished" : "stopped on the way",
        text::counted(static_cast<std::size_t>(mine.inserted), session.noun()) + " inserted",
        text::counted(static_cast<std::size_t>(mine.rows), "row"),
        mine.present,
        mine.duplicates,
        mine.rejected);
}

void go(Session& session, Tables const& tables, Run run) {
    Crew crew{session, tables, run};
    try {
        crew.work();
        auto const& parts = crew.parts();
        if (std::all_of(parts.begin(), parts.end(), [](Part const& part) { return part.done; })) {
            finish_run(session.connection, run.id);
            run.state = "finished";
        }
    } catch (...) {
        tell(session, run, crew);
        throw;
    }
    tell(session, run, crew);
}

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
    require_plan(session, tables, journal == Journal::readable);
    session.confirm(fmt::format(
        "Write rows of {} to {} on {}?", tables.source, tables.target, session.place()));
    ensure_journal(session.connection);
    if (run) {
        session.context.log.info(fmt::format(
            "going on with run {} of {} after {}",
            run->id,
            run->started_at,
            text::counted(static_cast<std::size_t>(run->tally().rows), "row")));
    } else {
        run = with_retry(session, [&] {
            return begin_run(
                session.connection,
                session.mapping.name,
                checksum(session.mapping),
                session.context.record.run.id,
                parts_for(
                    session.connection,
                    session.mapping,
                    tables,
                    session.options.jobs,
                    session.options.batch));
        });
    }
    go(session, tables, *run);
}

} // namespace slipway::links_migrate
