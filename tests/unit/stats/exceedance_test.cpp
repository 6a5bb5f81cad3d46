// SPDX-License-Identifier: Apache-2.0
// The figures are those that the published formula gives, reckoned independently of this code.
#include "stats/exceedance.hpp"

#include "support/errors.hpp"

#include <cmath>
#include <random>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(stats_exceedance)

using namespace slipway;
using stats::ExceedanceProcess;
using stats::Usual;

namespace {

// Of m earlier values at the limit of 0.8, one of 0 and one of 1 being good and bad.
Usual usual_of(double m) {
    double const k = std::ceil(0.8 * (m + 1) - 1e-9);
    return {0.5, m - k + 1, k, 0};
}

// What the odds are after each; the onset at the start has the whole weight: 2 E - 1 where no
// other onset has begun, which are far off.
std::vector<double> alone(double m, std::string const& pattern) {
    ExceedanceProcess process{usual_of(m), 24'000};
    std::vector<double> out;
    for (char const each : pattern) {
        process.add(each == '1' ? 1 : 0);
        out.push_back(2 * process.odds() - 1);
    }
    return out;
}

void require_near(std::vector<double> const& got, std::vector<double> const& expected) {
    BOOST_REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        BOOST_TEST(std::abs(got[i] - expected[i]) <= 1e-5 * expected[i] + 5e-7);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(one_onset_gives_the_published_odds) {
    BOOST_TEST(usual_of(30).expected() == 6.0 / 31);
    require_near(alone(30, "111111"), {3.08333, 9.69176, 30.1605, 91.255, 266.219, 746.827});
    require_near(
        alone(30, "0100100001"),
        {0.5,
         1.23297,
         0.719069,
         0.491793,
         0.992719,
         0.69243,
         0.518919,
         0.408022,
         0.331767,
         0.553418});
    require_near(
        alone(60, "11101111"),
        {3.04167, 9.98368, 33.9025, 8.81349, 25.585, 75.4705, 223.14, 655.686});
}

BOOST_AUTO_TEST_CASE(the_whole_mixture_gives_the_published_odds_and_finds_the_onset) {
    ExceedanceProcess process{usual_of(60), 240};
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(!process.add(0));
    }
    std::vector<double> const expected{
        0.567, 0.872, 2.213, 8.180, 34.435, 147.487, 621.844, 2558.07};
    for (double const odds : expected) {
        BOOST_TEST(process.add(1));
        BOOST_TEST(std::abs(process.odds() - odds) < 0.0006 * std::max(1.0, odds));
    }
    BOOST_TEST(process.onset().after == 20U);
    BOOST_TEST(process.onset().bad == 8U);
    BOOST_TEST(process.onset().values == 8U);
    for (int i = 0; i < 40; ++i) {
        process.add(0);
    }
    BOOST_TEST(process.highest_odds() > process.odds());
    BOOST_TEST(std::abs(process.highest_odds() - 2558.07) < 2);
}

BOOST_AUTO_TEST_CASE(the_example_of_the_page_has_odds_of_646) {
    ExceedanceProcess process{usual_of(60), 240};
    for (char const each : std::string{"11011101111"}) {
        process.add(each == '1' ? 1 : 0);
    }
    BOOST_TEST(std::lround(process.odds()) == 646);
    BOOST_TEST(process.bad() == 9U);
}

BOOST_AUTO_TEST_CASE(health_has_the_published_odds) {
    ExceedanceProcess process{usual_of(60), 240};
    for (int i = 1; i <= 12; ++i) {
        process.add(0);
        double const odds = process.odds_of_health();
        if (i == 4) {
            BOOST_TEST(std::abs(odds - 6.2) < 0.005);
        } else if (i == 8) {
            BOOST_TEST(std::abs(odds - 56.78) < 0.005);
        } else if (i == 12) {
            BOOST_TEST(std::abs(odds - 630.08) < 0.005);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_upper_tail_does_not_drown_in_rounding) {
    // So many good values leave a tail of 1e-30 and less: as one less the lower one it would be
    // rounding noise, and the odds with it.
    ExceedanceProcess process{usual_of(60), 2400};
    for (int i = 0; i < 400; ++i) {
        process.add(0);
        BOOST_TEST(process.odds() >= 0);
    }
    BOOST_TEST(process.odds() < 1);
    BOOST_TEST(process.highest_odds() == 1);
    for (int i = 0; i < 100'000; ++i) {
        process.add(1);
    }
    BOOST_TEST(std::isfinite(process.odds()));
    BOOST_TEST(process.odds() > 1e100);
}

BOOST_AUTO_TEST_CASE(the_limit_is_an_order_statistic_with_a_margin) {
    std::vector<double> values;
    for (int i = 1; i <= 30; ++i) {
        values.push_back((i * 7) % 31);
    }
    auto const usual = stats::usual_of(values, {0.8, 1.1, 0});
    BOOST_TEST(usual.above == 6);
    BOOST_TEST(usual.below == 25);
    BOOST_TEST(std::abs(usual.limit - 27.5) < 1e-9);
    BOOST_TEST(stats::usual_of(values, {0.95, 1, 5}).limit == 35);
    BOOST_TEST(stats::usual_of(values, {0.95, 1, 0}).above == 1);
    values.resize(19);
    auto const error = support::error_of([&] { (void)stats::usual_of(values, {}); });
    BOOST_TEST((error.kind() == ErrorKind::internal));
}

BOOST_AUTO_TEST_CASE(a_value_at_the_limit_is_good) {
    ExceedanceProcess process{{1, 5, 20, 0}, 240};
    BOOST_TEST(!process.add(1));
    BOOST_TEST(process.add(std::nextafter(1.0, 2.0)));
}

BOOST_AUTO_TEST_CASE(values_that_tell_of_each_other_count_for_less) {
    std::vector<double> const alike(40, 7);
    BOOST_TEST(stats::rank_autocorrelation(alike) == 0);
    std::vector<double> rising;
    std::vector<double> alternating;
    for (int i = 0; i < 40; ++i) {
        rising.push_back(i);
        alternating.push_back(i % 2);
    }
    BOOST_TEST(
        stats::usual_of(rising, {}).dependence ==
        std::min(0.95, stats::rank_autocorrelation(rising) + 0.025));
    BOOST_TEST(stats::rank_autocorrelation(rising) > 0.9);
    BOOST_TEST(stats::rank_autocorrelation(alternating) < -0.9);
    BOOST_TEST(stats::usual_of(alternating, {}).dependence == 0);
    Usual usual = usual_of(60);
    ExceedanceProcess free{usual, 240};
    usual.dependence = 0.8;
    ExceedanceProcess dependent{usual, 240};
    for (int i = 0; i < 8; ++i) {
        free.add(1);
        dependent.add(1);
    }
    BOOST_TEST(dependent.odds() < free.odds() / 10);
    BOOST_TEST(dependent.odds_of_health() <= 1);
}

BOOST_AUTO_TEST_CASE(where_nothing_changed_the_odds_are_a_fair_game) {
    // The mean of the odds of exchangeable values is 1, whenever one looks.
    std::mt19937_64 random{20'261'126};
    std::normal_distribution<double> noise;
    constexpr int runs = 4000;
    double sum = 0;
    int alarms = 0;
    for (int run = 0; run < runs; ++run) {
        std::vector<double> before(30);
        for (auto& each : before) {
            each = noise(random);
        }
        auto usual = stats::usual_of(before, {});
        usual.dependence = 0;
        ExceedanceProcess process{usual, 24};
        for (int i = 0; i < 6; ++i) {
            process.add(noise(random));
        }
        sum += process.odds();
        alarms += process.highest_odds() >= 20 ? 1 : 0;
    }
    BOOST_TEST(std::abs(sum / runs - 1) < 0.15);
    BOOST_TEST(alarms <= runs / 20);
}

BOOST_AUTO_TEST_SUITE_END()
