// SPDX-License-Identifier: Apache-2.0
#include "db_restore.hpp"
#include "progress/progress.hpp"
#include "site.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

json::Value to_json(Sibling const& one) {
    json::Value out{
        {"database", one.name},
        {"oid", one.oid},
        {"stage", name(one.marker.stage)},
        {"run", one.marker.run},
        {"at", time::to_rfc3339(one.marker.at)},
        {"backup", one.marker.backup},
        {"replaced_by", one.marker.replaced_by}};
    if (one.bytes) {
        out["bytes"] = *one.bytes;
    }
    return out;
}

std::string size_words(Sibling const& one) {
    return one.bytes ? " (" + progress::human_bytes(*one.bytes) + ")" : "";
}

// What a person still has to do, one sentence each.
std::vector<std::string> remaining(
    std::optional<std::int64_t> live,
    std::vector<Sibling> const& siblings,
    std::vector<std::string> const& unmarked,
    bool running) {
    std::vector<std::string> out;
    if (!live) {
        out.emplace_back("The live name has no database: rename the right one by hand.");
    }
    for (auto const& one : siblings) {
        if (one.marker.stage == Stage::restoring && !running) {
            out.push_back(fmt::format(
                "{}{} was left half restored by a killed run; the next run, undo or retire "
                "removes it.",
                one.name,
                size_words(one)));
        } else if (one.marker.stage == Stage::previous) {
            bool const direct = live && one.marker.replaced_by == *live;
            out.push_back(fmt::format(
                "{}{} is kept{}; drop it with db-restore retire{}.",
                one.name,
                size_words(one),
                direct ? ": db-restore undo swaps back to it" : "",
                direct ? " when the new one has proven itself" : ""));
        }
    }
    for (auto const& one : unmarked) {
        out.push_back(fmt::format(
            "{} has the name of a half restored database and no mark: the next run removes it "
            "where "
            "it is empty; else, if it is nobody's, drop it by hand.",
            one));
    }
    return out;
}

void note_leftovers(std::vector<Sibling> const& siblings, bool running, tool::Context& context) {
    auto const left = std::count_if(siblings.begin(), siblings.end(), [](auto const& one) {
        return one.marker.stage == Stage::restoring;
    });
    auto& check =
        context.record.note("restore.leftovers", "no killed run left a half restored database", "");
    if (left > 0 && !running) {
        check.status = record::CheckStatus::warned;
        check.severity = record::Severity::minor;
        check.message = text::counted(static_cast<std::size_t>(left), "half restored database");
        check.hint = "The next db-restore run, undo or retire removes it.";
    }
}

} // namespace

std::string tell_origin(time::Instant at, std::string const& backup, tool::Context& context) {
    auto& live = (*context.record.data)["live"];
    live["since"] = time::to_rfc3339(at);
    live["backup"] = backup;
    return fmt::format(
        "live since {}, {}",
        time::to_rfc3339(at),
        backup.empty() ? "swapped back" : "restored from " + backup);
}

void status(Options const& options, tool::Context& context) {
    Site site{options, context};
    auto const live = site.oid_of(site.live());
    auto const siblings = site.siblings();
    auto const unmarked = site.unmarked();
    auto const runner = site.runner();
    auto const origin = std::find_if(siblings.begin(), siblings.end(), [&](auto const& one) {
        return one.marker.stage == Stage::previous && live && one.marker.replaced_by == *live;
    });
    auto& data = *context.record.data;
    data["live"] = {
        {"database", site.live()}, {"oid", live ? json::Value(*live) : json::Value(nullptr)}};
    data["databases"] = json::Value::array();
    for (auto const& one : siblings) {
        data["databases"].push_back(to_json(one));
    }
    data["unmarked"] = unmarked;
    data["running"] = runner.has_value();
    auto const todo = remaining(live, siblings, unmarked, runner.has_value());
    data["remaining"] = todo;
    note_leftovers(siblings, runner.has_value(), context);
    std::string state = !live ? "is not there" : "is live, no restore replaced it";
    if (origin != siblings.end()) {
        state = "is " + tell_origin(origin->marker.at, origin->marker.backup, context);
    }
    context.record.summary = fmt::format(
        "{} {}; {}",
        site.live(),
        state,
        runner ? fmt::format("a restore is running (process {})", runner->pid)
               : text::counted(todo.size(), "thing") + " left to do");
    for (auto const& line : todo) {
        context.log.info(line);
    }
}

} // namespace slipway::db_restore
