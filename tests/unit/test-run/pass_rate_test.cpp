// SPDX-License-Identifier: Apache-2.0
#include "pass_rate.hpp"

#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(test_run_pass_rate)

using namespace slipway;
using test_run::PassRate;
using test_run::percentage;

BOOST_AUTO_TEST_CASE(a_rate_is_met_exactly_or_not_at_all) {
    auto const rate = PassRate::parse("95%");
    BOOST_TEST(rate.met_by(19, 20));
    BOOST_TEST(rate.met_by(950, 1000));
    BOOST_TEST(!rate.met_by(949, 1000));
    BOOST_TEST(!rate.met_by(18, 19)); // 94.7 %
    auto const close = PassRate::parse("99.9%");
    BOOST_TEST(close.met_by(999'000'000, 1'000'000'000));
    BOOST_TEST(!close.met_by(998'999'999, 1'000'000'000));
    BOOST_TEST(PassRate::parse("0.95").met_by(19, 20));
    BOOST_TEST(!PassRate::parse("100%").met_by(999'999, 1'000'000));
    BOOST_TEST(PassRate::parse("33.333333%").met_by(1, 3));
    BOOST_TEST(!PassRate::parse("33.333334%").met_by(1, 3));
}

BOOST_AUTO_TEST_CASE(no_test_at_all_meets_no_rate) {
    BOOST_TEST(!PassRate::parse("0%").met_by(0, 0));
    BOOST_TEST(PassRate::parse("0%").met_by(0, 1));
}

BOOST_AUTO_TEST_CASE(a_rate_is_shown_as_a_percentage) {
    BOOST_TEST(PassRate::parse("0.95").text() == "95%");
    BOOST_TEST(PassRate::parse(" 99.90 %").text() == "99.9%");
    BOOST_TEST(PassRate::parse("1").text() == "100%");
    BOOST_TEST(PassRate::parse("1.0").text() == "100%");
}

BOOST_AUTO_TEST_CASE(what_is_no_rate_is_refused) {
    for (auto const* text :
         {"", "%", "95", "101%", "-1%", "1e2%", "99.1234567%", "5.%", "nan", "1.01"}) {
        auto const error = support::error_of([&] { PassRate::parse(text); });
        BOOST_CHECK(error.kind() == ErrorKind::usage);
    }
}

BOOST_AUTO_TEST_CASE(a_percentage_is_never_rounded_up) {
    BOOST_TEST(percentage(9999, 10'000) == "99.99%");
    BOOST_TEST(percentage(99'999, 100'000) == "99.99%");
    BOOST_TEST(percentage(14, 15) == "93.33%");
    BOOST_TEST(percentage(3, 3) == "100%");
    BOOST_TEST(percentage(0, 0) == "none");
}

BOOST_AUTO_TEST_SUITE_END()
