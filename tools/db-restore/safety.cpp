// SPDX-License-Identifier: Apache-2.0
#include "safety.hpp"

#include "choice.hpp"
#include "error/error.hpp"
#include "signal/stop.hpp"
#include "step/sibling.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

step::Start command(
    pg::ConnInfo const& live,
    backup::Stored const& source,
    Options const& options,
    tool::Context const& context) {
    step::Start out;
    out.tool = "db-backup";
    out.output = step::output_below(context.record_path, 1, out.tool);
    // A database that lost its rows is what one restores over: it must not be refused for that.
    out.arguments = {
        "create",
        "--kind",
        "safety",
        "--allow-shrink",
        "--lock-wait",
        time::spell_duration(options.lock_wait)};
    out.arguments.insert(out.arguments.end(), {"--jobs", std::to_string(options.jobs)});
    if (source.manifest.kind == backup::Kind::safety) {
        out.arguments.insert(out.arguments.end(), {"--keep", "1000000"});
    }
    if (!context.options.environment.empty()) {
        out.arguments.insert(out.arguments.end(), {"--environment", context.options.environment});
    }
    for (auto const& folder : options.from.empty() ? std::vector{source.folder} : options.from) {
        out.arguments.insert(out.arguments.end(), {"--to", folder.string()});
    }
    out.environment = {
        {"DATABASE_URL", live.uri().reveal()}, {"SLIPWAY_RUN_ID", context.record.run.id}};
    if (!context.deadline.is_never()) {
        out.timeout = context.deadline.remaining();
    }
    return out;
}

} // namespace

backup::Manifest make_safety_backup(
    pg::ConnInfo const& live,
    backup::Stored const& source,
    Options const& options,
    tool::Context& context) {
    auto start = command(live, source, options, context);
    start.on_log_line = [&](std::string_view line) {
        context.log.debug(line);
    };
    context.log.info("backing the live database up first");
    auto const ended = step::run(start, context.stop);
    signal::throw_if_stopped(context.stop);
    if (ended.record) {
        context.rely_on(*ended.record);
    }
    if (!ended.outcome.ok() || !ended.record) {
        bool const known = ended.record && ended.record->record.error;
        throw Error{
            known ? ended.record->record.error->kind() : ErrorKind::failed,
            fmt::format(
                "the safety backup of the live database failed ({}){}",
                ended.outcome.how(),
                known ? ": " + ended.record->record.error->message() : ""),
            (known ? ended.record->record.error->hint() + " " : "") +
                "Nothing has changed. --no-safety-backup goes on without one."};
    }
    auto const& data = *ended.record->record.data;
    auto manifest = backup::from_json(data, ended.record->path.string());
    context.log.info("the live database is backed up", {{"id", manifest.id}});
    return manifest;
}

} // namespace slipway::db_restore
