// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: the formats besides JUnit XML. Each hands over one test after the other and
// returns how many failures the report counts without showing them; each throws usage with the
// file, and line where it is known.
#pragma once

#include "json/value.hpp"
#include "testreport/report.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace slipway::testreport {

using Each = std::function<void(Case)>;

/// vitest's and jest's `--reporter=json` and `--json`.
std::int64_t read_jest(json::Value const& report, Each const& each);

/// pytest-json-report's file.
std::int64_t read_pytest(json::Value const& report, Each const& each);

/// `go test -json`: one event a line. A package that failed without a failed test (it was not
/// built) is a test of its own; one that never ended is an error.
std::int64_t read_go(std::string_view text, std::string const& name, Each const& each);

/// TAP 12 to 14, subtests by their indentation. Tests that the plan promises and that are not
/// there are an error, as is `Bail out!`.
std::int64_t read_tap(std::string_view text, std::string const& name, Each const& each);

/// Seconds or milliseconds as JSON has them; nothing where it is no number, or no sensible one.
std::optional<time::Milliseconds> milliseconds(json::Value const& value, double factor = 1);

/// The first line that is not blank.
std::string first_line(std::string_view text);

/// `details`, cut to a size that a record can hold.
std::string shortened(std::string const& details);

} // namespace slipway::testreport
