// SPDX-License-Identifier: Apache-2.0
// The undo of a rollback, from its record.
#include "error/error.hpp"
#include "rolling.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

record::Found const& newest_rollback(tool::Context& context) {
    record::Found const* out = nullptr;
    auto const& environment = context.options.environment;
    for (auto const& found : context.inputs()) {
        auto const& record = found.record;
        bool const one = record.tool == "rollback" && record.command == "run" && !record.dry_run &&
                         !json::at(*record.data, "state").is_null();
        if (one && (environment.empty() || record.run.environment == environment)) {
            out = &found; // oldest first
        }
    }
    if (out == nullptr) {
        throw Error{
            ErrorKind::usage,
            "no record of a rollback is among --input",
            "Give the record of the rollback that is to be undone, or its folder."};
    }
    return *out;
}

Earlier read(record::Found const& found) {
    auto const& data = *found.record.data;
    auto const& state = json::at(data, "state");
    auto const went = [&](std::string_view what) {
        return json::text_at(state, what) != "as before";
    };
    Earlier out;
    out.id = found.record.run.id;
    out.safety_backup = json::text_at(data, "safety_backup");
    out.from_commit = json::text_at(data, "from_commit");
    out.application = went("application");
    if (went("database")) {
        out.way = json::text_at(data, "database_way") == name(DatabaseWay::undo)
                      ? DatabaseWay::undo
                      : DatabaseWay::restore;
    }
    return out;
}

} // namespace

void undo(Options const& options, tool::Context& context) {
    auto const& found = newest_rollback(context);
    context.rely_on(found);
    Rolling rolling{options, context};
    rolling.prepare_undo(read(found));
    if (!options.dry_run.empty()) {
        context.record.summary = "Would undo the rollback: " + rolling.words();
        return;
    }
    rolling.go();
}

} // namespace slipway::rollback
