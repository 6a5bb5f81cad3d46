// SPDX-License-Identifier: Apache-2.0
// monitor and CloudWatch Logs, by a local server that follows the published API.
#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "support/cloudwatch_logs.hpp"
#include "support/run_tool.hpp"
#include "support/series_wait.hpp"

#include <future>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace monitor_cloudwatch_logs {

using namespace slipway;
using support::CloudWatchService;

struct Scene {
    fs::TempFolder folder{"monitor-cloudwatch-"};
    fs::Path series = folder.path() / "s.ndjson";
    CloudWatchService service;
    std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
    std::string group = CloudWatchService::group;
    std::string more = "from: start";

    [[nodiscard]] support::ToolRun watch(std::string const& length = "1s") const {
        fs::write_atomic(
            folder.path() / "s.yaml",
            fmt::format("log:\n  - {{name: shop, cloudwatch: {}, {}}}\n", group, more));
        return support::run_tool(
            "monitor",
            {"--sources",
             (folder.path() / "s.yaml").string(),
             "--every",
             "100ms",
             "--each",
             "2s",
             "--for",
             length,
             "--series",
             series.string()},
            {{"AWS_ACCESS_KEY_ID", CloudWatchService::key},
             {"AWS_SECRET_ACCESS_KEY", CloudWatchService::secret},
             {"AWS_REGION", "eu-central-1"},
             {"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", service.endpoint()}});
    }
};

} // namespace monitor_cloudwatch_logs

BOOST_FIXTURE_TEST_SUITE(monitor_cloudwatch, monitor_cloudwatch_logs::Scene)

using namespace slipway;
using support::CloudWatchService;

BOOST_AUTO_TEST_CASE(all_pages_are_read_and_an_empty_one_in_the_middle_is_no_end) {
    for (int i = 0; i < 20; ++i) {
        service.put("web/1", now - 1000 + i, fmt::format("ERROR order {} failed", i));
    }
    auto const run = watch();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/logs/0/lines") == "20", run.all());
    BOOST_TEST(run.at("/data/logs/0/classes/error") == "20");
    BOOST_TEST(run.at("/data/logs/0/groups/0/count") == "20");
    BOOST_TEST(service.refused_signatures() == 0);
    BOOST_TEST(service.calls() >= 13); // 7 pages and the empty ones between them
    BOOST_TEST(!run.says(CloudWatchService::secret));
    BOOST_TEST(fs::read_file(series).find(CloudWatchService::secret) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(throttled_calls_and_an_expired_token_are_tried_again) {
    service.put("web/1", now, "ERROR one");
    service.throttle(3);
    auto run = watch("2s");
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/logs/0/classes/error") == "1", run.all());
    service.put("web/1", now + 1, "ERROR two");
    service.expire(1);
    run = watch("2s");
    BOOST_TEST(run.at("/data/logs/0/classes/error") == "2", run.all());
}

BOOST_AUTO_TEST_CASE(events_that_come_late_are_counted_and_none_is_counted_twice) {
    more = "from: start, streams: web/";
    service.put("web/1", now, "ERROR one");
    service.put("worker/1", now, "ERROR of another stream");
    auto watching = std::async(std::launch::async, [&] { return watch("6s"); });
    BOOST_TEST(support::await_samples(series, 2));
    service.put("web/2", now - 60'000, "ERROR late by a minute");
    BOOST_TEST(support::await_samples(series, 2));
    auto const run = watching.get();
    BOOST_TEST(run.at("/data/logs/0/classes/error") == "2", run.all());
    service.put("web/2", now - 30'000, "ERROR between the runs");
    auto const next = watch();
    BOOST_TEST(next.at("/data/logs/0/classes/error") == "3", next.all());
}

BOOST_AUTO_TEST_CASE(lines_of_one_stream_are_folded_and_those_of_two_are_not) {
    service.put("web/1", now, "Error: one");
    service.put("web/1", now + 1, "    at a (a.js:1:1)");
    service.put("web/2", now + 2, "    at b (b.js:1:1)\nError: two\n    at c (c.js:1:1)");
    auto const run = watch();
    BOOST_TEST(run.at("/data/logs/0/classes/error") == "2", run.all());
    BOOST_TEST(run.says("Error: one\\n    at a"), run.all());
    BOOST_TEST(run.says("Error: two\\n    at c"), run.all());
}

BOOST_AUTO_TEST_CASE(a_service_that_hangs_costs_samples_and_not_the_run) {
    service.put("web/1", now, "ERROR one");
    service.hang(true);
    auto watching = std::async(std::launch::async, [&] { return watch("8s"); });
    BOOST_TEST(support::await_samples(series, 1));
    service.hang(false);
    BOOST_TEST(support::await_samples(series, 2));
    auto const run = watching.get();
    BOOST_TEST(run.at("/data/logs/0/classes/error") == "1", run.all());
    BOOST_TEST(std::stoi(run.at("/data/sources/0/gaps")) >= 1, run.all());
}

BOOST_AUTO_TEST_CASE(a_group_that_is_not_there_and_a_wrong_key_are_said) {
    group = "/ecs/other";
    auto const run = watch();
    BOOST_TEST(run.at("/checks/0/status") == "undecided", run.all());
    BOOST_TEST(run.says("ResourceNotFoundException"), run.all());
}

BOOST_AUTO_TEST_SUITE_END()
