// SPDX-License-Identifier: Apache-2.0
#include "watch.hpp"

#include "retry/retry.hpp"
#include "signal/stop.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <future>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::health_check {

namespace {

using probe::Look;

// A log in CI shows at least so often that the tool is alive.
constexpr std::chrono::seconds told_every{10};

pg::Options connection_options(Probe const& probe, tool::Context const& context) {
    pg::Options options = target::limits(context);
    options.connect_timeout = probe.timeout;
    options.deadline = context.deadline.sooner(probe.timeout);
    return options;
}

std::string first_line(std::string const& text) {
    return text.substr(0, text.find('\n'));
}

} // namespace

Watch::Watch(Options const& options, Probes const& probes, tool::Context& context)
    : options_(options), probes_(probes), context_(context),
      client_(http::Options{16, context.stop}), looks_(probes.list.size()),
      reached_(probes.list.size(), false), started_(context.clock.steady()), ended_(started_) {}

void Watch::look_at_http() {
    std::vector<http::Request> requests;
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < probes_.list.size(); ++i) {
        auto const& probe = probes_.list[i];
        if (probe.kind == Kind::http) {
            http::Request request;
            request.url = probe.subject;
            request.timeout = probe.timeout;
            request.ca_file = probe.ca_file;
            request.headers.add("accept", "application/health+json, application/json, */*;q=0.5");
            requests.push_back(std::move(request));
            which.push_back(i);
        }
    }
    json::Value const no_variables = json::Value::object();
    auto const outcomes = client_.fetch_all(std::move(requests), context_.deadline);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto const& probe = probes_.list[which[i]];
        looks_[which[i]] = probe::look_at_health(
            probe.id,
            outcomes[i],
            probe.expected,
            {probes_.program.get(), no_variables, context_.redactor});
    }
}

void Watch::look() {
    std::vector<std::pair<std::size_t, std::future<Look>>> others;
    for (std::size_t i = 0; i < probes_.list.size(); ++i) {
        auto const& probe = probes_.list[i];
        if (probe.kind != Kind::http) {
            others.emplace_back(i, std::async(std::launch::async, [this, &probe] {
                                    return probe.look(probe, connection_options(probe, context_));
                                }));
        }
    }
    look_at_http();
    for (auto& other : others) {
        looks_[other.first] = other.second.get();
    }
    for (std::size_t i = 0; i < looks_.size(); ++i) {
        reached_[i] = reached_[i] || looks_[i].state != Look::State::unreached;
    }
    ++rounds_;
    streak_ = all_good() ? streak_ + 1 : 0;
    failures_ = all_good() ? 0 : failures_ + 1;
    ended_ = context_.clock.steady();
}

bool Watch::all_good() const {
    return std::all_of(looks_.begin(), looks_.end(), [](Look const& look) {
        return look.state == Look::State::good;
    });
}

bool Watch::any_hopeless() const {
    return std::any_of(
        looks_.begin(), looks_.end(), [](Look const& look) { return look.hopeless; });
}

void Watch::tell_what_is_waited_for() {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < looks_.size(); ++i) {
        if (looks_[i].state != Look::State::good) {
            parts.push_back(probes_.list[i].id + ": " + first_line(looks_[i].brief));
        }
    }
    auto const text = parts.empty()
                          ? fmt::format("good {} of {} times", streak_, options_.consecutive)
                          : "waiting for " + text::join(parts, "; ");
    auto const now = context_.clock.steady();
    context_.log.status_line(text);
    if (text != told_ || now - told_at_ >= told_every) {
        context_.log.info(text);
        told_ = text;
        told_at_ = now;
    }
}

time::Milliseconds Watch::pause() const {
    retry::Policy policy;
    policy.first = options_.every;
    policy.cap = std::max<time::Milliseconds>(options_.every, time::Milliseconds{5000});
    policy.jitter = 0;
    auto const next = static_cast<int>(std::min<std::int64_t>(failures_ + 1, 20));
    return failures_ == 0 ? options_.every : retry::wait_before(policy, std::max(next, 2), 0);
}

void Watch::wait() {
    // A signal during a round says more than what the round then reports.
    auto const deadline = time::Deadline::after(options_.wait);
    for (;;) {
        try {
            look();
        } catch (Error const&) {
            signal::throw_if_stopped(context_.stop);
            throw;
        }
        signal::throw_if_stopped(context_.stop);
        if (healthy() || any_hopeless()) {
            return;
        }
        auto const left = deadline.remaining();
        bool const nearly = all_good() && options_.wait.count() == 0; // once means --consecutive
        if (left.count() <= 0 && !nearly) {
            return;
        }
        tell_what_is_waited_for();
        // The last look is when the time is up, not a pause before.
        auto const rest = nearly ? pause() : std::min(pause(), left);
        context_.clock.sleep(rest, context_.stop);
        signal::throw_if_stopped(context_.stop);
    }
}

void Watch::note() const {
    auto& record = context_.record;
    auto& data = *record.data;
    auto const waited = std::chrono::duration_cast<time::Milliseconds>(ended_ - started_);
    data["attempts"] = rounds_;
    data["waited_ms"] = waited.count();
    data["probes"] = json::Value::array();
    for (std::size_t i = 0; i < looks_.size(); ++i) {
        auto const& look = looks_[i];
        auto const& probe = probes_.list[i];
        bool const seen = !look.checks.empty(); // not where the first round was stopped
        data["probes"].push_back(
            {{"id", probe.id},
             {"kind", name(probe.kind)},
             {"subject", probe.shown},
             {"state", seen ? json::Value(probe::name(look.state)) : json::Value{}},
             {"message", look.brief},
             {"latency_ms", look.latency_ms ? json::Value(*look.latency_ms) : json::Value{}}});
        for (auto const& check : look.checks) {
            record.add(check);
        }
        record.metrics.insert(record.metrics.end(), look.metrics.begin(), look.metrics.end());
        if (look.latency_ms) {
            record::Metric metric;
            metric.name = "probe.latency";
            metric.unit = "ms";
            metric.labels["probe"] = probe.id;
            metric.value = *look.latency_ms;
            record.metrics.push_back(std::move(metric));
        }
    }
}

std::optional<Error> Watch::ending() const {
    std::optional<Error> unreached;
    bool wrong = false;
    for (std::size_t i = 0; i < looks_.size(); ++i) {
        auto const& look = looks_[i];
        if (look.hopeless && look.error && look.error->kind() == ErrorKind::usage) {
            return look.error->with_context(probes_.list[i].id);
        }
        wrong = wrong || (look.state != Look::State::good && reached_[i]);
        if (look.state == Look::State::unreached && !reached_[i] && !unreached) {
            // A probe's own short deadline is no deadline of the run: nobody was reached.
            unreached =
                Error{ErrorKind::unavailable, look.brief, look.error ? look.error->hint() : ""}
                    .with_context(probes_.list[i].id);
        }
    }
    return wrong ? std::nullopt : unreached;
}

std::string Watch::summary() const {
    auto const waited = std::chrono::duration_cast<time::Milliseconds>(ended_ - started_);
    auto const after = fmt::format(
        "after {} ({})",
        time::human_duration(waited),
        text::counted(static_cast<std::size_t>(rounds_), "attempt"));
    if (healthy()) {
        return fmt::format("{} healthy {}", text::counted(looks_.size(), "probe"), after);
    }
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < looks_.size(); ++i) {
        if (looks_[i].state != Look::State::good) {
            parts.push_back(probes_.list[i].id + ": " + first_line(looks_[i].brief));
        }
    }
    return parts.empty() ? fmt::format("healthy, but not for long enough {}", after)
                         : fmt::format("{} {}", text::join(parts, "; "), after);
}

} // namespace slipway::health_check
