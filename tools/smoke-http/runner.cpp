// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include "retry/retry.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using record::CheckStatus;

// Runners send SIGKILL 2.5 s after SIGTERM, and the record has to be written by then.
constexpr time::Milliseconds teardown_after_stop{1'500};

constexpr std::size_t longest_path = 200;

std::string first_line(std::string const& text) {
    return text.substr(0, text.find('\n'));
}

std::string what(Step const& step, Attempt const& made) {
    if (step.on_database()) {
        return std::string{name(step.kind)};
    }
    auto out = step.request.method + " " + made.path;
    return made.status == 0 ? out : fmt::format("{} {}", out, made.status);
}

} // namespace

void Runner::run() {
    auto& stop = world_.context.stop;
    run_all(world_.suite.setup);
    setup_failed_ = failed_ > 0;
    run_all(world_.suite.steps);
    run_teardown();
    signal::throw_if_stopped(stop);
    if (!answered_ && unreached_) {
        throw unreached_->with_context("no step got an answer");
    }
}

void Runner::run_all(std::vector<Step> const& steps) {
    for (auto const& step : steps) {
        if (!in_teardown_ && world_.context.stop.stop_requested()) {
            skip(step, "not run: the suite was stopped");
        } else if (auto const why = why_skipped(step); !why.empty()) {
            skip(step, why);
        } else {
            run_step(step);
        }
    }
}

void Runner::run_teardown() {
    in_teardown_ = true;
    if (!world_.suite.teardown.empty() && world_.context.stop.stop_requested()) {
        world_.context.log.info("stopped; running the teardown");
        world_.deadline = time::Deadline::after(teardown_after_stop);
        world_.client = std::make_unique<http::Client>(http::Options{});
        if (world_.connection) {
            world_.connection->set_limits(world_.deadline);
        }
    }
    run_all(world_.suite.teardown);
}

std::string Runner::why_skipped(Step const& step) {
    if (setup_failed_ && !in_teardown_) {
        return "the setup failed";
    }
    if (fail_fast_ && failed_ > 0 && !in_teardown_) {
        return "a step before it failed (--fail-fast)";
    }
    for (auto const& need : step.needs) {
        auto const found = ended_.find(need);
        if (found == ended_.end() || found->second != CheckStatus::passed) {
            bool const failed = found != ended_.end() && found->second == CheckStatus::failed;
            return fmt::format("needs {}, which {}", need, failed ? "failed" : "was skipped");
        }
    }
    for (auto const& variable : step.uses) {
        if (!world_.variables->contains(variable)) {
            return fmt::format("{{{{{}}}}} was not captured", variable);
        }
    }
    return why_not_when(step);
}

std::string Runner::why_not_when(Step const& step) const {
    if (!step.when) {
        return "";
    }
    try {
        auto const value =
            world_.suite.program->evaluate(*step.when, json::Value{}, *world_.variables);
        return expr::truthy(value) ? "" : "its condition (when) does not hold";
    } catch (Error const& error) {
        return "its condition (when) cannot be judged: " + error.message();
    }
}

Attempt Runner::try_step(Step const& step) {
    Attempt made;
    for (int number = 1;; ++number) {
        made = attempt(step, world_);
        if (made.faults.empty() || number > step.retries || !pause(number + 1, made)) {
            return made;
        }
    }
}

// Waits before the next attempt; false where there is none any more.
bool Runner::pause(int attempt, Attempt const& last) {
    retry::Policy const policy;
    std::uniform_real_distribution<double> fraction{0.0, 1.0};
    auto wait = retry::wait_before(policy, attempt, fraction(random_));
    wait = std::max(wait, last.retry_after.value_or(wait));
    if (wait >= world_.deadline.remaining()) {
        return false;
    }
    auto const& stop = world_.context.stop;
    return world_.context.clock.sleep(wait, in_teardown_ ? std::stop_token{} : stop);
}

void Runner::run_step(Step const& step) {
    auto const start = world_.context.clock.steady();
    world_.context.log.status_line(step.id);
    Attempt made;
    try {
        made = try_step(step);
    } catch (Error const&) {
        if (!world_.context.stop.stop_requested()) {
            throw;
        }
        skip(step, "not finished: the suite was stopped");
        return;
    }
    if (world_.context.stop.stop_requested() && !in_teardown_ && made.unreached) {
        skip(step, "not finished: the suite was stopped");
        return;
    }
    if (made.not_tried) {
        skip(step, fmt::format("not tried: {} gives no answer", made.origin));
        return;
    }
    learn_of_server(made);
    auto const took = world_.context.clock.steady() - start;
    settle(step, made, std::chrono::duration_cast<time::Milliseconds>(took));
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
            world_.given_up.insert(made.origin);
        }
    }
}

void Runner::settle(Step const& step, Attempt const& made, time::Milliseconds took) {
    record::Check check;
    check.id = step.id;
    check.title = step.title.empty() ? what(step, made) : step.title;
    check.severity = step.severity;
    check.duration = took;
    if (made.faults.empty()) {
        ++passed_;
        check.message = what(step, made);
    } else {
        ++failed_;
        check.status = CheckStatus::failed;
        check.message = probe::message_of(made.faults);
        check.hint = made.hint;
        check.expected = made.faults.front().expected;
        check.actual = made.faults.front().actual;
        check.where = step.where;
        if (first_failure_.empty()) {
            first_failure_ = step.id + ": " + first_line(check.message);
        }
    }
    ended_[step.id] = check.status;
    keep(step, made, check);
    tell(step, check, made);
    world_.context.record.add(std::move(check));
}

void Runner::skip(Step const& step, std::string const& why) {
    ++skipped_;
    record::Check check;
    check.id = step.id;
    check.title = step.title.empty() ? step.id : step.title;
    check.severity = step.severity;
    check.status = CheckStatus::skipped;
    check.message = why;
    ended_[step.id] = check.status;
    keep(step, {}, check);
    world_.context.log.info(fmt::format("skipped {}: {}", step.id, why));
    world_.context.record.add(std::move(check));
}

void Runner::tell(Step const& step, record::Check const& check, Attempt const& made) {
    auto& log = world_.context.log;
    if (check.status == CheckStatus::passed) {
        log.info(fmt::format(
            "passed  {} ({}, {})",
            step.id,
            world_.context.redactor.redact(what(step, made)),
            time::human_duration(check.duration.value_or(time::Milliseconds{0}))));
    } else {
        log.problem(log::Level::error, step.where, step.id, check.message);
    }
}

void Runner::keep(Step const& step, Attempt const& made, record::Check const& check) {
    json::Value entry{{"id", step.id}, {"kind", name(step.kind)}};
    if (!step.on_database()) {
        entry["method"] = step.request.method;
        // Before it is cut: half a secret is none that the redactor knows.
        entry["path"] =
            text::shorten(text::to_utf8(world_.context.redactor.redact(made.path)), longest_path);
        entry["status"] = made.status == 0 ? json::Value{} : json::Value(made.status);
    }
    entry["latency_ms"] = made.latency_ms ? json::Value(*made.latency_ms) : json::Value{};
    entry["outcome"] = record::name(check.status);
    (*world_.context.record.data)["steps"].push_back(std::move(entry));
    if (made.latency_ms) {
        record::Metric metric;
        metric.name = step.on_database() ? "sql.latency" : "http.latency";
        metric.unit = "ms";
        metric.labels["step"] = step.id;
        metric.value = *made.latency_ms;
        world_.context.record.metrics.push_back(std::move(metric));
    }
}

} // namespace slipway::smoke_http
