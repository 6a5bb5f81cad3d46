// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "findings.hpp"

#include <string>
#include <vector>

namespace slipway::monitor {

/// Whether each log was seen at all, and what it says that it did not say before.
std::vector<record::Check> log_checks(Judge const& judge, Purpose purpose);

/// `data.logs` of the record.
json::Value logs_json(Judge const& judge);

/// The logs of which no line was seen though some should be: `app, worker`; else empty.
std::string silent_logs(Judge const& judge);

/// How the logs are now: `app 12 lines/min, 3 errors/min, 1 new`; empty where there are none.
std::string log_words(Judge const& judge);

} // namespace slipway::monitor
