// SPDX-License-Identifier: Apache-2.0
#include "planned.hpp"
#include "text/join.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

// Without the ledger, what an earlier run wrote and the application removed since counts as new.
bool can_read_journal(Session& session) {
    switch (journal_of(session.connection)) {
    case Journal::absent:
        return false;
    case Journal::readable:
        return true;
    case Journal::forbidden:
        session.check(
            "ledger.readable",
            "The ledger can be read",
            record::CheckStatus::warned,
            record::Severity::minor,
            "this role may not read slipway.links_run and slipway.links_row: an unfinished run and "
            "rows that were removed since are not known",
            "Grant usage on schema slipway and select on its tables.");
        return false;
    }
    return false;
}

// What a run would go through.
std::vector<Range> ranges_of(std::optional<Run> const& begun) {
    if (!begun) {
        return {Range{}};
    }
    std::vector<Range> out;
    for (auto const& part : begun->parts) {
        if (!part.done) {
            out.push_back({part.place(), part.to});
        }
    }
    return out;
}

} // namespace

void rehearse(Session& session) {
    auto const tables = session.tables(Use::read);
    pg::Transaction transaction{
        session.connection, "begin transaction isolation level repeatable read, read only"};
    session.settle(session.connection);
    bool const ledger = can_read_journal(session);
    std::optional<Run> begun;
    if (ledger) {
        begun = unfinished(session, runs_of(session.connection, session.mapping.name));
    }
    auto const snapshot =
        session.connection.exec("select pg_current_snapshot()::text").one_value<std::string>();
    auto const ranges = ranges_of(begun);
    std::vector<Sample> samples;
    auto const all = Look{session, tables, ledger}.go_and_show(ranges, samples);
    transaction.rollback();
    auto& data = *session.context.record.data;
    data["counts"] = to_json(all.tally);
    data["plan"] = to_json(Looked{snapshot, ranges, session.options.limit});
    if (begun) {
        data["run"] = to_json(*begun);
    }
    session.tell(all.tally);
    session.tell(samples);
    session.context.record.summary = fmt::format(
        "would insert {} from {}: {} already there, {} duplicates, {} rejected",
        text::counted(static_cast<std::size_t>(all.tally.inserted), session.noun()),
        text::counted(static_cast<std::size_t>(all.tally.rows), "row"),
        all.tally.present,
        all.tally.duplicates,
        all.tally.rejected);
}

} // namespace slipway::links_migrate
