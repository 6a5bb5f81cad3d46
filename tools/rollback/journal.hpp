// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "tool/context.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rollback {

/// How far a step is.
enum class State : std::uint8_t { running, passed, failed, skipped };

std::string_view name(State state);

struct Step {
    std::string id; // `safety`, `quiesce`, `app`, `database`, `resume`, `health`
    State state = State::running;
    std::string message;
    std::optional<time::Milliseconds> duration;
};

/// The steps of a rollback as they are taken, in the record's data before and after each: what a
/// kill interrupts can be read from it.
class Journal {
public:
    explicit Journal(tool::Context& context) : context_(context) {}

    /// Takes a step; `work` returns what to tell of it. Notes a check; what it throws is rethrown.
    void take(std::string id, std::string title, std::function<std::string()> const& work);

    /// Notes a step that is not taken.
    void skip(std::string id, std::string why);

    /// The state of a step; nothing where it was not reached.
    [[nodiscard]] std::optional<State> state(std::string_view id) const;

    [[nodiscard]] json::Value to_json() const;

private:
    void tell();

    tool::Context& context_;
    std::vector<Step> steps_;
};

} // namespace slipway::rollback
