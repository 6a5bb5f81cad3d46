// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/points.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_points)

using namespace slipway;
using monitor::Points;

namespace {

time::Instant at(int second) {
    return time::Instant{std::chrono::seconds{second}};
}

Points counting(int count) {
    Points out;
    for (int i = 0; i < count; ++i) {
        out.add(at(i), i);
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(up_to_five_hundred_points_are_all_kept) {
    auto const points = counting(500).list();
    BOOST_TEST(points.size() == 500);
    BOOST_TEST(points[499].second == 499);
}

BOOST_AUTO_TEST_CASE(of_more_the_extremes_are_kept_and_the_order_of_time) {
    for (int const count : {501, 663, 664, 1000, 7200, 100'001}) {
        Points points;
        for (int i = 0; i < count; ++i) {
            points.add(at(i), i == count / 3 ? 1e6 : i == count / 2 ? -1e6 : 5 + i % 7);
        }
        auto const list = points.list();
        BOOST_TEST(list.size() <= 500, count);
        BOOST_TEST(list.size() >= 240, count);
        auto const by_value = [](auto const& a, auto const& b) {
            return a.second < b.second;
        };
        auto const greatest = *std::max_element(list.begin(), list.end(), by_value);
        auto const least = *std::min_element(list.begin(), list.end(), by_value);
        BOOST_TEST((greatest == Points::Point{at(count / 3), 1e6}));
        BOOST_TEST((least == Points::Point{at(count / 2), -1e6}));
        BOOST_TEST(std::is_sorted(list.begin(), list.end(), [](auto const& a, auto const& b) {
            return a.first < b.first;
        }));
    }
}

BOOST_AUTO_TEST_CASE(the_first_and_the_last_moment_are_told) {
    auto const list = counting(10'000).list();
    BOOST_TEST((list.front().first == at(0)));
    BOOST_TEST((list.back().first == at(9999)));
}

BOOST_AUTO_TEST_SUITE_END()
