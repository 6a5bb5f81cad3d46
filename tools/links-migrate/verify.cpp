// SPDX-License-Identifier: Apache-2.0
#include "progress/progress.hpp"
#include "text/join.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

using record::CheckStatus;
using record::Severity;

std::string links(std::int64_t count) {
    return text::counted(static_cast<std::size_t>(count), "link");
}

Outcome compare(Session& session, Tables const& tables, std::vector<Sample>& samples) {
    Transformer const transformer{session.mapping, tables, Purpose::verify, true};
    progress::Progress bar{
        session.context.log,
        "comparing",
        progress::Unit::count,
        static_cast<std::uint64_t>(tables.estimated_rows)};
    Outcome all;
    Range range;
    do {
        // The last range has no end: what the ledger has behind the source's last row is a stray.
        range.to = transformer.next_key(
            session.connection, range.after, std::nullopt, session.options.batch);
        auto part = transformer.run(session.connection, range, {false, session.samples()});
        keep_some(samples, part.samples);
        part.samples.clear();
        all.add(std::move(part));
        range.after = range.to;
        bar.at(static_cast<std::uint64_t>(all.tally.rows));
    } while (range.to);
    return all;
}

void judge_links(Session& session, Outcome& all) {
    auto const missing = all.classes["missing"];
    session.check(
        "verify.missing",
        "Every accepted item of the source has its row",
        missing == 0 ? CheckStatus::passed : CheckStatus::failed,
        Severity::critical,
        missing == 0 ? "" : links(missing) + " without a row",
        missing == 0 ? "" : "Run links-migrate again: it writes what was added since.");
    auto const differs = all.classes["differs"];
    session.check(
        "verify.content",
        "Every written row that nobody changed has the source's content",
        differs == 0 ? CheckStatus::passed : CheckStatus::failed,
        Severity::critical,
        differs == 0 ? "" : links(differs) + " with another label, address or owner",
        differs == 0 ? "" : "The source was changed since, or the rows by way of another tool.");
    session.check(
        "verify.strays",
        "Every written row has its item in the source",
        all.strays == 0 ? CheckStatus::passed : CheckStatus::warned,
        Severity::minor,
        all.strays == 0 ? "" : links(all.strays) + " whose item the source has no longer",
        all.strays == 0 ? ""
                        : "The source was changed since; links-migrate rollback and run would "
                          "follow it.");
    session.check(
        "verify.order",
        "The links of a row are in the source's order",
        all.misplaced == 0 ? CheckStatus::passed : CheckStatus::failed,
        Severity::major,
        all.misplaced == 0 ? "" : fmt::format("{} rows in another order", all.misplaced));
    session.check(
        "verify.changed",
        "Rows that the application changed or removed since",
        CheckStatus::passed,
        Severity::info,
        fmt::format("{} changed, {} removed", all.classes["changed"], all.classes["gone"]));
}

// The runs' counts against each other and against the ledger's rows.
void judge_counts(Session& session, std::vector<Run> const& runs) {
    std::int64_t inserted = 0;
    bool add_up = true;
    for (auto const& run : runs) {
        auto const tally = run.tally();
        add_up = add_up && tally.adds_up();
        inserted += run.state == "rolled_back" ? 0 : tally.inserted;
    }
    auto const noted =
        session.connection
            .exec(
                "select count(*) from slipway.links_row w join slipway.links_run r on r.id = w.run"
                " where w.mapping = $1 and r.state <> 'rolled_back'",
                {session.mapping.name})
            .one_value<std::int64_t>();
    session.check(
        "verify.counts",
        "The counts of the runs add up, and the ledger has a note for every row",
        add_up && inserted == noted ? CheckStatus::passed : CheckStatus::failed,
        Severity::critical,
        fmt::format("{} inserted, {} noted", inserted, noted));
    auto const& last = runs.front();
    bool const finished = last.state == "finished";
    session.check(
        "verify.finished",
        "The last run is finished",
        finished ? CheckStatus::passed : CheckStatus::failed,
        Severity::major,
        fmt::format("run {} is {}", last.id, last.state),
        finished ? "" : "Run links-migrate: it goes on with an unfinished run.");
}

void tell(Session& session, Outcome& all) {
    json::Value found = json::Value::object();
    for (char const* const kind : {"same", "theirs", "changed", "gone", "missing", "differs"}) {
        found[kind] = all.classes[kind];
    }
    found["strays"] = all.strays;
    found["misplaced"] = all.misplaced;
    (*session.context.record.data)["verify"] = {
        {"rows", all.tally.rows},
        {"items", all.tally.items},
        {"duplicates", all.tally.duplicates},
        {"rejected", all.tally.rejected},
        {"links", std::move(found)}};
    auto const faults = all.classes["missing"] + all.classes["differs"] + all.misplaced;
    session.context.record.summary = fmt::format(
        "{} of {}: {} as written, {} of the application's own, {} changed or removed since{}",
        links(all.tally.items - all.tally.duplicates - all.tally.rejected),
        text::counted(static_cast<std::size_t>(all.tally.rows), "row"),
        all.classes["same"],
        all.classes["theirs"],
        all.classes["changed"] + all.classes["gone"],
        faults == 0 ? ""
                    : fmt::format(
                          "; {} missing, {} different, {} rows out of order",
                          all.classes["missing"],
                          all.classes["differs"],
                          all.misplaced));
}

} // namespace

void verify(Session& session) {
    auto const tables = session.tables(Use::read);
    pg::Transaction transaction{
        session.connection, "begin transaction isolation level repeatable read, read only"};
    session.settle(session.connection);
    auto const journal = journal_of(session.connection);
    std::vector<Run> runs;
    if (journal == Journal::readable) {
        runs = runs_of(session.connection, session.mapping.name);
    }
    if (runs.empty()) {
        throw Error{
            ErrorKind::refused,
            journal == Journal::forbidden ? "this role may not read the ledger in schema slipway"
                                          : "links-migrate has not run on this database",
            journal == Journal::forbidden
                ? "Grant usage on schema slipway and select on its tables."
                : "Run it first; --dry-run says what it would do."};
    }
    std::vector<Sample> samples;
    auto all = compare(session, tables, samples);
    judge_counts(session, runs);
    judge_links(session, all);
    transaction.rollback();
    (*session.context.record.data)["run"] = to_json(runs.front());
    session.tell(samples);
    tell(session, all);
}

} // namespace slipway::links_migrate
