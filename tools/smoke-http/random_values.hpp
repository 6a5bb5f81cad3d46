// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <random>
#include <string>
#include <vector>

namespace slipway::smoke_http {

/// The variables that every suite has: `run_uuid`, `run_timestamp` (seconds) and `run_number` are
/// the same for a whole run, `random_uuid`, `random_int` (0 to 999) and `now` (RFC 3339) new for
/// each step.
std::vector<std::string> const& standard_variables();

/// Sets those of the run; by nobody foreseen.
void add_run_values(json::Value& variables);

/// Sets those of a step, where the suite has none of that name.
void add_random_values(json::Value& variables, std::minstd_rand& random);

} // namespace slipway::smoke_http
