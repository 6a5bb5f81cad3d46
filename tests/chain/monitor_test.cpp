// SPDX-License-Identifier: Apache-2.0
// monitor beside the real sample application and its database.
#include "support/database.hpp"
#include "support/run_tool.hpp"
#include "support/sample_app.hpp"

#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_chain)

using namespace slipway;
using support::SampleApp;

namespace {

support::ToolRun watch(SampleApp const& app, std::vector<std::string> more) {
    std::vector<std::string> args{
        "--base-url", app.url(), "--endpoint", "/api/health", "--every", "100ms"};
    args.insert(args.end(), more.begin(), more.end());
    return support::run_tool("monitor", std::move(args), {});
}

} // namespace

BOOST_AUTO_TEST_CASE(an_application_that_loses_its_database_in_the_middle_fails_the_watch) {
    support::Database const database{support::migrated_sample_database()};
    SampleApp const app{database.conninfo()};
    app.fault("no_rate_limit");
    auto const well = watch(app, {"--for", "1s"});
    BOOST_TEST(well.code == 0, well.all());
    BOOST_TEST(well.at("/data/recommendation/action") == "none", well.all());
    auto watching = std::async(std::launch::async, [&] { return watch(app, {"--for", "5s"}); });
    std::this_thread::sleep_for(std::chrono::milliseconds{1500});
    auto admin = pg::Connection::open(support::test_server());
    admin.exec("alter database \"" + database.name() + "\" with allow_connections false");
    admin.exec(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
        {database.name()});
    auto const run = watching.get();
    admin.exec("alter database \"" + database.name() + "\" with allow_connections true");
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/data/endpoints/0/name") == "api/health");
    BOOST_TEST(run.at("/data/endpoints/0/last_fault") == "answers 503");
    BOOST_TEST(run.at("/data/recommendation/action") == "full");
    BOOST_TEST(std::stoi(run.at("/data/endpoints/0/statuses/2xx")) > 10);
    BOOST_TEST(std::stoi(run.at("/data/endpoints/0/statuses/5xx")) > 10);
}

BOOST_AUTO_TEST_CASE(the_limit_of_the_application_is_counted_and_is_no_error) {
    support::Database const database{support::migrated_sample_database()};
    SampleApp const app{database.conninfo()};
    auto const run = watch(app, {"--for", "1500ms", "--requests", "20"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/endpoints/0/errors") == "0");
    BOOST_TEST(std::stoi(run.at("/data/endpoints/0/rate_limited")) > 0, run.all());
    BOOST_TEST(run.says("http.rate_limit_remaining"), run.all());
    BOOST_TEST(run.at("/status") == "warned");
}

BOOST_AUTO_TEST_SUITE_END()
