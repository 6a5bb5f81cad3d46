// SPDX-License-Identifier: Apache-2.0
// What services say of their health, in the formats that occur.
#include "probe/health_body.hpp"

#include "text/join.hpp"

#include <array>
#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(probe_health_body)

using namespace slipway;
namespace data = boost::unit_test::data;

namespace {

std::string spelled(probe::Health health) {
    constexpr std::array words{"pass", "warn", "fail", "unknown"};
    return words.at(static_cast<std::size_t>(health));
}

// `pass: db pass, disk warn (90 %)`, or nothing.
std::string told(std::string_view body) {
    auto const report = probe::read_health(body);
    if (!report) {
        return "";
    }
    std::vector<std::string> parts;
    for (auto const& component : report->components) {
        parts.push_back(
            component.name + " " + spelled(component.health) +
            (component.detail.empty() ? "" : " (" + component.detail + ")"));
    }
    return spelled(report->health) + ": " + text::join(parts, ", ");
}

struct Case {
    char const* name;
    char const* body;
    char const* told;
};

std::ostream& operator<<(std::ostream& out, Case const& one) {
    return out << one.name;
}

std::array const table{
    Case{"plain word", "Healthy\n", "pass: "},
    Case{"aspnet degraded text", "Degraded", "warn: "},
    Case{"ok alone", R"({"ok": true})", "pass: "},
    Case{
        "services",
        R"({"status": "healthy", "services": {"database": {"status": "healthy", "latency_ms": 1},
            "migrations": {"status": "pending", "missing": ["a"]}}})",
        "pass: database pass, migrations warn (missing: [\"a\"])"},
    Case{
        "spring with nesting",
        R"({"status": "DOWN", "components": {"db": {"status": "UP"},
            "brokers": {"status": "DOWN", "components": {"a": {"status": "UP"},
            "b": {"status": "OUT_OF_SERVICE"}}}}, "groups": ["liveness"]})",
        "fail: db pass, brokers fail, brokers.a pass, brokers.b fail"},
    Case{
        "spring with what a component measured",
        R"({"status": "UP", "components": {"db": {"status": "DOWN", "details": {"error": "no login",
            "validationQuery": "select 1"}}, "disk": {"status": "UP", "details": {"free": 9}}}})",
        "pass: db fail (no login), disk pass"},
    Case{
        "older spring",
        R"({"status": "UP", "details": {"db": {"status": "UP", "details": {"database": "x"}}}})",
        "pass: db pass"},
    Case{
        "health+json",
        R"({"status": "pass", "checks": {"db:responseTime": [{"componentId": "one",
            "status": "warn", "output": "slow"}], "uptime": [{"status": "pass"}]}})",
        "pass: db:responseTime.one warn (slow), uptime pass"},
    Case{
        "aspnet ui",
        R"({"status": "Unhealthy", "totalDuration": "0", "entries": {"sql": {"status": "Unhealthy",
            "description": "no login"}}})",
        "fail: sql fail (no login)"},
    Case{
        "terminus repeats in details",
        R"({"status": "error", "info": {}, "error": {"db": {"status": "down"}},
            "details": {"db": {"status": "down", "message": "no"}, "web": {"status": "up"}}})",
        "fail: db fail (no), web pass"},
    Case{
        "microprofile list",
        R"({"status": "UP", "checks": [{"name": "a", "status": "UP"}, {"name": "b", "status": "DOWN"}]})",
        "pass: a pass, b fail"},
    Case{"words and booleans", R"({"services": {"a": "up", "b": false}})", "pass: a pass, b fail"},
    Case{"a word nobody knows", R"({"status": "purple"})", "unknown: "},
    Case{"an address of health", R"({"name": "shop", "health": "/api/health"})", ""},
    Case{"no health in it", R"({"name": "shop"})", ""},
    Case{"a list", R"([1, 2])", ""},
    Case{"html", "<html><body>It works</body></html>", ""},
    Case{"empty", "", ""},
};

} // namespace

BOOST_DATA_TEST_CASE(each_format_is_read_as_components, data::make(table), one) {
    BOOST_TEST(told(one.body) == one.told);
}

BOOST_AUTO_TEST_CASE(deep_nesting_ends) {
    std::string body = R"({"status": "up"})";
    for (int i = 0; i < 60; ++i) {
        body = R"({"status": "up", "components": {"x": )" + body + "}}";
    }
    auto const report = probe::read_health(body);
    BOOST_REQUIRE(report.has_value());
    BOOST_TEST(report->components.size() < 20);
}

BOOST_AUTO_TEST_SUITE_END()
