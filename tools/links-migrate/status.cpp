// SPDX-License-Identifier: Apache-2.0
#include "text/join.hpp"
#include "verbs.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

json::Value to_json(Run const& run) {
    json::Value out{
        {"id", run.id},
        {"state", run.state},
        {"mapping_checksum", run.checksum},
        {"runner", run.runner},
        {"started_at", run.started_at}};
    if (!run.finished_at.empty()) {
        out["finished_at"] = run.finished_at;
    }
    if (run.parts.size() == 1 && run.parts.front().last_key) {
        out["last_key"] = *run.parts.front().last_key;
    }
    out["parts"] = run.parts.size();
    out["parts_done"] = std::count_if(
        run.parts.begin(), run.parts.end(), [](Part const& part) { return part.done; });
    out["counts"] = to_json(run.tally());
    return out;
}

void status(Session& session) {
    auto& record = session.context.record;
    auto const journal = journal_of(session.connection);
    if (journal == Journal::forbidden) {
        throw Error{
            ErrorKind::refused,
            "this role may not read the ledger in schema slipway",
            "Grant usage on schema slipway and select on its tables."};
    }
    auto& out = (*record.data)["runs"];
    out = json::Value::array();
    std::vector<Run> runs;
    if (journal == Journal::readable) {
        runs = runs_of(session.connection, session.mapping.name);
    }
    for (auto const& run : runs) {
        auto const tally = run.tally();
        out.push_back(to_json(run));
        session.context.log.info(fmt::format(
            "run {} of {}: {}, {} rows, {} items = {} inserted + {} already present + {} "
            "duplicates + {} rejected",
            run.id,
            run.started_at,
            run.state,
            tally.rows,
            tally.items,
            tally.inserted,
            tally.present,
            tally.duplicates,
            tally.rejected));
    }
    if (auto const holder = pg::holder_of(session.connection, links_lock)) {
        session.context.log.info(
            fmt::format("at work now: {} (pid {})", holder->application_name, holder->pid));
        (*record.data)["at_work"] = holder->application_name;
    }
    record.status = record::Status::passed;
    record.summary = runs.empty() ? "links-migrate has not run on this database"
                                  : fmt::format(
                                        "{}; the last, {}, is {}",
                                        text::counted(runs.size(), "run"),
                                        runs.front().id,
                                        runs.front().state);
}

} // namespace slipway::links_migrate
