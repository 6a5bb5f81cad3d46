// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attempt.hpp"
#include "record/record.hpp"

#include <string>

namespace slipway::smoke_http {

/// How a step ended, as the record tells it.
struct Outcome {
    record::Check check;
    Attempt made;
    int attempts = 0;
    bool skipped = false;
};

/// The outcome of a step that was tried.
Outcome tried(Step const& step, Attempt made, int attempts, time::Milliseconds took);

/// The outcome of a step that was not, and why.
Outcome skipped(Step const& step, std::string const& why);

/// Adds the outcome to the record: a check, a metric, an entry of `data.steps`.
void keep(Step const& step, Outcome outcome, tool::Context& context);

/// Tells a reader of the log.
void tell(Step const& step, Outcome const& outcome, tool::Context& context);

} // namespace slipway::smoke_http
