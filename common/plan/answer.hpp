// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/question.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::plan {

/// What the data say to a question.
struct Answer {
    enum class Status : std::uint8_t {
        holds,     // no row breaks it
        broken,    // some do, and nothing before the statement changes them
        depends,   // some do now, and an earlier pending statement may mend them
        undecided, // it could not be found out
        not_yet,   // what it is about is made by an earlier pending statement
    };
    Status status = Status::undecided;
    std::int64_t rows = 0;              // that break it
    bool at_least = false;              // there may be more
    std::optional<std::int64_t> values; // that these rows share, of `unique`
    std::vector<std::string> keys;      // of some of these rows
    std::string reason;                 // of undecided, depends and not_yet
    time::Milliseconds took{0};
};

/// `holds`, …, as records have it.
std::string_view name(Answer::Status status);

struct AnswerLimits {
    time::Milliseconds time{5000}; // of one question; 0: none is asked
    std::int64_t keys = 3;
};

/// Asks the data, in a read-only transaction of its own that ends at the limit; what cannot be
/// asked is undecided and says why. Throws where the connection is lost or a stop is requested.
Answer answer(pg::Connection& connection, Question const& question, AnswerLimits const& limits);

/// What was found, for people: `2 values occur more than once, in 5 rows`.
std::string words(Question const& question, Answer const& answer);

} // namespace slipway::plan
