// SPDX-License-Identifier: Apache-2.0
#include "planned.hpp"

#include "pg/quote.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

// Whether the dry-run's snapshot saw the row s as it is now. The row knows its transaction by 32
// bits; the other 32 are those of the last one that began, or one less.
std::string seen_by(std::string const& snapshot) {
    return fmt::format(
        "pg_visible_in_snapshot((last.xid - (last.xid - s.xmin::text::bigint) % 4294967296)::text"
        "::xid8, {}::pg_snapshot)",
        pg::quote_literal(snapshot));
}

std::string rows_where(std::string const& condition) {
    return "(select " + condition +
           " from (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as xid) last)";
}

Looked looked_from(json::Value const& data, std::string const& path) {
    auto const& plan = json::at(data, "plan");
    if (!plan.is_object()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{}: it has no data.plan", path),
            "Give --plan the record of links-migrate --dry-run."};
    }
    Looked out;
    out.snapshot = plan.value("snapshot", "");
    out.limit = plan.value("limit", std::int64_t{0});
    for (auto const& range : json::at(plan, "ranges")) {
        Range one;
        if (range.contains("after")) {
            one.after = range["after"].get<std::string>();
        }
        if (range.contains("to")) {
            one.to = range["to"].get<std::string>();
        }
        out.ranges.push_back(std::move(one));
    }
    return out;
}

record::Found plan_of(Session& session) {
    auto& context = session.context;
    auto const path = session.options.plan.string();
    auto found = record::read(session.options.plan);
    record::Demand demand;
    demand.tool = "links-migrate";
    demand.environment = context.options.environment;
    demand.target = context.record.target;
    demand.allow_dry_run = true;
    auto objection = record::objection(found, demand, context.clock.now());
    if (objection.empty() && !(found.record.dry_run && found.record.command == "run")) {
        objection = "it is not of a dry-run of run";
    }
    if (!objection.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{}: {}", path, objection),
            "Plan again on this database and environment: links-migrate --dry-run."};
    }
    context.rely_on(found);
    return found;
}

struct Count {
    std::string name;
    std::int64_t planned = 0;
    std::int64_t now = 0;
};

// What does not hang on the target: a link that is there by now has moved from one to the other.
std::vector<Count> counts_of(Tally const& planned, Tally const& now) {
    std::vector<Count> out{
        {"items", planned.items, now.items},
        {"blank", planned.blank, now.blank},
        {"duplicates", planned.duplicates, now.duplicates},
        {"to be inserted or already present",
         planned.inserted + planned.present,
         now.inserted + now.present}};
    std::set<std::string> reasons;
    for (auto const* const tally : {&planned, &now}) {
        for (auto const& [reason, count] : tally->reasons) {
            reasons.insert(reason);
        }
    }
    auto const of = [](Tally const& tally, std::string const& reason) {
        auto const found = tally.reasons.find(reason);
        return found == tally.reasons.end() ? 0 : found->second;
    };
    for (auto const& reason : reasons) {
        out.push_back({"rejected as " + reason, of(planned, reason), of(now, reason)});
    }
    return out;
}

// Rows that were changed or removed since took items with them, so that fewer are no surprise then.
std::vector<std::string> differences(Tally const& planned, Tally const& unchanged) {
    std::vector<std::string> out;
    auto const gone = planned.rows - unchanged.rows;
    if (gone < 0) {
        out.push_back(fmt::format("{} rows, planned {}", unchanged.rows, planned.rows));
    }
    for (auto const& count : counts_of(planned, unchanged)) {
        bool const explained = gone > 0 && count.now < count.planned;
        if (count.now != count.planned && !explained) {
            out.push_back(fmt::format("{} {}, planned {}", count.now, count.name, count.planned));
        }
    }
    return out;
}

void tell_since(
    Session& session,
    Tally const& planned,
    Tally const& unchanged,
    Tally const& since) {
    auto const gone = planned.rows - unchanged.rows;
    std::vector<std::string> reasons;
    for (auto const& [reason, count] : since.reasons) {
        reasons.push_back(fmt::format("{} {}", count, reason));
    }
    session.check(
        "plan.since",
        "No row of the source was written since the plan",
        gone == 0 && since.rows == 0 ? record::CheckStatus::passed : record::CheckStatus::warned,
        record::Severity::minor,
        gone == 0 && since.rows == 0
            ? ""
            : fmt::format(
                  "{} of the plan's rows were changed or removed; {} rows are new or changed, with "
                  "{} items, {} of them rejected{}{}",
                  gone,
                  since.rows,
                  since.items,
                  since.rejected,
                  reasons.empty() ? "" : ": ",
                  text::join(reasons, ", ")),
        gone == 0 && since.rows == 0 ? "" : "The plan has not shown these; they are moved too.");
    (*session.context.record.data)["since_plan"] = {
        {"changed_or_removed", std::max<std::int64_t>(0, gone)}, {"counts", to_json(since)}};
}

} // namespace

void require_plan(Session& session, Tables const& tables, bool with_ledger) {
    if (session.options.plan.empty()) {
        return;
    }
    auto const path = session.options.plan.string();
    auto const found = plan_of(session);
    auto const& data = *found.record.data;
    auto const looked = looked_from(data, path);
    if (looked.limit > 0) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{}: it looked at {} rows alone", path, looked.limit),
            "Plan again without --limit."};
    }
    auto const planned = tally_from(json::at(data, "counts"));
    std::vector<std::string> different;
    auto const mapping = json::at(data, "mapping");
    if (mapping.value("checksum", "") != checksum(session.mapping)) {
        different.emplace_back("the mapping is another one");
    } else {
        pg::Transaction transaction{
            session.connection, "begin transaction isolation level repeatable read, read only"};
        session.settle(session.connection);
        auto const seen = seen_by(looked.snapshot);
        auto const unchanged = Look{session, tables, with_ledger, rows_where(seen)}.go(
            looked.ranges, "comparing with the plan");
        auto const since = Look{session, tables, with_ledger, "not " + rows_where(seen)}.go(
            looked.ranges, "looking for rows since the plan");
        transaction.rollback();
        different = differences(planned, unchanged.tally);
        tell_since(session, planned, unchanged.tally, since.tally);
    }
    session.context.record.note(
        "plan.holds", "What was planned is what is run", text::join_first(different, "; ", 5));
    if (!different.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "the plan {} no longer holds: {}", path, text::join_first(different, "; ", 5)),
            "Look at a new dry-run, and run that plan."};
    }
}

} // namespace slipway::links_migrate
