// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::preflight {

/// The lines that tests could cover, and those that they did.
struct Coverage {
    std::int64_t found = 0;
    std::int64_t hit = 0;
    std::string format; // `lcov`, `Cobertura`, `JaCoCo`, `Istanbul`, `Istanbul summary`
};

/// Reads a coverage report of lcov (geninfo's LF and LH), Cobertura or JaCoCo XML, or Istanbul
/// (coverage-final.json, coverage-summary.json), told apart by its content; throws usage with the
/// file, and line where it is known, where it is none of these or counts no line.
Coverage read_coverage(fs::Path const& path);

/// The errors that a linter's report tells, each with its place: ESLint's JSON, SARIF, or
/// Checkstyle XML; throws usage where it is none of these.
std::vector<std::string> read_lint_errors(fs::Path const& path);

} // namespace slipway::preflight
