// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

constexpr std::size_t requests_at_a_time = 16;

} // namespace

World::World(Suite const& its_suite, Shared& all, std::unique_lock<std::mutex>& held)
    : suite(its_suite), context(all.context), shared(all), variables(*all.variables), lock_(held),
      client_(std::make_unique<http::Client>(http::Options{requests_at_a_time, all.context.stop})),
      stop_(all.context.stop) {}

void World::ignore_stop() {
    stop_ = {};
    client_ = std::make_unique<http::Client>(http::Options{requests_at_a_time, {}});
}

http::Outcome World::send(Step const& step, http::Request const& request, time::Deadline deadline) {
    auto const started = context.clock.now();
    auto outcome = unlocked([&] { return client_->fetch(request, deadline); });
    shared.exchanges.add(step.id, request, outcome, started);
    return outcome;
}

std::vector<http::Outcome>
World::send_all(Step const& step, std::vector<http::Request> requests, time::Deadline deadline) {
    auto const started = context.clock.now();
    auto const first = requests.front();
    auto outcomes = unlocked([&] { return client_->fetch_all(std::move(requests), deadline); });
    shared.exchanges.add(step.id, first, outcomes.front(), started);
    return outcomes;
}

bool World::sleep(time::Milliseconds pause) {
    return unlocked([&] { return context.clock.sleep(pause, stop_); });
}

void World::set(std::string const& name, json::Value value) {
    (*variables)[name] = value;
    (*shared.variables)[name] = std::move(value);
}

void World::unset(std::string const& name) {
    variables->erase(name);
    shared.variables->erase(name);
}

} // namespace slipway::smoke_http
