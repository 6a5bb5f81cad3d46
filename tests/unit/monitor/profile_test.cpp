// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/profile.hpp"

#include "fs/temp_folder.hpp"
#include "support/errors.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_profile)

using namespace slipway;
using monitor::Key;
using monitor::Profile;

namespace {

Profile profile_of(std::string_view text) {
    fs::TempFolder const folder{"profile-"};
    auto const path = folder.path() / "t.yaml";
    fs::write_atomic(path, text);
    return Profile::load(path);
}

} // namespace

BOOST_AUTO_TEST_CASE(without_a_file_the_usual_limits_hold) {
    auto const entry = Profile{}.entry({"http.error_rate", "health"});
    BOOST_TEST((entry.threshold->warning == 1 && entry.threshold->critical == 5));
    BOOST_TEST(entry.threshold->in_a_row == 2);
    BOOST_TEST(entry.source == "E6");
    BOOST_TEST(!Profile{}.entry({"pg.active", ""}).threshold);
}

BOOST_AUTO_TEST_CASE(a_file_replaces_limits_by_metric_and_by_endpoint) {
    auto const profile = profile_of(R"(thresholds:
  http.latency_p95: {warning: 300, critical: 600, source: our SLO}
  http.latency_p95/oauth: {critical: 2000, for: 1}
  pg.cache_hit_ratio: {warning: 95}
  pg.largest_table: off
)");
    auto const usual = profile.entry({"http.latency_p95", "login"});
    BOOST_TEST((usual.threshold->warning == 300 && usual.source == "our SLO"));
    auto const own = profile.entry({"http.latency_p95", "oauth"});
    BOOST_TEST((!own.threshold->warning && own.threshold->critical == 2000));
    BOOST_TEST(own.threshold->in_a_row == 1);
    BOOST_TEST(
        (profile.entry({"pg.cache_hit_ratio", ""}).threshold->worse == verdict::Worse::lower));
    BOOST_TEST(!profile.entry({"pg.largest_table", ""}).threshold);
    BOOST_TEST((profile.entry({"http.error_rate", "x"}).threshold->critical == 5));
}

BOOST_AUTO_TEST_CASE(faults_are_named_with_file_and_line) {
    struct Fault {
        std::string text;
        std::string part;
    };
    for (auto const& fault : std::vector<Fault>{
             {"thresholds:\n  http.eror_rate: {warning: 1}\n", "t.yaml:2"},
             {"thresholds:\n  http.error_rate: {warn: 1}\n", "warn"},
             {"thresholds:\n  http.error_rate: 5\n", "limits or off"},
             {"thresholds:\n  http.error_rate: {}\n", "needs warning or critical"},
             {"thresholds:\n  http.error_rate: {warning: 9, critical: 5}\n", "beyond the critical"},
             {"thresholds:\n  pg.blocked/x: {warning: 9}\n", "no endpoints"},
             {"thresholds:\n  pg.blocked: {warning: 9, for: 0}\n", "1 to 1000"},
             {"thresholds:\n  pg.blocked: {warning: 9, worse: up}\n", "higher or lower"},
             {"limits: {}\n", "limits"},
             {"{}\n", "thresholds"}}) {
        auto const error = support::error_of([&] { (void)profile_of(fault.text); });
        BOOST_TEST((error.kind() == ErrorKind::usage));
        BOOST_TEST(error.message().find(fault.part) != std::string::npos, error.message());
    }
    auto const near =
        support::error_of([] { (void)profile_of("thresholds: {http.eror_rate: off}"); });
    BOOST_TEST(near.hint() == "Did you mean http.error_rate?");
}

BOOST_AUTO_TEST_CASE(every_metric_has_its_own_name_and_limits_in_order) {
    std::set<std::string_view> names;
    for (auto const& metric : monitor::all_metrics()) {
        BOOST_TEST(names.insert(metric.name).second, metric.name);
        BOOST_TEST(!metric.title.empty());
        BOOST_TEST((monitor::find_metric(metric.name) == &metric));
        if (metric.threshold) {
            BOOST_TEST(!metric.threshold_source.empty(), metric.name);
            BOOST_TEST(!metric.when_missing.empty(), metric.name);
            auto const& limits = *metric.threshold;
            BOOST_TEST(
                (!limits.warning || limits.of(*limits.warning) == verdict::State::normal),
                metric.name);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_shipped_profile_is_valid_and_names_the_origin_of_each_figure) {
    auto const folder = fs::Path{SLIPWAY_SOURCE_DIR} / "docs" / "examples" / "thresholds";
    std::set<std::string> files;
    for (auto const& file : std::filesystem::directory_iterator{folder}) {
        files.insert(file.path().filename().string());
        auto const profile = Profile::load(file.path());
        int own = 0;
        for (auto const& metric : monitor::all_metrics()) {
            auto const entry = profile.entry({std::string{metric.name}, ""});
            bool const changed = entry.source != metric.threshold_source;
            own += changed ? 1 : 0;
            // Where a threshold says no source, the file stands for it.
            BOOST_TEST((!entry.threshold || entry.source != file.path().string()), metric.name);
        }
        BOOST_TEST(own >= 3, file.path());
    }
    BOOST_TEST(files.contains("web-application.yaml"));
    BOOST_TEST(files.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
