// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include "order.hpp"
#include "random_values.hpp"
#include "signal/stop.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <exception>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using record::CheckStatus;

// Runners send SIGKILL 2.5 s after SIGTERM, and the record has to be written by then.
constexpr time::Milliseconds teardown_after_stop{1'500};

std::string first_line(std::string const& text) {
    return text.substr(0, text.find('\n'));
}

void keep_only(json::Value& variables, std::set<std::string> const& names) {
    json::Value kept = json::Value::object();
    for (auto const& name : names) {
        if (variables.contains(name)) {
            kept[name] = variables[name];
        }
    }
    variables = std::move(kept);
}

void add_all(json::Value& variables, Suite const& suite) {
    for (auto const& variable : suite.variables) {
        if (!variables.contains(variable.first)) {
            variables[variable.first] = variable.second;
        }
    }
}

} // namespace

// The lock of the shared part guards it.
struct Runner::Course {
    std::vector<Step> const& steps;
    Phase phase;
    std::vector<std::vector<std::size_t>> waits;
    std::vector<bool> started;
    std::vector<std::optional<Outcome>> outcomes;
    std::vector<bool> ended;
    std::size_t kept = 0; // so many are in the record
    std::exception_ptr fault;

    [[nodiscard]] std::optional<std::size_t> ready() const {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            bool const free = !started[i] &&
                              std::all_of(waits[i].begin(), waits[i].end(), [&](std::size_t other) {
                                  return ended[other];
                              });
            if (free) {
                return i;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] bool all_started() const {
        return std::all_of(started.begin(), started.end(), [](bool one) { return one; });
    }
};

void Runner::run(std::vector<Suite> const& included, std::vector<Suite> const& suites) {
    std::set<std::string> handed_on;
    auto const from_start = shared_.variables; // what every suite has
    for (auto const& known : from_start->items()) {
        handed_on.insert(known.key());
    }
    for (auto const& suite : included) {
        auto const failed_before = failed_;
        add_all(*shared_.variables, suite);
        run_suite(suite, false);
        if (failed_ > failed_before) {
            broken_ = "the included " + suite.file + " failed";
        }
        auto const captured = suite.captured();
        handed_on.insert(captured.begin(), captured.end());
    }
    keep_only(*shared_.variables, handed_on);
    auto const variables = shared_.variables;
    auto const cookies = shared_.cookies;
    auto const ended = ended_;
    auto const broken = broken_;
    for (auto const& suite : suites) {
        shared_.variables = variables;
        shared_.cookies = cookies;
        ended_ = ended;
        broken_ = broken;
        add_all(*shared_.variables, suite);
        run_suite(suite, true);
    }
    shared_.variables = variables;
    shared_.cookies = cookies;
    for (auto const& suite : included) {
        add_all(*shared_.variables, suite);
        run_teardown(suite);
    }
    signal::throw_if_stopped(shared_.context.stop);
    if (shared_.context.deadline.expired()) { // and nobody told us yet
        throw Error{ErrorKind::timeout, "the deadline passed before the end of the suite"};
    }
    if (!answered_ && unreached_) {
        // Whoever is silent for longer than a step waits is not reachable; it is not our time that
        // is up.
        throw Error{ErrorKind::unavailable, unreached_->message(), unreached_->hint()}.with_context(
            "no step got an answer");
    }
}

bool Runner::stopped() const {
    return shared_.context.stop.stop_requested() || shared_.context.deadline.expired();
}

void Runner::run_suite(Suite const& suite, bool with_teardown) {
    auto const failed_before = failed_;
    if (broken_.empty()) {
        run_phase(suite, suite.setup, Phase::setup);
        if (failed_ > failed_before) {
            broken_ = "the setup failed";
        }
    }
    run_phase(suite, suite.steps, Phase::steps);
    if (with_teardown) {
        run_teardown(suite);
    }
}

void Runner::run_teardown(Suite const& suite) {
    if (suite.teardown.empty()) {
        return;
    }
    if (stopped()) {
        shared_.context.log.info("stopped; running the teardown");
        shared_.deadline = time::Deadline::after(teardown_after_stop);
    }
    if (shared_.connection) {
        shared_.connection->set_limits(shared_.deadline);
    }
    run_phase(suite, suite.teardown, Phase::teardown);
}

void Runner::run_phase(Suite const& suite, std::vector<Step> const& steps, Phase phase) {
    Course course{steps, phase, {}, {}, {}, {}, 0, {}};
    course.started.assign(steps.size(), false);
    course.ended.assign(steps.size(), false);
    course.outcomes.resize(steps.size());
    bool const parallel = phase == Phase::steps && policy_.jobs > 1;
    course.waits = parallel ? waits_of(steps) : std::vector<std::vector<std::size_t>>(steps.size());
    auto const workers = parallel ? std::min(policy_.jobs, steps.size()) : std::size_t{1};
    auto const run_one = [&] {
        std::unique_lock lock{shared_.mutex};
        World world{suite, shared_, lock};
        if (phase == Phase::teardown) {
            world.ignore_stop();
        }
        work(course, world);
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < workers; ++i) {
        others.emplace_back(run_one);
    }
    run_one();
    others.clear();
    if (course.fault) {
        std::rethrow_exception(course.fault);
    }
}

void Runner::work(Course& course, World& world) {
    for (;;) {
        if (course.fault || course.all_started()) {
            return;
        }
        auto const next = course.ready();
        if (!next) {
            world.wait_for_change();
            continue;
        }
        auto const i = *next;
        course.started[i] = true;
        auto const& step = course.steps[i];
        try {
            course.outcomes[i] = run_step(step, world, course.phase);
            count(step, *course.outcomes[i]);
            tell(step, *course.outcomes[i], shared_.context);
        } catch (...) {
            course.fault = std::current_exception();
        }
        course.ended[i] = true;
        while (course.kept < course.steps.size() && course.outcomes[course.kept]) {
            auto& outcome = course.outcomes[course.kept];
            keep(course.steps[course.kept], std::move(*outcome), shared_.context);
            ++course.kept;
        }
        shared_.changed.notify_all();
    }
}

std::string Runner::why_not_needed(Step const& step) const {
    for (auto const& need : step.needs) {
        auto const found = ended_.find(need);
        if (found == ended_.end() || found->second != CheckStatus::passed) {
            bool const failed = found != ended_.end() && found->second == CheckStatus::failed;
            return fmt::format("needs {}, which {}", need, failed ? "failed" : "was skipped");
        }
    }
    return "";
}

std::string Runner::why_skipped(Step const& step, World const& world, Phase phase) const {
    if (phase != Phase::teardown) {
        if (stopped()) {
            return "not run: the suite was stopped";
        }
        if (phase == Phase::steps && !broken_.empty()) {
            return broken_;
        }
        if (policy_.fail_fast && failed_ > 0) {
            return "a step before it failed (--fail-fast)";
        }
    }
    if (auto why = why_not_needed(step); !why.empty()) {
        return why;
    }
    for (auto const& variable : step.uses) {
        if (!world.variables->contains(variable)) {
            return fmt::format("{{{{{}}}}} was not captured", variable);
        }
    }
    if (!step.when) {
        return "";
    }
    try {
        auto const value =
            world.suite.program->evaluate(*step.when, json::Value{}, *world.variables);
        return expr::truthy(value) ? "" : "its condition (when) does not hold";
    } catch (Error const& error) {
        return "its condition (when) cannot be judged: " + error.message();
    }
}

void Runner::prepare_variables(Step const& step, World& world) {
    world.variables = shared_.variables;
    for (auto const& column : step.row->items()) {
        (*world.variables)[column.key()] = column.value();
    }
    add_random_values(*world.variables, random_);
}

Outcome Runner::run_step(Step const& step, World& world, Phase phase) {
    auto& context = shared_.context;
    prepare_variables(step, world);
    if (auto const why = why_skipped(step, world, phase); !why.empty()) {
        return smoke_http::skipped(step, why);
    }
    auto const start = context.clock.steady();
    context.log.status_line(step.id);
    bool const stoppable = phase != Phase::teardown;
    Attempt made;
    int attempts = 0;
    try {
        if (step.delay.count() == 0 || world.sleep(step.delay)) {
            made =
                step.repeat > 1 ? repeat(step, world, attempts) : try_once(step, world, attempts);
        }
    } catch (Error const&) {
        if (!context.stop.stop_requested() || !stoppable) {
            throw;
        }
        return smoke_http::skipped(step, "not finished: the suite was stopped");
    }
    if (stopped() && stoppable && (made.unreached || attempts == 0)) {
        return smoke_http::skipped(step, "not finished: the suite was stopped");
    }
    if (made.not_tried) {
        return smoke_http::skipped(step, fmt::format("not tried: {} gives no answer", made.origin));
    }
    learn_of_server(made);
    auto const took =
        std::chrono::duration_cast<time::Milliseconds>(context.clock.steady() - start);
    return tried(step, std::move(made), attempts, took);
}

void Runner::learn_of_server(Attempt const& made) {
    if (made.answered) {
        heard_.insert(made.origin);
        answered_ = true;
    } else if (made.unreached) {
        unreached_ = unreached_ ? unreached_ : made.unreached;
        // Who refuses the connection is not asked again; who is silent gets a second chance.
        bool const at_once = made.unreached->kind() != ErrorKind::timeout;
        if (!heard_.contains(made.origin) && (at_once || !silent_.insert(made.origin).second)) {
            shared_.given_up.insert(made.origin);
        }
    }
}

void Runner::count(Step const& step, Outcome const& outcome) {
    auto const status = outcome.check.status;
    if (outcome.skipped) {
        ++skipped_;
    } else if (status == CheckStatus::failed) {
        ++failed_;
        if (first_failure_.empty()) {
            first_failure_ = step.id + ": " + first_line(outcome.check.message);
        }
    } else {
        ++passed_;
    }
    ended_[step.id] = status;
    // Of several rows the worst counts.
    auto const group = ended_.find(step.group);
    if (group == ended_.end() || status == CheckStatus::failed ||
        group->second == CheckStatus::passed) {
        ended_[step.group] = status;
    }
}

} // namespace slipway::smoke_http
