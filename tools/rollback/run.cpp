// SPDX-License-Identifier: Apache-2.0
#include "actions.hpp"
#include "advice.hpp"
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "journal.hpp"
#include "ledger/rollback_log.hpp"
#include "record/read.hpp"
#include "rollback.hpp"
#include "signal/stop.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

constexpr time::Milliseconds time_to_note{5000};
constexpr time::Milliseconds time_to_note_after_stop{1000};

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

class RollingBack {
public:
    RollingBack(Options const& options, tool::Context& context)
        : options_(options), context_(context), where_(target_of(options, context)),
          actions_(options, where_, context), journal_(context) {}

    void tell_of_earlier() {
        auto const found = killed_before(context_.record_path, context_.folder());
        if (!found) {
            return;
        }
        std::string step;
        for (auto const& each : json::at(*found->record.data, "steps")) {
            step = json::text_at(each, "id");
        }
        context_.log.warning(
            "an earlier rollback was killed; this one goes through all steps again",
            {{"record", found->path.string()}, {"step", step}});
        (*context_.record.data)["killed_before"] = {{"path", found->path.string()}, {"step", step}};
    }

    // Whatever can be refused is refused before work is stopped.
    void prepare() {
        auto& data = *context_.record.data;
        data["scope"] = options_.scope;
        data["reason"] = options_.reason;
        if (!context_.options.inputs.empty()) {
            auto const advice = advise(context_);
            context_.log.info(fmt::format(
                "the records advise {}: {}", verdict::name(advice.action), advice.reason));
        }
        if (undoes(options_, "db")) {
            actions_.try_restore();
            accept_loss();
        }
        bool const local = !where_ || where_->is_local();
        if (options_.dry_run.empty() && context_.production(local)) {
            context_.confirm(fmt::format("Roll back ({})?", words()));
        }
    }

    void go() {
        try {
            undo();
        } catch (Error const& error) {
            failure_ = error;
        }
        resume();
        if (!failure_) {
            check_health();
        }
        tell_state();
        note_in_database();
        if (failure_) {
            throw failure_->with_hint(
                failure_->hint() + (failure_->hint().empty() ? "" : " ") + state_);
        }
        context_.record.status = record::Status::passed;
    }

    void summarize_dry() { context_.record.summary = fmt::format("Would roll back: {}", words()); }

private:
    static std::optional<pg::ConnInfo> target_of(Options const& options, tool::Context& context) {
        bool const named = target::is_named(options.database_url);
        if (!named && undoes(options, "db")) {
            throw Error{
                ErrorKind::usage,
                fmt::format("--scope {} needs the database", options.scope),
                "Name it with --database-url or DATABASE_URL."};
        }
        return named ? std::optional{target::parse(options.database_url, context)} : std::nullopt;
    }

    // `the application by ./previous.sh, the database to 2026…`
    [[nodiscard]] std::string words() const {
        std::vector<std::string> out;
        if (undoes(options_, "app")) {
            out.push_back("the application by " + text::shorten(options_.app_command, 80));
        }
        if (undoes(options_, "db")) {
            auto const& backup = json::at(*context_.record.data, "backup");
            out.push_back("the database to " + json::text_at(backup, "id"));
        }
        return text::join(out, ", ");
    }

    void accept_loss() {
        auto const& window = json::at(*context_.record.data, "window");
        std::vector<std::string> migrations;
        for (auto const& each : json::at(window, "migrations")) {
            migrations.push_back(each.get<std::string>());
        }
        std::string const loss = fmt::format(
            "what was written since {} would leave the live database{}{}",
            json::text_at(window, "from"),
            migrations.empty() ? "" : ", and with it the migrations ",
            text::join(migrations, ", "));
        context_.log.warning(loss);
        if (!options_.accept_data_loss && options_.dry_run.empty()) {
            throw Error{
                ErrorKind::refused,
                loss,
                "If that is meant, give --accept-data-loss; --scope app leaves the database."};
        }
    }

    void undo() {
        if (undoes(options_, "db") && !options_.no_safety_backup) {
            journal_.take("safety", "Back the live database up", [&] {
                return actions_.make_safety_backup();
            });
        }
        if (!options_.quiesce_command.empty()) {
            journal_.take("quiesce", "Stop work", [&] {
                return actions_.command(options_.quiesce_command, "quiesce");
            });
        }
        if (undoes(options_, "app")) {
            journal_.take("app", "Take the application back", [&] {
                return actions_.command(options_.app_command, "application");
            });
        }
        if (undoes(options_, "db")) {
            journal_.take("database", "Take the database back", [&] { return actions_.restore(); });
        }
    }

    void resume() {
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

    void check_health() {
        if (options_.health_urls.empty()) {
            journal_.skip("health", "no --health-url was given");
            return;
        }
        try {
            journal_.take(
                "health", "Wait until it is healthy", [&] { return actions_.check_health(); });
        } catch (Error const& error) {
            failure_ = error;
        }
    }

    // A command of the user tells no more than whether it failed.
    [[nodiscard]] Half half(std::string_view step) const {
        auto const state = journal_.state(step);
        return !state ? Half::as_before : *state == State::passed ? Half::back : Half::not_certain;
    }

    [[nodiscard]] std::string_view work_words() const {
        if (options_.quiesce_command.empty() && options_.resume_command.empty()) {
            return "not stopped";
        }
        return half("resume") == Half::back ? "resumed" : "not certain";
    }

    // What the world is like now, as far as the steps tell.
    void tell_state() {
        auto const application = name(half("app"));
        auto const database = name(actions_.database());
        auto const work = work_words();
        auto& data = *context_.record.data;
        data["state"] = {{"application", application}, {"database", database}, {"work", work}};
        state_ = fmt::format(
            "The application is {}, the database is {}, work is {}.", application, database, work);
        if (actions_.database() == Half::not_certain) {
            state_ += " db-restore status tells which database is live.";
        }
        context_.record.summary = fmt::format(
            "{}: {}", failure_ ? failure_->message() : "Rolled back " + words(), state_);
        context_.log.info(state_);
    }

    // In the database that is live now; that this fails undoes nothing.
    void note_in_database() {
        if (!where_) {
            return;
        }
        ledger::Rollback row;
        auto const& record = context_.record;
        row.id = fmt::format("{}-{}", record.run.id, hash::random_hex(4));
        row.run_id = record.run.id;
        row.started_at = record.started_at;
        row.finished_at = context_.clock.now();
        row.environment = record.run.environment;
        row.scope = options_.scope;
        row.reason = options_.reason;
        row.actor = record.run.actor;
        row.backup_id = json::text_at(json::at(*record.data, "backup"), "id");
        row.outcome =
            record::name(failure_ ? record::status_of(failure_->kind()) : record::Status::passed);
        row.steps = json::write(journal_.to_json());
        std::string failure;
        try {
            pg::Options limits;
            limits.deadline = time::Deadline::after(
                context_.stop.stop_requested() ? time_to_note_after_stop : time_to_note);
            auto connection = pg::Connection::open(*where_, limits);
            ledger::note(connection, row);
        } catch (Error const& error) {
            failure = error.message();
        }
        auto& check = context_.record.note(
            "rollback.log", "the rollback is noted in slipway.rollback_log", failure);
        check.severity = record::Severity::minor;
        if (!failure.empty()) {
            context_.log.warning(
                "the rollback is not in slipway.rollback_log", {{"cause", failure}});
        }
    }

    Options const& options_;
    tool::Context& context_;
    std::optional<pg::ConnInfo> where_;
    Actions actions_;
    Journal journal_;
    std::optional<Error> failure_;
    std::string state_;
};

} // namespace

void roll_back(Options const& options, tool::Context& context) {
    require_options(options);
    RollingBack rolling{options, context};
    rolling.tell_of_earlier();
    rolling.prepare();
    if (!options.dry_run.empty()) {
        rolling.summarize_dry();
        return;
    }
    rolling.go();
}

} // namespace slipway::rollback
