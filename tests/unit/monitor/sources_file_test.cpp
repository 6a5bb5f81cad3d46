// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/sources_file.hpp"

#include "../../tools/monitor/command_source.hpp"
#include "../../tools/monitor/pm2_source.hpp"
#include "../../tools/monitor/prometheus_source.hpp"
#include "config/document.hpp"
#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "json/schema.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace monitor_sources {

using namespace slipway;
using monitor::LogSpec;
using monitor::SourcesFile;

struct Files {
    fs::TempFolder folder{"sources-"};
    secret::Redactor redactor;
    json::Schema schema{
        json::parse(
            fs::read_file(fs::Path{SLIPWAY_SOURCE_DIR} / "docs/schema/monitor-sources-1.json"),
            "schema"),
        "monitor-sources-1"};

    [[nodiscard]] fs::Path write(std::string_view text) const {
        auto const path = folder.path() / "s.yaml";
        fs::write_atomic(path, text);
        return path;
    }
    [[nodiscard]] bool conforms(fs::Path const& path) const {
        return schema.check(config::load(path).value()).empty();
    }
    SourcesFile read(std::string_view text) {
        auto const path = write(text);
        BOOST_TEST(conforms(path), text);
        return SourcesFile::load(path, redactor);
    }
    // Refused at that line with that word, and by the schema too where it can see it.
    void refuse(std::string const& text, int line, std::string const& word, bool by_schema = true) {
        auto const path = write(text);
        BOOST_CHECK_EXCEPTION(SourcesFile::load(path, redactor), Error, [&](Error const& error) {
            BOOST_TEST(error.message().find(word) != std::string::npos, error.message());
            BOOST_TEST(error.where().line == line, error.message());
            return error.kind() == ErrorKind::usage;
        });
        BOOST_TEST(conforms(path) == !by_schema, text);
    }
};

} // namespace monitor_sources

BOOST_FIXTURE_TEST_SUITE(monitor_sources_file, monitor_sources::Files)

using namespace slipway;
using monitor::LogSpec;

BOOST_AUTO_TEST_CASE(all_kinds_of_sources_are_read) {
    auto const file = read(R"(
http: { health: http://localhost/health }
log:
  - file: /var/log/shop/app.log
  - { name: worker, file: worker.log, from: start, may_be_silent: true, ignore: [healthz], bytes: 1000000 }
  - { stdin: true }
  - { journald: shop.service, directory: /tmp/j }
  - { pm2: api }
  - { cloudwatch: /ecs/shop, region: eu-central-1, streams: web, filter: "?ERROR", late: 90s }
log_classes:
  payment: payment declined
  validation: off
  auth: [locked out, "no entry"]
sql:
  logins: select 1
  slow: { query: "select 2", timeout: 3s }
command:
  queue: redis-cli llen jobs
  disk: { command: [df, -h], timeout: 2 }
prometheus:
  url: http://localhost:9090/
  queries: { errors: 'sum(rate(errors_total[5m]))' }
)");
    BOOST_TEST(file.endpoints.front() == "health=http://localhost/health");
    BOOST_REQUIRE(file.logs.size() == 6U);
    BOOST_TEST(file.logs[0].name == "app");
    BOOST_TEST(file.logs[1].from_start);
    BOOST_TEST(file.logs[1].bytes == 1'000'000U);
    BOOST_TEST(file.logs[2].name == "stdin");
    BOOST_TEST(file.logs[3].name == "shop");
    BOOST_TEST((file.logs[5].kind == LogSpec::Kind::cloudwatch));
    BOOST_TEST(file.logs[5].late.count() == 90'000);
    BOOST_TEST(file.classes[0].name == "payment");
    BOOST_TEST(file.classes[1].name == "auth");
    BOOST_TEST(file.classes[1].patterns.size() == 2U);
    for (auto const& each : file.classes) {
        BOOST_TEST(each.name != "validation");
    }
    BOOST_TEST(file.sql[1].timeout->count() == 3000);
    BOOST_TEST(file.commands[1].arguments.size() == 2U);
    BOOST_TEST(file.prometheus[0].name == "errors");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_line) {
    refuse("logs:\n  - file: a\n", 1, "logs");
    refuse("log:\n  - file: a\n    stdin: true\n", 2, "one of file");
    refuse("log:\n  - name: a\n", 2, "one of file");
    refuse("log:\n  - {file: a, from: middle}\n", 2, "end or start");
    refuse("log:\n  - {file: a, bytes: 10}\n", 2, "65536");
    refuse("log:\n  - {file: a, name: 'a b'}\n", 2, "no name");
    refuse("log:\n  - {file: a, ignore: 'a('}\n", 2, "malformed", false);
    refuse("log_classes:\n  x: 'a('\n", 2, "malformed", false);
    refuse("log_classes:\n  x: {a: 1}\n", 2, "pattern");
    refuse("sql:\n  x: {timeout: 1s}\n", 2, "query");
    refuse("command:\n  x: {command: []}\n", 2, "no command");
    refuse("prometheus:\n  queries: {a: b}\n", 1, "url");
    refuse("prometheus:\n  url: ftp://x\n  queries: {a: b}\n", 2, "http", false);
    refuse("prometheus:\n  url: http://x\n", 1, "no queries");
    refuse(
        "prometheus:\n  url: http://${NO_SUCH_VARIABLE_HERE}\n  queries: {a: b}\n",
        2,
        "NO_SUCH_VARIABLE_HERE",
        false);
}

BOOST_AUTO_TEST_CASE(the_example_of_the_documents_is_read) {
    auto const file =
        read(fs::read_file(fs::Path{SLIPWAY_SOURCE_DIR} / "docs/examples/monitor/sources.yaml"));
    BOOST_TEST(file.logs.size() == 1U);
    BOOST_TEST(file.sql.size() == 1U);
    BOOST_TEST(file.commands.front().timeout->count() == 2000);
}

BOOST_AUTO_TEST_CASE(two_logs_of_one_name_are_refused) {
    auto const path = write("log:\n  - file: a/app.log\n  - file: b/app.log\n");
    BOOST_CHECK_THROW(monitor::SourcesFile::load(path, redactor), Error);
}

BOOST_AUTO_TEST_CASE(the_word_of_an_option_names_a_log) {
    auto const file = monitor::log_of_word("/var/log/shop/app.log");
    BOOST_TEST(file.name == "app");
    BOOST_TEST((file.kind == LogSpec::Kind::file));
    BOOST_TEST(monitor::log_of_word("web=/tmp/a=b.log").what == "/tmp/a=b.log");
    BOOST_TEST((monitor::log_of_word("-").kind == LogSpec::Kind::standard_input));
    BOOST_TEST(monitor::log_of_word("journald:shop.service").name == "shop");
    BOOST_TEST(monitor::log_of_word("cloudwatch:/ecs/shop").what == "/ecs/shop");
    BOOST_TEST(monitor::log_of_word("cloudwatch:/ecs/shop").name == "ecs-shop");
    BOOST_CHECK_THROW(monitor::log_of_word("pm2:"), Error);
    BOOST_CHECK_THROW(monitor::log_of_word("cloudwatch"), Error); // LOG_SOURCE of another tool
}

BOOST_AUTO_TEST_CASE(numbers_are_taken_of_what_a_command_prints) {
    using Numbers = std::map<std::string, double>;
    BOOST_TEST((monitor::numbers_in(" 12.5\n") == Numbers{{"", 12.5}}));
    BOOST_TEST(
        (monitor::numbers_in(R"({"a":1,"b":{"c":true,"d":"text"},"e":null})") ==
         Numbers{{"a", 1}, {"b.c", 1}}));
    for (auto const* text : {"", "twelve", "12 jobs", "{}", "[1]", "\"1\"", "nan"}) {
        BOOST_CHECK_THROW(monitor::numbers_in(text), Error);
    }
}

BOOST_AUTO_TEST_CASE(one_number_is_taken_of_an_answer_of_prometheus) {
    BOOST_TEST(
        monitor::prometheus_number(
            R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2.5"]}]}})") ==
        2.5);
    BOOST_TEST(
        monitor::prometheus_number(
            R"({"status":"success","data":{"resultType":"scalar","result":[1,"7"]}})") == 7);
    auto const refused = [](std::string_view body, std::string_view word) {
        BOOST_CHECK_EXCEPTION(monitor::prometheus_number(body), Error, [&](Error const& error) {
            return error.message().find(word) != std::string::npos;
        });
    };
    refused(R"({"status":"error","error":"parse error"})", "parse error");
    refused(R"({"status":"success","data":{"resultType":"vector","result":[]}})", "no series");
    refused(
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]},{"value":[1,"2"]}]}})",
        "2 series");
    refused(R"({"status":"success","data":{"resultType":"scalar","result":[1,"NaN"]}})", "NaN");
    refused("<html>", "no JSON");
}

BOOST_AUTO_TEST_CASE(what_pm2_lists_is_read_whatever_it_says_before) {
    auto const list = monitor::read_jlist(
        "[PM2] Spawning PM2 daemon\n"
        R"([{"name":"shop","pm2_env":{"status":"online","restart_time":3,"pm_out_log_path":"/a-out.log","pm_err_log_path":"/a-error.log"}}])"
        "\n");
    BOOST_REQUIRE(list.size() == 1U);
    BOOST_TEST(list[0].restarts == 3);
    BOOST_TEST(list[0].out_file == "/a-out.log");
    BOOST_CHECK_THROW(monitor::read_jlist("no list"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
