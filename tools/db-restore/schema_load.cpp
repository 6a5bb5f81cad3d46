// SPDX-License-Identifier: Apache-2.0
#include "schema_load.hpp"

#include "backup/restore.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "proc/command.hpp"
#include "progress/progress.hpp"
#include "script_feed.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

constexpr time::Milliseconds grace{1500};

proc::Command command_of(
    backup::Client const& client,
    fs::Path const& folder,
    fs::Path const& list,
    std::string_view section,
    Options const& options) {
    proc::Command out;
    out.program = client.path.string();
    out.arguments = {
        "--format=directory",
        "--file=-",
        "--use-list=" + list.string(),
        fmt::format("--section={}", section)};
    auto const ownership = ownership_arguments(options);
    out.arguments.insert(out.arguments.end(), ownership.begin(), ownership.end());
    out.arguments.push_back(folder.string());
    out.environment = {{"LC_ALL", "C"}};
    out.grace = grace;
    return out;
}

void require_ok(proc::Outcome const& outcome, std::stop_token const& stop) {
    signal::throw_if_stopped(stop);
    if (!outcome.ok()) {
        throw Error{
            ErrorKind::failed,
            fmt::format(
                "pg_restore failed ({}): {}",
                outcome.how(),
                text::printable_line(text::trim(outcome.error_tail)))};
    }
}

} // namespace

ArchiveLoad::ArchiveLoad(
    backup::Manifest const& manifest,
    fs::Path folder,
    std::vector<backup::Entry> entries)
    : manifest_(manifest), folder_(std::move(folder)), list_(folder_ / "restore.list") {
    std::string list;
    for (auto const& entry : entries) {
        list += fmt::format("{};\n", entry.dump_id);
    }
    fs::write_atomic(list_, list);
}

std::string
ArchiveLoad::definitions(std::string_view section, Options const& options, tool::Context& context) {
    auto const client = backup::restore_client(manifest_, context.stop);
    auto command = command_of(client, folder_, list_, section, options);
    std::string script;
    command.on_output = [&](std::string_view chunk) {
        script += chunk;
    };
    require_ok(proc::run(command, context.stop), context.stop);
    return script;
}

void ArchiveLoad::run(pg::Connection& work, Options const& options, tool::Context& context) {
    run_definitions(work, definitions("pre-data", options, context));
    run_data(work, options, context);
    run_definitions(work, definitions("post-data", options, context));
}

void ArchiveLoad::run_data(
    pg::Connection& work,
    Options const& options,
    tool::Context& context,
    std::function<std::string(std::string_view)> change) {
    auto const client = backup::restore_client(manifest_, context.stop);
    auto command = command_of(client, folder_, list_, "data", options);
    progress::Progress progress{
        context.log, "restoring tables", progress::Unit::count, manifest_.tables.size()};
    ScriptFeed feed{work};
    feed.on_statement(std::move(change));
    command.on_output = [&](std::string_view chunk) {
        feed.write(chunk);
        progress.at(static_cast<std::uint64_t>(feed.tables()));
    };
    require_ok(proc::run(command, context.stop), context.stop);
    feed.finish();
}

} // namespace slipway::db_restore
