// SPDX-License-Identifier: Apache-2.0
#include "on_failure.hpp"

#include "attempt.hpp"
#include "down.hpp"
#include "ledger/rollback_log.hpp"
#include "signal/stop.hpp"
#include "step/sibling.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

std::vector<migration::Item const*> items_of(std::vector<Prepared> const& prepared) {
    std::vector<migration::Item const*> out;
    for (auto const& one : prepared) {
        out.push_back(one.item);
    }
    return out;
}

} // namespace

OnFailure::OnFailure(
    Session& session,
    std::vector<Prepared> const& prepared,
    std::optional<record::Found> backup)
    : session_(session), backup_(std::move(backup)) {
    if (session.options.on_failure == "down") {
        ways_back_ = ways_back(items_of(prepared));
    }
    if (session.options.on_failure != "restore") {
        return;
    }
    if (!session.options.accept_data_loss) {
        throw Error{
            ErrorKind::refused,
            "--on-failure restore takes back what the application writes from now on",
            "If that is meant, give --accept-data-loss; or choose --on-failure down."};
    }
    static_cast<void>(step::command_of("db-restore"));
}

void OnFailure::act(std::string const& cause) {
    auto const& way = session_.options.on_failure;
    if (way.empty() || way == "stop") {
        return;
    }
    auto& record = session_.context.record;
    auto& undone = (*record.data)["undone"];
    undone = {{"by", way}, {"done", false}};
    try {
        signal::throw_if_stopped(session_.context.stop);
        if (way == "down") {
            go_down();
        } else {
            restore();
        }
        undone["done"] = true;
        record.summary += way == "down" ? "; what this run had applied was taken back"
                                        : "; the database was restored from its backup";
    } catch (Error const& error) {
        undone["error"] = error.message();
        session_.context.log.error(fmt::format("--on-failure {}: {}", way, error.message()));
        record.summary += fmt::format("; --on-failure {} failed: {}", way, error.message());
    }
    session_.fill_data();
    note(way, cause, undone["done"].get<bool>());
}

void OnFailure::go_down() {
    if (!session_.connection.is_open()) {
        throw Error{
            ErrorKind::unavailable,
            "the connection is lost",
            "When the server answers again: migrate-apply down --to MIGRATION."};
    }
    session_.free_limits();
    // The rows that this run has written were not there when it read the history.
    now_ = migration::compare(session_.folder, session_.ledger->read(session_.connection));
    std::vector<Prepared const*> applied;
    for (auto& one : ways_back_) {
        auto const found =
            std::find_if(now_.items.begin(), now_.items.end(), [&](migration::Item const& item) {
                return item.id == one.item->id;
            });
        one.item = found == now_.items.end() ? one.item : &*found;
        auto const& status = session_.done[one.item->id].status;
        if (status == "failed") {
            throw Error{
                ErrorKind::refused,
                fmt::format("{} is half done, which no down script expects", one.item->id),
                "Look at what of it is there, then: migrate-apply resolve."};
        }
        if (status == "applied") {
            applied.push_back(&one);
        }
    }
    session_.connection.set_limits(session_.context.deadline, session_.context.stop);
    std::reverse(applied.begin(), applied.end());
    for (auto const* one : applied) {
        take_back(session_, *one);
    }
}

void OnFailure::restore() {
    auto& context = session_.context;
    // It takes the lock of the deployment itself.
    session_.unlock();
    step::Start start;
    start.tool = "db-restore";
    start.arguments = {"run", "--swap", "--terminate", "--accept-data-loss", "--yes"};
    start.arguments.insert(start.arguments.end(), {"--input", backup_->path.string()});
    if (!context.options.environment.empty()) {
        start.arguments.insert(
            start.arguments.end(), {"--environment", context.options.environment});
    }
    for (auto const& environment : context.options.relaxed_environments) {
        start.arguments.insert(start.arguments.end(), {"--relaxed-environments", environment});
    }
    start.output = step::output_below(context.record_path, 1, start.tool);
    start.environment = {
        {"SLIPWAY_RUN_ID", context.record.run.id}, {"DATABASE_URL", session_.where.uri().reveal()}};
    start.on_log_line = [&](std::string_view line) {
        context.log.info(line);
    };
    auto const ended = step::run(start, context.stop);
    if (ended.record) {
        context.rely_on(*ended.record);
    }
    step::require_success(ended, "the database was not restored");
    for (auto& [id, what] : session_.done) {
        what.status = "rolled_back";
    }
}

void OnFailure::note(std::string const& scope, std::string const& cause, bool done) {
    ledger::Rollback row;
    auto& context = session_.context;
    auto const& record = context.record;
    row.id = new_key();
    row.run_id = record.run.id;
    row.started_at = record.started_at;
    row.finished_at = context.clock.now();
    row.environment = record.run.environment;
    row.scope = "db";
    row.reason = context.redactor.redact(text::shorten(cause, 1000));
    row.actor = record.run.actor;
    row.backup_id = backup_ && scope == "restore" ? json::text_at(*backup_->record.data, "id") : "";
    row.outcome = done ? "passed" : "failed";
    row.steps = json::write(json::Value::array({{{"step", scope}, {"done", done}}}));
    try {
        auto connection = session_.reconnect();
        ledger::note(connection, row);
    } catch (Error const& error) {
        context.log.warning(
            fmt::format("slipway.rollback_log has no row of it: {}", error.message()));
    }
}

} // namespace slipway::migrate_apply
