// SPDX-License-Identifier: Apache-2.0
// How a rollback ended: for the record, the reader, and slipway.rollback_log.
#include "hash/digest.hpp"
#include "ledger/rollback_log.hpp"
#include "rolling.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

constexpr time::Milliseconds time_to_note{5000};
constexpr time::Milliseconds time_to_note_after_stop{1000};

} // namespace

// A command of the user tells no more than whether it failed.
Half Rolling::half(std::string_view step) const {
    auto const state = journal_.state(step);
    return !state ? Half::as_before : *state == State::passed ? Half::back : Half::not_certain;
}

std::string_view Rolling::work_words() const {
    if (options_.quiesce_command.empty() && options_.resume_command.empty()) {
        return "not stopped";
    }
    return half("resume") == Half::back ? "resumed" : "not certain";
}

// What the world is like now, as far as the steps tell.
void Rolling::tell_state() {
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
    context_.record.summary =
        fmt::format("{}: {}", failure_ ? failure_->message() : "Rolled back " + words(), state_);
    context_.log.info(state_);
}

// In the database that is live now; that this fails undoes nothing.
void Rolling::note_in_database() {
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
    row.scope = scope_;
    row.reason = reason_;
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
        context_.log.warning("the rollback is not in slipway.rollback_log", {{"cause", failure}});
    }
}

} // namespace slipway::rollback
