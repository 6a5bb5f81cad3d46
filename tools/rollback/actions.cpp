// SPDX-License-Identifier: Apache-2.0
#include "actions.hpp"

#include "error/error.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "step/safety.hpp"
#include "step/sibling.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

// A stop leaves five seconds, of which the record needs the last.
constexpr time::Milliseconds time_after_stop{3000};
constexpr time::Milliseconds grace{500};
constexpr std::size_t most_words = 500;

} // namespace

std::string_view name(Half half) {
    switch (half) {
    case Half::as_before:
        return "as before";
    case Half::back:
        return "back";
    case Half::not_certain:
        return "not certain";
    }
    return "";
}

step::Ended Actions::sibling(std::string const& tool, std::vector<std::string> arguments) {
    step::Start start;
    start.tool = tool;
    start.arguments = std::move(arguments);
    if (!context_.options.environment.empty()) {
        start.arguments.insert(
            start.arguments.end(), {"--environment", context_.options.environment});
    }
    start.output = step::output_below(context_.record_path, ++records_, tool);
    start.environment = {{"SLIPWAY_RUN_ID", context_.record.run.id}};
    if (where_) {
        start.environment.emplace_back("DATABASE_URL", where_->uri().reveal());
    }
    if (!context_.deadline.is_never()) {
        start.timeout = context_.deadline.remaining();
    }
    start.on_log_line = [&](std::string_view line) {
        context_.log.debug(line);
    };
    auto ended = step::run(start, context_.stop);
    if (ended.record) {
        context_.rely_on(*ended.record);
    }
    return ended;
}

std::vector<std::string> Actions::restore_arguments() const {
    std::vector<std::string> out{
        "run", options_.schema_swap ? "--schema-swap" : "--swap", "--terminate"};
    if (!backup_id_.empty()) {
        out.insert(out.end(), {"--backup-id", backup_id_});
    }
    for (auto const& folder : options_.from) {
        out.insert(out.end(), {"--from", folder.string()});
    }
    if (!options_.identity.empty()) {
        out.insert(out.end(), {"--identity", options_.identity});
    }
    if (!options_.role.empty()) {
        out.insert(out.end(), {"--role", options_.role});
    }
    for (auto const& input : context_.options.inputs) {
        out.insert(out.end(), {"--input", input.string()});
    }
    for (auto const& environment : context_.options.relaxed_environments) {
        out.insert(out.end(), {"--relaxed-environments", environment});
    }
    return out;
}

void Actions::try_restore() {
    auto arguments = restore_arguments();
    arguments.emplace_back("--dry-run");
    auto const ended = sibling("db-restore", std::move(arguments));
    signal::throw_if_stopped(context_.stop);
    auto const& found = step::require_success(ended, "the restore is not possible");
    auto const& restored = *found.record.data;
    auto& data = *context_.record.data;
    data["backup"] = json::at(restored, "backup");
    data["window"] = json::at(restored, "window");
    context_.record.target = found.record.target;
}

std::string Actions::make_safety_backup() {
    step::Safety safety;
    safety.database_url = where_->uri().reveal();
    safety.run_id = context_.record.run.id;
    safety.environment = context_.options.environment;
    safety.folders = options_.from;
    if (safety.folders.empty()) {
        safety.folders = {json::text_at((*context_.record.data)["backup"], "folder")};
    }
    auto const& backup = (*context_.record.data)["backup"];
    if (auto const& recipients = json::at(backup, "encrypted_for"); recipients.is_array()) {
        safety.recipients = recipients.get<std::vector<std::string>>();
    }
    safety.keep_all = !backup_id_.empty(); // it may be an older safety backup
    safety.output = step::output_below(context_.record_path, ++records_, "db-backup");
    if (!context_.deadline.is_never()) {
        safety.timeout = context_.deadline.remaining();
    }
    safety.on_log_line = [&](std::string_view line) {
        context_.log.debug(line);
    };
    auto const ended = step::make_safety_backup(safety, context_.stop);
    if (ended.record) {
        context_.rely_on(*ended.record);
    }
    signal::throw_if_stopped(context_.stop);
    auto const& found = step::require_success(ended, "the safety backup failed");
    std::string id = json::text_at(*found.record.data, "id");
    (*context_.record.data)["safety_backup"] = id;
    return id;
}

// What db-restore's record says of the database.
void Actions::learn(step::Ended const& ended) {
    if (!ended.record) {
        return;
    }
    auto const& record = ended.record->record;
    std::string previous = json::text_at(*record.data, "previous");
    bool const swapped =
        std::any_of(record.checks.begin(), record.checks.end(), [](record::Check const& check) {
            return check.id == "swap.done" && check.status == record::CheckStatus::passed;
        });
    if (swapped) {
        database_ = Half::back;
        (*context_.record.data)["previous"] =
            previous.empty() ? json::text_at(*record.data, "kept") : previous;
    } else if (
        record.status == record::Status::failed || record.status == record::Status::error ||
        record.status == record::Status::refused) {
        database_ = Half::as_before;
    }
}

std::string Actions::restore() {
    auto arguments = restore_arguments();
    arguments.insert(arguments.end(), {"--accept-data-loss", "--no-safety-backup", "--yes"});
    database_ = Half::not_certain;
    auto const ended = sibling("db-restore", std::move(arguments));
    learn(ended);
    signal::throw_if_stopped(context_.stop);
    return step::require_success(ended, "the database was not restored").record.summary;
}

std::vector<std::string> Actions::swap_back_arguments() const {
    std::vector<std::string> out{"undo", "--terminate"};
    if (options_.schema_swap) {
        out.emplace_back("--schema-swap");
    }
    for (auto const& environment : context_.options.relaxed_environments) {
        out.insert(out.end(), {"--relaxed-environments", environment});
    }
    return out;
}

void Actions::try_swap_back() {
    auto arguments = swap_back_arguments();
    arguments.emplace_back("--dry-run");
    auto const ended = sibling("db-restore", std::move(arguments));
    signal::throw_if_stopped(context_.stop);
    auto const& found = step::require_success(ended, "the database cannot be swapped back");
    (*context_.record.data)["window"] = json::at(*found.record.data, "window");
    context_.record.target = found.record.target;
}

std::string Actions::swap_back() {
    auto arguments = swap_back_arguments();
    arguments.insert(arguments.end(), {"--accept-data-loss", "--yes"});
    database_ = Half::not_certain;
    auto const ended = sibling("db-restore", std::move(arguments));
    learn(ended);
    signal::throw_if_stopped(context_.stop);
    return step::require_success(ended, "the database was not swapped back").record.summary;
}

std::string Actions::try_undo(Undo const& undo) {
    auto arguments = undo.arguments;
    arguments.emplace_back("--dry-run");
    auto const ended = sibling(undo.tool, std::move(arguments));
    signal::throw_if_stopped(context_.stop);
    try {
        step::require_success(ended, undo.words);
    } catch (Error const& error) {
        return error.message();
    }
    return {};
}

void Actions::undo(Undo const& undo) {
    auto arguments = undo.arguments;
    arguments.emplace_back("--yes");
    if (undo.tool == "migrate-apply") {
        arguments.emplace_back("--accept-data-loss");
    }
    database_ = Half::not_certain;
    auto const ended = sibling(undo.tool, std::move(arguments));
    signal::throw_if_stopped(context_.stop);
    step::require_success(ended, undo.words);
    database_ = Half::back;
}

std::string Actions::command(std::string const& text, std::string_view what, bool to_the_end) {
    proc::Command command;
    command.program = "/bin/sh";
    command.arguments = {"-c", text};
    command.timeout = options_.command_timeout;
    command.grace = grace;
    if (!target_commit_.empty()) {
        command.environment.emplace_back("SLIPWAY_TARGET_COMMIT", target_commit_);
    }
    if (!current_commit_.empty()) {
        command.environment.emplace_back("SLIPWAY_CURRENT_COMMIT", current_commit_);
    }
    std::string tail;
    command.on_output = [&](std::string_view chunk) {
        tail += chunk;
        if (tail.size() > 2 * most_words) {
            tail.erase(0, tail.size() - most_words);
        }
    };
    command.on_error_line = [&](std::string_view line) {
        context_.log.info(line, {{"command", std::string{what}}});
    };
    std::stop_token stop = context_.stop;
    if (to_the_end) {
        stop = {};
        if (context_.stop.stop_requested()) {
            command.timeout = std::min(command.timeout, time_after_stop);
        }
    }
    auto const outcome = proc::run(command, stop);
    auto const lines = text::lines(text::trim(tail));
    std::string const last = lines.empty() ? "" : text::printable_line(lines.back());
    if (!to_the_end) {
        signal::throw_if_stopped(context_.stop);
    }
    if (!outcome.ok()) {
        auto const errors = text::lines(text::trim(outcome.error_tail));
        throw Error{
            outcome.timed_out ? ErrorKind::timeout : ErrorKind::failed,
            fmt::format(
                "the {} command failed ({}){}{}",
                what,
                outcome.how(),
                errors.empty() ? "" : ": ",
                errors.empty() ? ""
                               : text::shorten(text::printable_line(errors.back()), most_words)),
            "See what it does by hand: sh -c " + text::shorten(text, most_words)};
    }
    return text::shorten(last, most_words);
}

std::string Actions::check_health() {
    std::vector<std::string> arguments;
    for (auto const& url : options_.health_urls) {
        arguments.insert(arguments.end(), {"--url", url});
    }
    arguments.insert(arguments.end(), {"--wait", time::spell_duration(options_.health_wait)});
    auto const ended = sibling("health-check", std::move(arguments));
    signal::throw_if_stopped(context_.stop);
    return step::require_success(ended, "not healthy after the rollback").record.summary;
}

step::Ended Actions::look_at_health() {
    std::vector<std::string> arguments;
    for (auto const& url : options_.health_urls) {
        arguments.insert(arguments.end(), {"--url", url});
    }
    auto ended = sibling("health-check", std::move(arguments));
    signal::throw_if_stopped(context_.stop);
    return ended;
}

std::string Actions::check_smoke() {
    std::string out;
    for (auto const& suite : options_.smoke_suites) {
        auto const ended = sibling("smoke-http", {suite.string()});
        signal::throw_if_stopped(context_.stop);
        out = step::require_success(ended, "smoke fails after the rollback").record.summary;
    }
    return out;
}

} // namespace slipway::rollback
