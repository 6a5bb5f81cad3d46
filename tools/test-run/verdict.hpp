// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pass_rate.hpp"
#include "proc/command.hpp"
#include "record/record.hpp"
#include "results.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::test_run {

/// All that a verdict is made of.
struct Evidence {
    proc::Outcome outcome;
    Results results;
    PassRate gate;
    std::optional<std::set<std::string>> baseline; // the tests that have to be there
};

/// What of it goes into the record.
struct Verdict {
    std::vector<record::Check> checks;
    std::string summary;
    std::vector<std::string> vanished;
    std::size_t omitted = 0; // failed tests without a check of their own
    /// Why there is no verdict on the tests, where nothing failed: whatever the policy, a run
    /// without a whole report is not green.
    std::optional<Error> undecided;
};

/// Judges a command that has ended by itself or by a signal of its own.
Verdict judge(Evidence const& evidence);

} // namespace slipway::test_run
