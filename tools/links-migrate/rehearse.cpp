// SPDX-License-Identifier: Apache-2.0
#include "progress/progress.hpp"
#include "reject_file.hpp"
#include "text/join.hpp"
#include "verbs.hpp"

#include <algorithm>

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

} // namespace

void rehearse(Session& session) {
    auto const tables = session.tables(Use::read);
    pg::Transaction transaction{
        session.connection, "begin transaction isolation level repeatable read, read only"};
    session.settle();
    bool const ledger = can_read_journal(session);
    std::optional<Run> begun;
    if (ledger) {
        begun = unfinished(session, runs_of(session.connection, session.mapping.name));
    }
    Transformer const transformer{session.mapping, tables, Purpose::count, ledger};
    progress::Progress bar{
        session.context.log,
        "looking at the links",
        progress::Unit::count,
        static_cast<std::uint64_t>(tables.estimated_rows)};
    RejectFile file{session.context};
    Outcome all;
    std::vector<Sample> samples;
    Range range{begun ? begun->last_key : std::nullopt, {}};
    auto const limit = session.options.limit;
    while (limit == 0 || all.tally.rows < limit) {
        auto const rows = limit == 0 ? session.options.batch
                                     : std::min(session.options.batch, limit - all.tally.rows);
        range.to = transformer.next_key(session.connection, range.after, rows);
        if (!range.to) {
            break;
        }
        auto part =
            transformer.run(session.connection, range, {session.samples(), session.samples()});
        file.add(part.rejects);
        for (auto const& reject : part.rejects) {
            part.samples.push_back(
                {"rejected", reject.reason, 0, reject.key, reject.path, reject.value});
        }
        keep_some(samples, part.samples);
        part.rejects.clear();
        part.samples.clear();
        all.add(std::move(part));
        range.after = range.to;
        bar.at(static_cast<std::uint64_t>(all.tally.rows));
    }
    transaction.rollback();
    file.close();
    auto& data = *session.context.record.data;
    data["counts"] = to_json(all.tally);
    if (begun) {
        data["run"] = to_json(*begun);
    }
    session.tell(all.tally);
    session.tell(samples);
    session.context.record.summary = fmt::format(
        "would insert {} from {}: {} already there, {} duplicates, {} rejected",
        text::counted(static_cast<std::size_t>(all.tally.inserted), "link"),
        text::counted(static_cast<std::size_t>(all.tally.rows), "row"),
        all.tally.present,
        all.tally.duplicates,
        all.tally.rejected);
}

} // namespace slipway::links_migrate
