// SPDX-License-Identifier: Apache-2.0
#include "verdict/threshold.hpp"

#include "support/errors.hpp"

#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(verdict_threshold)

using namespace slipway;
using verdict::Hysteresis;
using verdict::State;
using verdict::Threshold;
using verdict::Worse;

namespace {

Threshold const percent{1, 5};

std::vector<State> states(Threshold const& threshold, std::vector<double> const& values) {
    Hysteresis hysteresis{threshold};
    std::vector<State> out;
    for (double const value : values) {
        out.push_back(hysteresis.add(value));
    }
    return out;
}

constexpr auto N = State::normal;
constexpr auto W = State::warning;
constexpr auto C = State::critical;

} // namespace

BOOST_AUTO_TEST_CASE(a_value_at_a_limit_is_still_on_its_good_side) {
    BOOST_TEST((percent.of(1) == N));
    BOOST_TEST((percent.of(1.0001) == W));
    BOOST_TEST((percent.of(5) == W));
    BOOST_TEST((percent.of(5.0001) == C));
}

BOOST_AUTO_TEST_CASE(where_lower_is_worse_the_limits_are_read_the_other_way) {
    Threshold const hits{98, 90, Worse::lower};
    BOOST_TEST((hits.of(98) == N));
    BOOST_TEST((hits.of(97.9) == W));
    BOOST_TEST((hits.of(90) == W));
    BOOST_TEST((hits.of(89.9) == C));
    BOOST_TEST(hits.words(W) == "below 98");
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_not_given_is_never_passed) {
    Threshold const warns{1, std::nullopt};
    BOOST_TEST((warns.of(1e9) == W));
    BOOST_TEST(warns.words(C).empty());
    BOOST_TEST((Threshold{std::nullopt, 5}.of(4) == N));
}

BOOST_AUTO_TEST_CASE(one_bad_sample_alone_changes_nothing) {
    BOOST_TEST((states(percent, {0, 9, 0, 9, 0}) == std::vector{N, N, N, N, N}));
}

BOOST_AUTO_TEST_CASE(two_bad_samples_in_a_row_raise_the_state_to_the_milder_of_them) {
    BOOST_TEST((states(percent, {0, 9, 2, 9, 9}) == std::vector{N, N, W, W, C}));
}

BOOST_AUTO_TEST_CASE(two_better_samples_in_a_row_lower_the_state_to_the_worse_of_them) {
    BOOST_TEST((states(percent, {9, 9, 0, 9, 0, 2, 0, 0}) == std::vector{N, C, C, C, C, W, W, N}));
}

BOOST_AUTO_TEST_CASE(with_one_sample_in_a_row_every_sample_counts) {
    BOOST_TEST((states({1, 5, Worse::higher, 1}, {0, 9, 2, 0}) == std::vector{N, C, W, N}));
}

BOOST_AUTO_TEST_CASE(the_worst_state_is_remembered_after_it_has_passed) {
    Hysteresis hysteresis{percent};
    for (double const value : {9.0, 9.0, 0.0, 0.0}) {
        hysteresis.add(value);
    }
    BOOST_TEST((hysteresis.state() == N));
    BOOST_TEST((hysteresis.worst() == C));
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_a_fault_of_the_caller) {
    Hysteresis hysteresis{percent};
    auto const nan = std::numeric_limits<double>::quiet_NaN();
    BOOST_TEST((support::error_of([&] { hysteresis.add(nan); }).kind() == ErrorKind::internal));
    auto const none = support::error_of([] { Hysteresis{Threshold{1, 5, Worse::higher, 0}}; });
    BOOST_TEST((none.kind() == ErrorKind::internal));
}

BOOST_AUTO_TEST_SUITE_END()
