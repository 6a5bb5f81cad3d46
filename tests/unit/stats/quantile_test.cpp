// SPDX-License-Identifier: Apache-2.0
#include "stats/quantile.hpp"

#include "stats/sketch.hpp"
#include "support/errors.hpp"

#include <cmath>
#include <random>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(stats_quantile)

using namespace slipway;
using stats::quantile;
using stats::Sketch;

BOOST_AUTO_TEST_CASE(quantiles_are_those_of_definition_7) {
    // R: quantile(c(1, 2, 3, 4, 10), c(0, .25, .5, .95, 1), type = 7)
    std::vector<double> const values{10, 1, 4, 2, 3};
    BOOST_TEST(quantile(values, 0) == 1);
    BOOST_TEST(quantile(values, 0.25) == 2);
    BOOST_TEST(quantile(values, 0.5) == 3);
    BOOST_TEST(quantile(values, 0.95) == 8.8, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(quantile(values, 1) == 10);
    BOOST_TEST(quantile({7}, 0.99) == 7);
    BOOST_TEST(quantile({1, 2}, 0.5) == 1.5);
}

BOOST_AUTO_TEST_CASE(a_quantile_of_nothing_is_a_fault_of_the_caller) {
    for (auto const& bad : {std::pair{std::vector<double>{}, 0.5}, {{1.0}, 1.1}, {{1.0}, -0.1}}) {
        auto const error = support::error_of([&] { (void)quantile(bad.first, bad.second); });
        BOOST_TEST((error.kind() == ErrorKind::internal));
    }
    BOOST_TEST(
        (support::error_of([&] { (void)Sketch{}.quantile(0.5); }).kind() == ErrorKind::internal));
}

BOOST_AUTO_TEST_CASE(a_sketch_is_within_one_percent_of_the_exact_quantile) {
    std::mt19937 random{7};
    std::lognormal_distribution<double> latency{3, 1};
    Sketch sketch;
    std::vector<double> values;
    for (int i = 0; i < 20'000; ++i) {
        values.push_back(latency(random));
        sketch.add(values.back());
    }
    for (double const q : {0.01, 0.5, 0.95, 0.99}) {
        double const exact = quantile(values, q);
        BOOST_TEST(std::abs(sketch.quantile(q) - exact) <= 0.0101 * exact, q);
    }
    BOOST_TEST(sketch.count() == 20'000);
    BOOST_TEST(sketch.quantile(0) == sketch.least());
    BOOST_TEST(sketch.quantile(1) == sketch.greatest());
}

BOOST_AUTO_TEST_CASE(a_sketch_keeps_zeros_and_huge_values_apart) {
    Sketch sketch;
    for (double const value : {0.0, 0.0, -1.0, 5.0, 1e20}) {
        sketch.add(value);
    }
    BOOST_TEST(sketch.quantile(0.5) == 0);
    BOOST_TEST(sketch.quantile(0.8) == 5, boost::test_tools::tolerance(0.01));
    BOOST_TEST(sketch.least() == -1);
    BOOST_TEST(sketch.greatest() == 1e20);
}

BOOST_AUTO_TEST_CASE(the_mean_of_equal_values_is_that_value) {
    Sketch sketch;
    for (int i = 0; i < 1000; ++i) {
        sketch.add(97);
    }
    BOOST_TEST(sketch.mean() == 97);
    BOOST_TEST(sketch.quantile(0.95) == 97);
}

BOOST_AUTO_TEST_SUITE_END()
