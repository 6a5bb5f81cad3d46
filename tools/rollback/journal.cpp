// SPDX-License-Identifier: Apache-2.0
#include "journal.hpp"

#include "error/error.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace slipway::rollback {

std::string_view name(State state) {
    switch (state) {
    case State::running:
        return "running";
    case State::passed:
        return "passed";
    case State::failed:
        return "failed";
    case State::skipped:
        return "skipped";
    }
    return "";
}

void Journal::take(std::string id, std::string title, std::function<std::string()> const& work) {
    context_.log.info(title, {{"step", id}});
    steps_.push_back({id, State::running, {}, {}});
    tell();
    auto const began = context_.clock.steady();
    auto const end = [&](State state, std::string message) {
        auto& step = steps_.back();
        step.state = state;
        step.message = std::move(message);
        step.duration =
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began);
        auto& check = context_.record.note(
            "rollback." + id, std::move(title), state == State::failed ? step.message : "");
        check.message = step.message;
        check.duration = step.duration;
        tell();
    };
    try {
        end(State::passed, work());
    } catch (Error const& error) {
        end(State::failed, error.message());
        throw;
    }
}

void Journal::skip(std::string id, std::string why) {
    steps_.push_back({std::move(id), State::skipped, std::move(why), {}});
    tell();
}

std::optional<State> Journal::state(std::string_view id) const {
    auto const found =
        std::find_if(steps_.begin(), steps_.end(), [&](Step const& step) { return step.id == id; });
    return found == steps_.end() ? std::nullopt : std::optional{found->state};
}

json::Value Journal::to_json() const {
    auto out = json::Value::array();
    for (auto const& step : steps_) {
        out.push_back({{"id", step.id}, {"state", name(step.state)}, {"message", step.message}});
        if (step.duration) {
            out.back()["duration_ms"] = step.duration->count();
        }
    }
    return out;
}

void Journal::tell() {
    (*context_.record.data)["steps"] = to_json();
    context_.checkpoint();
}

} // namespace slipway::rollback
