// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "record/read.hpp"
#include "rolling.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

bool undoes(Options const& options, std::string_view what) {
    return options.scope == "full" || options.scope == what;
}

void require_options(Options const& options) {
    if (options.scope.empty()) {
        throw Error{
            ErrorKind::usage,
            "--scope is missing",
            "Say what to undo: full, app or db; rollback decide advises."};
    }
    if (undoes(options, "app") && options.app_command.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--scope {} needs --app-command", options.scope),
            "Give the command that takes the application back, or --scope db."};
    }
    if (!options.to_commit.empty() && !undoes(options, "app")) {
        throw Error{
            ErrorKind::usage,
            "--to-commit is for the application, which --scope db leaves",
            "Give --scope app or full."};
    }
    if (!options.quiesce_command.empty() && options.resume_command.empty()) {
        throw Error{
            ErrorKind::usage,
            "--quiesce-command needs --resume-command",
            "Without it work would stay stopped; give `true` where that is meant."};
    }
}

// The rollback before this one, where its record says that it was killed. Its record was moved
// aside, to a name that begins as ours.
std::optional<record::Found> killed_before(fs::Path const& own, fs::Path const& folder) {
    std::string const name = own.filename().string();
    std::string const stem = name.substr(0, name.find('.'));
    std::optional<record::Found> out;
    std::error_code ignored;
    for (auto const& entry : std::filesystem::directory_iterator{folder, ignored}) {
        std::string const other = entry.path().filename().string();
        if (other == name || other.substr(0, other.find('.')) != stem ||
            !other.ends_with(".json") || !entry.is_regular_file(ignored)) {
            continue;
        }
        try {
            auto found = record::read(entry.path());
            bool const later = !out || found.record.started_at > out->record.started_at;
            if (found.record.tool == "rollback" && later) {
                out = std::move(found);
            }
        } catch (Error const&) {
            continue; // no record
        }
    }
    return out && out->record.status == record::Status::running ? out : std::nullopt;
}

void tell_of_earlier(tool::Context& context) {
    auto const found = killed_before(context.record_path, context.folder());
    if (!found) {
        return;
    }
    std::string step;
    for (auto const& each : json::at(*found->record.data, "steps")) {
        step = json::text_at(each, "id");
    }
    context.log.warning(
        "an earlier rollback was killed; this one goes through all steps again",
        {{"record", found->path.string()}, {"step", step}});
    (*context.record.data)["killed_before"] = {{"path", found->path.string()}, {"step", step}};
}

} // namespace

void roll_back(Options const& options, tool::Context& context) {
    require_options(options);
    tell_of_earlier(context);
    Rolling rolling{options, context};
    rolling.prepare();
    if (!options.dry_run.empty()) {
        context.record.summary = "Would roll back: " + rolling.words();
        return;
    }
    rolling.go();
}

} // namespace slipway::rollback
