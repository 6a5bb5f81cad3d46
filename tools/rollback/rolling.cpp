// SPDX-License-Identifier: Apache-2.0
#include "rolling.hpp"

#include "advice.hpp"
#include "commits.hpp"
#include "signal/stop.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

std::string words_of(std::vector<Undo> const& undos) {
    std::vector<std::string> out;
    for (auto const& undo : undos) {
        out.push_back(undo.words);
    }
    return text::join(out, ", ");
}

} // namespace

std::string_view name(DatabaseWay way) {
    switch (way) {
    case DatabaseWay::none:
        return "none";
    case DatabaseWay::undo:
        return "undo";
    case DatabaseWay::restore:
        return "restore";
    case DatabaseWay::swap_back:
        return "swap-back";
    }
    return "";
}

Rolling::Rolling(Options const& options, tool::Context& context)
    : options_(options), context_(context),
      where_(
          target::is_named(options.database_url)
              ? std::optional{target::parse(options.database_url, context)}
              : std::nullopt),
      actions_(options, where_, context), journal_(context), reason_(options.reason),
      scope_(options.scope) {}

bool Rolling::undoes(std::string_view what) const {
    return scope_ == "full" || scope_ == what;
}

void Rolling::prepare() {
    auto& data = *context_.record.data;
    data["scope"] = scope_;
    data["reason"] = reason_;
    if (undoes("db") && !where_) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--scope {} needs the database", scope_),
            "Name it with --database-url or DATABASE_URL."};
    }
    if (!context_.options.inputs.empty()) {
        auto const advice = advise(options_, context_);
        context_.log.info(
            fmt::format("the records advise {}: {}", verdict::name(advice.action), advice.reason));
    }
    choose_commit();
    if (undoes("db")) {
        choose_way();
        accept_loss();
    }
    confirm();
}

void Rolling::prepare_undo(Earlier const& earlier) {
    auto& data = *context_.record.data;
    bool const database = earlier.way != DatabaseWay::none && scope_ != "app";
    bool const application = earlier.application && scope_ != "db";
    if (!database && !application) {
        throw Error{
            ErrorKind::refused,
            fmt::format("the rollback {} took nothing back that could come again", earlier.id),
            "Its record says in `data.state` what it did."};
    }
    scope_ = database && application ? "full" : database ? "db" : "app";
    reason_ = fmt::format("undo of {}{}{}", earlier.id, reason_.empty() ? "" : ": ", reason_);
    data["scope"] = scope_;
    data["reason"] = reason_;
    data["undoes"] = earlier.id;
    if (application && options_.app_command.empty()) {
        throw Error{
            ErrorKind::usage,
            "the application went back, and --app-command is missing",
            "Give the command that deploys it again (SLIPWAY_TARGET_COMMIT names what was live), "
            "or "
            "--scope db."};
    }
    if (database && !where_) {
        throw Error{
            ErrorKind::usage,
            "the database went back, and none is named",
            "Name it with --database-url or DATABASE_URL."};
    }
    actions_.choose_commits(earlier.from_commit, "");
    if (database && earlier.way == DatabaseWay::undo) {
        // What down scripts have dropped comes back from the safety backup alone.
        if (earlier.safety_backup.empty()) {
            throw Error{
                ErrorKind::refused,
                "the rollback made no safety backup, so that nothing brings back what it undid",
                "Apply the migrations again: migrate-apply."};
        }
        way_ = DatabaseWay::restore;
        actions_.choose_backup(earlier.safety_backup);
        actions_.try_restore();
        accept_loss();
    } else if (database) {
        way_ = DatabaseWay::swap_back;
        actions_.try_swap_back();
        accept_loss();
    }
    data["database_way"] = name(way_);
    confirm();
}

void Rolling::choose_commit() {
    if (!undoes("app")) {
        return;
    }
    std::string current = context_.record.run.commit;
    std::string target;
    if (!options_.to_commit.empty()) {
        auto const commit = target_commit(options_.to_commit, context_);
        target = commit.sha;
        if (current.empty()) {
            current = resolve_commit("HEAD", context_.stop).sha;
        }
        (*context_.record.data)["to_commit"] = {{"sha", commit.sha}, {"words", commit.words}};
        context_.log.info(
            "the application goes back to", {{"commit", commit.sha}, {"is", commit.words}});
    }
    if (!current.empty()) {
        (*context_.record.data)["from_commit"] = current;
    }
    actions_.choose_commits(target, current);
}

// The gentlest way that can work: scripts that undo what was done, else a restore with a swap.
void Rolling::choose_way() {
    if (options_.database_way != "restore") {
        gentle_ = gentle_way(context_.inputs(), context_.options.environment);
        for (auto const& undo : gentle_.undos) {
            gentle_.why_not = actions_.try_undo(undo);
            if (!gentle_.why_not.empty()) {
                gentle_.undos.clear();
                break;
            }
        }
        if (options_.database_way == "undo" && gentle_.undos.empty()) {
            throw Error{
                ErrorKind::refused,
                "no script undoes what was done: " + gentle_.why_not,
                "--database-way restore goes back to a backup."};
        }
    } else {
        gentle_.why_not = "--database-way restore";
    }
    way_ = gentle_.undos.empty() ? DatabaseWay::restore : DatabaseWay::undo;
    auto& data = *context_.record.data;
    data["database_way"] = name(way_);
    data["why_no_undo"] = gentle_.why_not;
    if (options_.database_way == "undo") {
        return;
    }
    try {
        actions_.try_restore();
        restorable_ = true;
    } catch (Error const& error) {
        if (way_ == DatabaseWay::restore || context_.stop.stop_requested()) {
            throw;
        }
        context_.log.warning(
            "where the scripts fail, no restore can follow", {{"cause", error.message()}});
    }
}

void Rolling::accept_loss() {
    auto const& data = *context_.record.data;
    auto const& window = json::at(data, "window");
    std::vector<std::string> migrations;
    for (auto const& each : json::at(window, "migrations")) {
        migrations.push_back(each.get<std::string>());
    }
    std::string loss;
    if (way_ == DatabaseWay::undo) {
        loss = fmt::format(
            "what was written into what the deployment made would be lost: {}{}",
            words_of(gentle_.undos),
            restorable_
                ? "; where that fails, all that was written since " + json::text_at(window, "from")
                : "");
    } else {
        loss = fmt::format(
            "what was written since {} would leave the live database{}{}",
            json::text_at(window, "from"),
            migrations.empty() ? "" : ", and with it the migrations ",
            text::join(migrations, ", "));
    }
    context_.log.warning(loss);
    if (!options_.accept_data_loss && options_.dry_run.empty()) {
        throw Error{
            ErrorKind::refused,
            loss,
            "If that is meant, give --accept-data-loss; --scope app leaves the database."};
    }
}

void Rolling::confirm() {
    bool const local = !where_ || where_->is_local();
    if (options_.dry_run.empty() && context_.production(local)) {
        context_.confirm(fmt::format("Roll back ({})?", words()));
    }
}

std::string Rolling::words() const {
    std::vector<std::string> out;
    if (undoes("app")) {
        auto const& commit = json::at(*context_.record.data, "to_commit");
        out.push_back(
            "the application by " + text::shorten(options_.app_command, 80) +
            (commit.is_null() ? "" : " to " + json::text_at(commit, "sha").substr(0, 12)));
    }
    switch (way_) {
    case DatabaseWay::none:
        break;
    case DatabaseWay::undo:
        out.push_back("the database: " + words_of(gentle_.undos));
        break;
    case DatabaseWay::restore:
        out.push_back(
            "the database to " + json::text_at(json::at(*context_.record.data, "backup"), "id"));
        break;
    case DatabaseWay::swap_back:
        out.emplace_back("the database to what the rollback has replaced");
        break;
    }
    return text::join(out, ", ");
}

void Rolling::go() {
    try {
        take_back();
    } catch (Error const& error) {
        failure_ = error;
    }
    resume();
    check("health");
    check("smoke");
    tell_state();
    note_in_database();
    if (failure_) {
        throw failure_->with_hint(
            failure_->hint() + (failure_->hint().empty() ? "" : " ") + state_);
    }
    context_.record.status = record::Status::passed;
}

void Rolling::take_back() {
    // A swap back leaves what it replaces as it is: that is its safety.
    if (way_ != DatabaseWay::none && way_ != DatabaseWay::swap_back && !options_.no_safety_backup) {
        journal_.take(
            "safety", "Back the live database up", [&] { return actions_.make_safety_backup(); });
    }
    if (!options_.quiesce_command.empty()) {
        journal_.take("quiesce", "Stop work", [&] {
            return actions_.command(options_.quiesce_command, "quiesce");
        });
    }
    if (undoes("app")) {
        journal_.take("app", "Take the application back", [&] {
            return actions_.command(options_.app_command, "application");
        });
    }
    if (way_ != DatabaseWay::none) {
        journal_.take("database", "Take the database back", [&] { return take_database_back(); });
    }
}

// False where an undo failed and a restore may follow.
bool Rolling::try_gently(std::string& message) {
    try {
        for (auto const& undo : gentle_.undos) {
            actions_.undo(undo);
        }
        message = words_of(gentle_.undos);
        return true;
    } catch (Error const& error) {
        if (!restorable_ || context_.stop.stop_requested()) {
            throw;
        }
        context_.log.warning(
            "the scripts do not undo it; the backup does", {{"cause", error.message()}});
        (*context_.record.data)["why_no_undo"] = error.message();
        return false;
    }
}

std::string Rolling::take_database_back() {
    std::string message;
    if (way_ == DatabaseWay::swap_back) {
        return actions_.swap_back();
    }
    if (way_ == DatabaseWay::undo && try_gently(message)) {
        return message;
    }
    way_ = DatabaseWay::restore;
    (*context_.record.data)["database_way"] = name(way_);
    return actions_.restore();
}

void Rolling::resume() {
    if (options_.resume_command.empty()) {
        return;
    }
    try {
        journal_.take("resume", "Start work again", [&] {
            return actions_.command(options_.resume_command, "resume", true);
        });
    } catch (Error const& error) {
        failure_ = failure_ ? failure_ : error;
    }
}

// Whether it worked, as the service itself says.
void Rolling::check(std::string_view step) {
    bool const health = step == "health";
    if (failure_) {
        return;
    }
    if (health ? options_.health_urls.empty() : options_.smoke_suites.empty()) {
        journal_.skip(
            std::string{step}, health ? "no --health-url was given" : "no --smoke-suite was given");
        return;
    }
    try {
        journal_.take(
            std::string{step}, health ? "Wait until it is healthy" : "Run the smoke suite", [&] {
                return health ? actions_.check_health() : actions_.check_smoke();
            });
    } catch (Error const& error) {
        failure_ = error;
    }
}

} // namespace slipway::rollback
