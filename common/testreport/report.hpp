// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "fs/file.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::testreport {

/// How one test ended: `failed` where what it expects was not so, `error` where it could not run
/// to its end.
enum class Outcome : std::uint8_t { passed, failed, error, skipped };

/// One test of a report.
struct Case {
    std::string suite; // its class, or the suites around it
    std::string name;
    Outcome outcome = Outcome::passed;
    bool flaky = false;  // passed, but not at the first try
    std::string message; // why it did not pass; the first line of it where the report has more
    std::string details; // stack and the like
    Where where;         // where the report says that it failed, else where the test stands
    std::optional<time::Milliseconds> duration;

    [[nodiscard]] bool bad() const {
        return outcome == Outcome::failed || outcome == Outcome::error;
    }

    /// `suite › name`, or the name alone.
    [[nodiscard]] std::string title() const;
};

/// Reads a report of any format that is known, told by its content: JUnit XML, the JSON of vitest
/// and jest, TAP, the JSON of pytest (pytest-json-report), and of `go test -json`. As
/// read_junit(); throws usage where it is none of these.
std::int64_t read(fs::Path const& path, std::function<void(Case)> const& each);

/// As read(), of text; `name` stands for the file.
std::int64_t parse(std::string text, std::string name, std::function<void(Case)> const& each);

/// Reads JUnit XML in the dialects of Ant, Maven Surefire, Gradle, pytest, Jest, node, Boost.Test,
/// CTest, GoogleTest and PHPUnit: suites nested or flat, times as they come, repeated tries
/// (flakyFailure, rerunFailure). `each` is handed one test after the other; returns how many
/// failures and errors the head of the report counts: a report that counts some and shows none
/// has lost them. Throws usage with file and line where it is no such report.
std::int64_t read_junit(fs::Path const& path, std::function<void(Case)> const& each);

/// As read_junit(), of text; `name` stands for the file.
std::int64_t parse_junit(std::string text, std::string name, std::function<void(Case)> const& each);

/// The word for an outcome: `passed`, ….
std::string_view name(Outcome outcome);

} // namespace slipway::testreport
