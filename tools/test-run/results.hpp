// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "report_files.hpp"
#include "testreport/report.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace slipway::test_run {

/// What became of one report.
struct ReportFile {
    enum class State : std::uint8_t { read, stale, broken };
    fs::Path path;
    State state = State::read;
    std::size_t tests = 0;
    std::string cause; // where it is broken
    Where where;
};

struct Slow {
    std::string title;
    time::Milliseconds duration{0};
};

/// All reports of a run together.
struct Results {
    std::vector<ReportFile> files;
    std::int64_t passed = 0;
    std::int64_t failed = 0;
    std::int64_t errors = 0;
    std::int64_t skipped = 0;
    std::vector<testreport::Case> bad; // failed and error, in the order of the reports
    std::vector<std::string> flaky;
    std::vector<Slow> slowest;      // at most ten, the slowest first
    std::set<std::string> titles;   // where they are wanted
    std::set<std::string> good;     // the titles of those that passed
    std::int64_t lost_failures = 0; // counted in the heads of reports that show none

    [[nodiscard]] std::int64_t run() const { return passed + failed + errors; }
    [[nodiscard]] std::size_t count(ReportFile::State state) const;
};

/// Reads the fresh reports one after the other; `each` hears of every test. A broken one is noted,
/// and the others are read all the same. `titles`: whether the names of all tests are wanted.
Results read_results(
    Written const& written,
    bool titles,
    std::function<void(testreport::Case const&)> const& each);

/// Takes over from a run that tried again what it says of the tests that failed: one that passes
/// now is passed and flaky; what fails still, or was not run again, stays; so does one that failed
/// only now.
void take_retry(Results& results, Results const& again);

/// Where a failure stands, relative to the working folder where it is below it.
Where relative(Where where);

} // namespace slipway::test_run
