// SPDX-License-Identifier: Apache-2.0
// What a terminal and Prometheus are shown.
#include "../../tools/monitor/dashboard.hpp"
#include "../../tools/monitor/open_metrics.hpp"
#include "fs/file.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_showing)

using namespace slipway;
using monitor::Judge;

namespace {

constexpr std::chrono::seconds each{30};

Judge busy() {
    Judge judge{{}, {}, std::chrono::minutes{5}};
    monitor::Start start;
    start.name = "shop";
    start.environment = "staging";
    start.endpoints = {{"health", "http://h/", "http://h/"}};
    start.database = "postgresql://db/shop";
    judge.begin(start);
    for (int i = 0; i < 30; ++i) {
        monitor::Sample sample;
        sample.at = time::Instant{} + each * i;
        for (int n = 0; n < 5; ++n) {
            sample.answers.push_back({"health", 200, 10.0 + i, n > 0, {}, ""});
        }
        sample.values = {{"pg.up", 1}, {"pg.privileged", 1}, {"pg.blocked", 1}};
        sample.waits.push_back(
            {41,
             "checkout \"x\"",
             12'000,
             "AccessExclusiveLock",
             "public.orders",
             {{7, "nightly", "idle in transaction"}}});
        judge.add(sample);
    }
    return judge;
}

std::size_t columns_of(std::string const& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char const c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string all_of(std::vector<log::StatusLine> const& lines) {
    std::string out;
    for (auto const& line : lines) {
        out += line.text + "\n";
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_sparkline_has_its_least_and_greatest_at_the_ends_of_the_scale) {
    BOOST_TEST(monitor::sparkline({0, 7, 3.5}, 10) == "▁█▅");
    BOOST_TEST(monitor::sparkline({5, 5}, 10) == "▁▁");
    BOOST_TEST(monitor::sparkline({9, 0, 1}, 2) == "▁█"); // the last ones
    BOOST_TEST(monitor::sparkline({}, 10).empty());
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_and_no_dashboard_higher_than_the_terminal) {
    auto const judge = busy();
    for (std::size_t const columns : {20U, 40U, 80U, 200U}) {
        for (std::size_t const rows : {3U, 10U, 24U, 60U}) {
            auto const lines = monitor::dashboard(judge, {columns, rows, each, each * 240});
            BOOST_TEST(lines.size() < std::max<std::size_t>(rows, 4));
            for (auto const& line : lines) {
                BOOST_TEST(columns_of(line.text) < std::max<std::size_t>(columns, 40), line.text);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_worst_comes_first_and_who_is_blocked_by_whom_is_named) {
    auto const lines = monitor::dashboard(busy(), {200, 40, each, each * 240});
    BOOST_TEST(lines[0].text.find("shop/staging") != std::string::npos);
    BOOST_TEST(
        lines[1].text ==
        "! blocked: checkout \"x\" (pid 41) waits 12 s for public.orders, held by nightly (pid 7, "
        "idle in transaction)");
    BOOST_TEST(lines[2].text.starts_with("! http.error_rate/health "), all_of(lines));
    BOOST_TEST((lines[2].level == log::Level::error));
    BOOST_TEST(lines[2].text.find("critical 5 %") != std::string::npos);
    BOOST_TEST(lines[3].text.starts_with("* pg.blocked"), all_of(lines));
    auto const narrow = monitor::dashboard(busy(), {80, 40, each, each * 240});
    BOOST_TEST(all_of(narrow).find("▁") != std::string::npos);
    BOOST_TEST(all_of(narrow).find("w 1 % c 5 %") != std::string::npos, all_of(narrow));
}

BOOST_AUTO_TEST_CASE(open_metrics_are_gauges_in_base_units_with_escaped_labels) {
    auto judge = busy();
    monitor::Sample odd;
    odd.at = time::Instant{} + std::chrono::hours{1};
    odd.answers.push_back({"a\"b\\c\nd", 200, 1500, true, {}, ""});
    judge.add(odd);
    auto const text = monitor::open_metrics(judge);
    BOOST_TEST(text.ends_with("\n# EOF\n"));
    BOOST_TEST(
        text.find("slipway_http_latency_seconds{endpoint=\"a\\\"b\\\\c\\nd\"} 1.5\n") !=
        std::string::npos);
    BOOST_TEST(
        text.find("slipway_http_error_rate_ratio{endpoint=\"health\"} 0.2\n") != std::string::npos,
        text);
    BOOST_TEST(text.find("slipway_monitor_state 2\n") != std::string::npos);
    BOOST_TEST(
        text.find("slipway_monitor_source_up{source=\"postgres\"} 1\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_family_stands_once_and_is_one_of_the_declared) {
    auto const names = monitor::open_metrics_names();
    std::set<std::string> const declared{names.begin(), names.end()};
    BOOST_TEST(declared.size() == names.size());
    auto const text = monitor::open_metrics(busy());
    std::set<std::string> seen;
    std::istringstream lines{text};
    std::string line;
    int samples = 0;
    while (std::getline(lines, line)) {
        if (line.starts_with("# TYPE ")) {
            auto const family = line.substr(7, line.find(' ', 7) - 7);
            BOOST_TEST(seen.insert(family).second, family);
            BOOST_TEST(declared.contains(family), family);
        } else if (!line.starts_with("#")) {
            BOOST_TEST(seen.contains(line.substr(0, line.find_first_of("{ "))), line);
            ++samples;
        }
    }
    BOOST_TEST(samples > 15);
}

BOOST_AUTO_TEST_CASE(the_shipped_rules_and_dashboard_name_only_metrics_that_exist) {
    auto const names = monitor::open_metrics_names();
    std::set<std::string> const declared{names.begin(), names.end()};
    auto const folder = fs::Path{SLIPWAY_SOURCE_DIR} / "docs" / "examples" / "prometheus";
    for (auto const* const file : {"slipway-monitor.rules.yml", "grafana-dashboard.json"}) {
        auto const text = fs::read_file(folder / file, 1 << 20);
        int count = 0;
        for (std::size_t at = text.find("slipway_"); at != std::string::npos;
             at = text.find("slipway_", at + 1)) {
            auto const end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", at);
            auto const name = text.substr(at, end - at);
            BOOST_TEST(declared.contains(name), file << ": " << name);
            ++count;
        }
        BOOST_TEST(count > 8);
    }
}

BOOST_AUTO_TEST_SUITE_END()
