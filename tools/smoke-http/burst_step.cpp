// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

// So many at a time, and not the whole burst at once: the server is left alone as soon as it
// showed what was asked for.
constexpr std::size_t volley = 16;

struct Tally {
    std::map<int, int> by_status;
    std::optional<http::Response> wanted; // the first with the status that was asked for
    std::optional<http::Response> unwanted;
    std::optional<Error> error;
    int errors = 0;
    int sent = 0;
};

std::string shown(Tally const& tally) {
    std::vector<std::string> parts;
    for (auto const& entry : tally.by_status) {
        parts.push_back(fmt::format("{} × {}", entry.second, entry.first));
    }
    return text::join(parts, ", ");
}

class Burst {
public:
    Burst(Step const& step, World& world) : step_(step), world_(world) {
        if (!step.expect.some_status.empty()) {
            some_.emplace(std::vector<std::string>{step.expect.some_status});
        }
        // With nothing said at all, all answers have to be good.
        if (!step.expect.status.empty() || !some_) {
            every_.emplace(
                step.expect.status.empty() ? std::vector<std::string>{"2xx"} : step.expect.status);
        }
    }

    Tally fire(http::Request const& request) {
        auto const deadline = world_.shared.deadline.sooner(step_.burst_within);
        while (tally_.sent < step_.burst_count && !deadline.expired() && !tally_.wanted) {
            signal::throw_if_stopped(world_.context.stop);
            auto const left = static_cast<std::size_t>(step_.burst_count - tally_.sent);
            std::vector<http::Request> requests(std::min(volley, left), request);
            tally_.sent += static_cast<int>(requests.size());
            for (auto& outcome : world_.send_all(step_, std::move(requests), deadline)) {
                count(outcome);
            }
            if (tally_.by_status.empty()) {
                break; // nobody is there
            }
        }
        return std::move(tally_);
    }

    [[nodiscard]] std::vector<probe::Fault> judge(Tally const& tally) const {
        std::vector<probe::Fault> faults;
        auto const fault = [&](std::string const& message, Value expected, Value actual) {
            faults.push_back(
                {"burst",
                 "burst: " + message,
                 json::Box{std::move(expected)},
                 json::Box{std::move(actual)}});
        };
        if (some_ && !tally.wanted) {
            fault(
                fmt::format(
                    "none of {} answers within {} was {}: {}",
                    tally.sent - tally.errors,
                    time::human_duration(step_.burst_within),
                    some_->text(),
                    shown(tally)),
                some_->text(),
                shown(tally));
        }
        if (tally.unwanted) {
            fault(
                fmt::format("expected only {}, got {}", every_->text(), shown(tally)),
                every_->text(),
                tally.unwanted->status);
        }
        if (tally.errors > 0) {
            fault(
                fmt::format(
                    "{} of {} requests got no answer: {}",
                    tally.errors,
                    tally.sent,
                    tally.error->message()),
                Value{},
                Value{});
        }
        return faults;
    }

private:
    void count(http::Outcome& outcome) {
        if (auto const* error = std::get_if<Error>(&outcome)) {
            ++tally_.errors;
            tally_.error = tally_.error ? tally_.error : std::optional{*error};
            return;
        }
        auto& response = std::get<http::Response>(outcome);
        ++tally_.by_status[response.status];
        if (some_ && some_->has(response.status)) {
            tally_.wanted = tally_.wanted ? std::move(tally_.wanted) : std::move(response);
        } else if (every_ && !every_->has(response.status)) {
            tally_.unwanted = std::move(response);
        }
    }

    Step const& step_;
    World& world_;
    std::optional<probe::StatusSet> some_;
    std::optional<probe::StatusSet> every_;
    Tally tally_;
};

} // namespace

Attempt attempt_burst(Step const& step, World& world) {
    Attempt made;
    auto const request = request_of(step, world, made);
    made.not_tried = world.shared.given_up.contains(made.origin);
    if (made.not_tried) {
        return made;
    }
    Burst burst{step, world};
    auto const tally = burst.fire(request);
    signal::throw_if_stopped(world.context.stop);
    if (tally.by_status.empty() && tally.error) {
        note_error(made, *tally.error);
        return made;
    }
    made.answered = true;
    made.faults = burst.judge(tally);
    if (tally.wanted) {
        made.status = tally.wanted->status;
        made.latency_ms =
            std::chrono::duration<double, std::milli>(tally.wanted->timings.total).count();
        probe::HttpExpectation headers;
        headers.headers = rules_of(step.expect.headers, *world.variables);
        auto more = probe::judge(
            headers,
            *tally.wanted,
            {world.suite.program.get(), *world.variables, world.context.redactor});
        std::move(more.begin(), more.end(), std::back_inserter(made.faults));
        auto missing = capture(step, probe::body_as_json(*tally.wanted), &*tally.wanted, world);
        std::move(missing.begin(), missing.end(), std::back_inserter(made.faults));
    }
    return made;
}

} // namespace slipway::smoke_http
