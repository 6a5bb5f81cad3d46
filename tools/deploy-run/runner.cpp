// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include "execute.hpp"
#include "expr/program.hpp"
#include "order.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "view.hpp"
#include "workers.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

using record::CheckStatus;

struct Failure {
    Entry const* entry = nullptr;
    ErrorKind kind = ErrorKind::failed;
    std::string summary;
    std::string hint;
    std::string rollback; // how the step for it ended; empty where none ran
};

enum class Stage : std::uint8_t { waiting, running, over };

class Runner {
public:
    Runner(Deployment& deployment, tool::Context& context)
        : deployment_(deployment), context_(context), order_(deployment.pipeline),
          view_(context.log, deployment.entries.size()), stages_(deployment.entries.size()),
          workers_(context.clock) {}

    void run() {
        begin();
        while (begin_what_can() || workers_.running() > 0) {
            if (workers_.running() > 0) {
                Done const done = workers_.wait();
                stages_[done.index] = Stage::over;
                ended(deployment_.entries[done.index], done.index + 1, done.result, done.duration);
            }
        }
        finish();
    }

private:
    // What is taken over from the run before is noted before anything starts: a kill in the first
    // new step must not lose it.
    void begin() {
        for (auto const& entry : deployment_.entries) {
            if (entry.fate == Fate::reuse) {
                context_.rely_on(record::read(entry.record));
            }
        }
        note();
        if (deployment_.resumed_from) {
            context_.log.info(fmt::format(
                "going on from {}{}",
                deployment_.resumed_from->path.string(),
                deployment_.resumed_from->pipeline_sha256 == deployment_.pipeline.sha256
                    ? ""
                    : "; the pipeline file was changed since"));
        }
    }

    void note() {
        context_.record.data = json::Box{data_of(deployment_)};
        context_.checkpoint();
    }

    // What waits for nothing more: skipped, taken over or refused at once, else started; whether
    // there was any.
    bool begin_what_can() {
        bool any = false;
        std::vector<std::size_t> ready;
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            auto const& before = order_.before(i);
            bool const can = std::all_of(before.begin(), before.end(), [&](std::size_t one) {
                return stages_[one] == Stage::over;
            });
            if (stages_[i] != Stage::waiting || !can) {
                continue;
            }
            any = true;
            if (pass(deployment_.entries[i], i + 1)) {
                stages_[i] = Stage::running;
                ready.push_back(i);
            } else {
                stages_[i] = Stage::over;
            }
        }
        bool const together = workers_.running() + ready.size() > 1;
        for (auto const index : ready) {
            start(index, together);
        }
        return any;
    }

    // Whether the step is to be started.
    bool pass(Entry& entry, std::size_t number) {
        if (entry.fate == Fate::skip) {
            skip(entry, number, entry.because);
        } else if (entry.fate == Fate::reuse) {
            reuse(entry, number);
        } else if (context_.stop.stop_requested()) {
            skip(entry, number, "the deployment was stopped");
        } else if (entry.step.rollback && !wants_rollback()) {
            skip(entry, number, "nothing asks for a rollback");
        } else if (failure_ && !entry.step.always && !entry.step.rollback) {
            skip(entry, number, fmt::format("the step {} failed", failure_->entry->step.id));
        } else {
            return may_start(entry, number);
        }
        return false;
    }

    [[nodiscard]] bool wants_rollback() const {
        return failure_ && failure_->entry->step.on_failure == OnFailure::roll_back;
    }

    void skip(Entry& entry, std::size_t number, std::string const& because) {
        entry.status = "skipped";
        entry.because = because;
        view_.skipped(number, entry.step.id, fmt::format("skipped: {}", because));
        check(entry, CheckStatus::skipped, because, {});
        note();
    }

    void reuse(Entry& entry, std::size_t number) {
        view_.skipped(
            number, entry.step.id, fmt::format("{} before, its record is unchanged", entry.status));
        check(
            entry,
            entry.status == "warned" ? CheckStatus::warned : CheckStatus::passed,
            "not repeated: its record is unchanged",
            {});
        note();
    }

    bool may_start(Entry& entry, std::size_t number) {
        try {
            if (!entry.step.when.empty() && !holds(entry, number - 1)) {
                skip(entry, number, "when: " + entry.step.when);
                return false;
            }
        } catch (Error const& error) {
            ended(entry, number, refusal(error), time::Milliseconds{0});
            return false;
        }
        if (!entry.because.empty()) {
            context_.log.info(
                fmt::format("{} runs again: {}", view_.head(number, entry.step.id), entry.because));
        }
        if (auto const refused = ask(entry)) {
            ended(entry, number, *refused, time::Milliseconds{0});
            return false;
        }
        return true;
    }

    // `when` sees the records of the steps that this one waits for, and of no other: what it says
    // does not depend on which of those that run at the same time was faster.
    [[nodiscard]] bool holds(Entry const& entry, std::size_t index) const {
        json::Value steps = json::Value::object();
        for (auto const before : order_.before(index)) {
            auto const& other = deployment_.entries[before];
            steps[other.step.id] =
                other.sha256.empty()
                    ? json::Value{{"status", other.status}}
                    : json::parse(fs::read_file(other.record), other.record.string());
        }
        json::Value const input{{"environment", deployment_.environment}, {"steps", steps}};
        auto const program = expr::compile({entry.step.when});
        return expr::truthy(program.evaluate(0, input, json::Value::object()));
    }

    void start(std::size_t index, bool together) {
        auto& entry = deployment_.entries[index];
        auto const number = index + 1;
        entry.status = "running";
        note();
        view_.begin(number, entry.step.id, entry.shown, together);
        workers_.start(index, [this, &entry, number, inputs = records_for(entry)] {
            auto const show = [&](std::string_view line) {
                view_.line(number, entry.step.id, line);
            };
            return execute(entry, deployment_, inputs, show, context_);
        });
    }

    static Result refusal(Error const& error) {
        Result out;
        out.status = record::status_of(error.kind());
        out.failure = error.kind();
        out.summary = error.message();
        out.hint = error.hint();
        return out;
    }

    // The reason not to start the step at all.
    std::optional<Result> ask(Entry const& entry) {
        try {
            if (entry.step.needs_records) {
                require_records(entry);
            }
            if (!entry.step.confirm.empty()) {
                view_.pause();
                context_.confirm(entry.step.confirm);
            }
        } catch (Error const& error) {
            return refusal(error);
        }
        return std::nullopt;
    }

    void require_records(Entry const& entry) const {
        for (auto const& input : entry.step.inputs) {
            Entry const& source = entry_of(input);
            if (!entry.step.all_inputs && !source.excused && !source.has_evidence()) {
                throw Error{
                    ErrorKind::refused,
                    fmt::format("the step {} left no record that passed", input),
                    fmt::format(
                        "Run {} first, or set needs_records: false for {}.", input, entry.step.id)};
            }
        }
    }

    [[nodiscard]] Entry& entry_of(std::string const& id) const {
        return *std::find_if(
            deployment_.entries.begin(), deployment_.entries.end(), [&](Entry const& entry) {
                return entry.step.id == id;
            });
    }

    // A report of a failed run needs the failed records most of all.
    std::vector<fs::Path> records_for(Entry& entry) const {
        std::vector<fs::Path> out;
        entry.taken.clear();
        for (auto const& input : entry.step.inputs) {
            Entry const& source = entry_of(input);
            if (!source.sha256.empty()) {
                out.push_back(source.record);
                entry.taken.push_back({input, source.sha256});
            }
        }
        return out;
    }

    void
    ended(Entry& entry, std::size_t number, Result const& result, time::Milliseconds duration) {
        entry.status = record::name(result.status);
        entry.exit_code = result.exit_code;
        entry.duration = duration;
        entry.sha256 = result.record ? result.record->sha256 : "";
        if (result.record) {
            context_.rely_on(*result.record);
            annotate(*result.record);
        }
        bool const good = !result.failure;
        view_.end(number, entry.step.id, good, entry.status, duration, result.summary);
        CheckStatus status = CheckStatus::failed;
        if (good) {
            status = result.status == record::Status::warned    ? CheckStatus::warned
                     : result.status == record::Status::skipped ? CheckStatus::skipped
                                                                : CheckStatus::passed;
        }
        check(entry, status, result.summary, result.hint);
        if (result.failure) {
            failed(entry, result);
        }
        if (entry.step.rollback && failure_) {
            failure_->rollback =
                fmt::format("{} {}: {}", entry.step.id, entry.status, result.summary);
        }
        note();
    }

    void failed(Entry const& entry, Result const& result) {
        if (entry.step.on_failure == OnFailure::go_on && !context_.stop.stop_requested()) {
            context_.log.warning(
                fmt::format("{} failed; the pipeline goes on without it", entry.step.id));
        } else if (!failure_) {
            failure_ = Failure{&entry, *result.failure, result.summary, result.hint, ""};
        }
    }

    // The findings of a tool belong to lines of the project, where GitHub can show them.
    void annotate(record::Found const& found) {
        if (context_.log.settings().format != log::Format::github) {
            return;
        }
        for (auto const& check : found.record.checks) {
            bool const bad = check.status == CheckStatus::failed;
            if (check.where.known() && (bad || check.status == CheckStatus::warned)) {
                context_.log.problem(
                    bad ? log::Level::error : log::Level::warning,
                    check.where,
                    check.title.empty() ? check.id : check.title,
                    check.message);
            }
        }
    }

    void check(
        Entry const& entry,
        CheckStatus status,
        std::string const& message,
        std::string const& hint) {
        record::Check made;
        made.id = "step." + entry.step.id;
        made.title = entry.step.id;
        made.status = status;
        // A step whose failure does not stop the pipeline does not fail it either.
        made.severity = entry.step.on_failure == OnFailure::go_on ? record::Severity::minor
                                                                  : record::Severity::critical;
        made.message = message;
        made.hint = hint;
        made.duration = entry.duration;
        made.where = entry.step.where;
        context_.record.add(std::move(made));
    }

    void finish() {
        auto& record = context_.record;
        auto const skipped = static_cast<std::size_t>(std::count_if(
            deployment_.entries.begin(), deployment_.entries.end(), [](Entry const& entry) {
                return entry.status == "skipped";
            }));
        std::string const rest =
            skipped == 0 ? "" : fmt::format("; {} skipped", text::counted(skipped, "step"));
        if (failure_) {
            fail(rest);
        }
        if (context_.stop.stop_requested()) {
            record.summary = fmt::format("{}: stopped{}", deployment_.pipeline.name, rest);
            throw signal::stopped_error();
        }
        context_.judge_by_checks();
        record.summary = fmt::format(
            "{}: {} in {}{}{}",
            deployment_.pipeline.name,
            text::counted(deployment_.entries.size() - skipped, "step"),
            time::human_duration(context_.clock.now() - record.started_at),
            record.status == record::Status::passed ? "" : ", with warnings",
            rest);
    }

    [[noreturn]] void fail(std::string const& rest) {
        auto const& step = failure_->entry->step;
        bool const stopped = context_.stop.stop_requested();
        std::string cause = fmt::format(
            "{} in the step {}: {}", stopped ? "stopped" : "failed", step.id, failure_->summary);
        if (!failure_->rollback.empty()) {
            cause += "; " + failure_->rollback;
        }
        context_.record.summary = fmt::format("{}: {}{}", deployment_.pipeline.name, cause, rest);
        std::string const go_on = fmt::format(
            "Go on with: {}",
            command_to_resume(deployment_, context_.options.environment, context_.options.output));
        if (stopped) {
            context_.log.info(go_on); // the error of a stop is made by tool::main, without a hint
        }
        throw Error{
            failure_->kind, cause, failure_->hint.empty() ? go_on : failure_->hint + " " + go_on}
            .with_where(step.where);
    }

    Deployment& deployment_;
    tool::Context& context_;
    Order const order_;
    View view_;
    std::vector<Stage> stages_;
    std::optional<Failure> failure_;
    Workers workers_; // the last to come, the first to go: its threads use the others
};

} // namespace

void run_steps(Deployment& deployment, tool::Context& context) {
    Runner{deployment, context}.run();
}

} // namespace slipway::deploy_run
