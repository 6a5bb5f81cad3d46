// SPDX-License-Identifier: Apache-2.0
// monitor beside logs, commands and queries of the user.
#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "proc/command.hpp"
#include "support/database.hpp"
#include "support/http_listener.hpp"
#include "support/run_tool.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace monitor_logs {

using namespace slipway;
using support::ToolRun;

struct Scene {
    fs::TempFolder folder{"monitor-log-"};
    fs::Path log = folder.path() / "app.log";
    fs::Path series = folder.path() / "s.ndjson";

    void sources(std::string_view text) const {
        fs::write_atomic(folder.path() / "sources.yaml", text);
    }

    // The log from its start, unless the test names other sources.
    [[nodiscard]] ToolRun
    watch(std::vector<std::string> more = {}, support::Environment const& env = {}) const {
        std::vector<std::string> args{
            "--sources", (folder.path() / "sources.yaml").string(), "--every", "100ms"};
        if (std::find(more.begin(), more.end(), "--for") == more.end()) {
            args.insert(args.end(), {"--for", "500ms"});
        }
        args.insert(args.end(), more.begin(), more.end());
        if (!args.empty() && !more.empty() && more.front() == "baseline") {
            args.erase(args.begin() + 6);
            args.insert(args.begin(), "baseline");
        }
        return support::run_tool("monitor", std::move(args), env);
    }

    void from_start() const { sources("log:\n  - {file: " + log.string() + ", from: start}\n"); }
    void write(std::string_view text) const { fs::append(log, text); }

    [[nodiscard]] std::string keep(ToolRun const& run) const {
        BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
        auto const path = (folder.path() / "baseline.json").string();
        fs::write_atomic(path, json::write(**run.record, true));
        return path;
    }
};

std::string check_of(ToolRun const& run, std::string_view id, char const* key = "status") {
    BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
    for (auto const& check : (*run.record)->at("checks")) {
        if (check["id"] == id) {
            return check[key].get<std::string>();
        }
    }
    return "absent";
}

json::Value metric_of(ToolRun const& run, std::string_view name, std::string_view label) {
    for (auto const& each : (*run.record)->at("data")["metrics"]) {
        if (each["name"] == name && each["endpoint"] == label) {
            return each;
        }
    }
    return {};
}

} // namespace monitor_logs

BOOST_FIXTURE_TEST_SUITE(monitor_log, monitor_logs::Scene)

using namespace slipway;
using namespace monitor_logs;

BOOST_AUTO_TEST_CASE(events_are_classed_folded_and_counted_without_secrets) {
    from_start();
    write("2026-03-01 10:00:00 INFO ready\n"
          "2026-03-01 10:00:01 ERROR order 17 of ann@example.com failed, password=hunter2\n"
          "2026-03-01 10:00:02 ERROR order 18 of bob@example.com failed, password=hunter3\n"
          "TypeError: x is undefined\n    at place (/app/a.js:1:2)\n"
          "{\"level\":\"error\",\"msg\":\"deadlock detected\",\"token\":\"t0psecret\"}\n"
          "panic: runtime error\n\ngoroutine 1 [running]:\nmain.main()\n"
          "connect as app with s3cr3tpass: Error: refused\n");
    auto const run = watch(
        {"--series", series.string()},
        {{"DATABASE_URL", ""}, {"PGPASSWORD", "s3cr3tpass"}, {"SHOP_PASSWORD", "s3cr3tpass"}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/logs/0/name") == "app");
    BOOST_TEST(run.at("/data/logs/0/lines") == "11");
    BOOST_TEST(run.at("/data/logs/0/classes/error") == "4");
    BOOST_TEST(run.at("/data/logs/0/classes/database") == "1");
    BOOST_TEST(run.at("/data/logs/0/classes/panic") == "1");
    BOOST_TEST(run.at("/data/logs/0/groups/0/count") == "2"); // two orders, one fingerprint
    BOOST_TEST(run.at("/data/logs/0/new_groups") == "null");
    BOOST_TEST(check_of(run, "log.panics.app") == "warned");
    auto const kept = fs::read_file(series);
    for (auto const* secret : {"hunter2", "hunter3", "ann@", "bob@", "t0psecret"}) {
        BOOST_TEST(!run.says(secret), secret);
        BOOST_TEST(kept.find(secret) == std::string::npos, secret);
    }
}

BOOST_AUTO_TEST_CASE(what_the_baseline_does_not_have_is_named_first) {
    from_start();
    for (int i = 0; i < 30; ++i) {
        write(fmt::format("ERROR timeout of order {}\n", i));
    }
    auto const before = watch({"baseline"});
    BOOST_TEST(before.code == 0, before.all());
    auto const baseline = keep(before);
    auto const same = watch({"--baseline", baseline});
    BOOST_TEST(same.code == 0, same.all());
    BOOST_TEST(check_of(same, "log.app.new") == "passed");
    BOOST_TEST(same.at("/data/state") == "normal");
    write("ERROR column \"nickname\" does not exist\n");
    auto const after = watch({"--baseline", baseline});
    BOOST_TEST(after.code == 0, after.all());
    BOOST_TEST(check_of(after, "log.app.new") == "warned");
    auto const message = check_of(after, "log.app.new", "message");
    BOOST_TEST(message.find("1 new kind of event") != std::string::npos, message);
    BOOST_TEST(message.find("nickname") != std::string::npos, message);
    BOOST_TEST(after.at("/data/logs/0/groups/0/new") == "true");
    BOOST_TEST(after.at("/data/logs/0/groups/0/class") == "database");
    BOOST_TEST(after.at("/data/logs/0/groups/1/new") == "false");
    BOOST_TEST(after.at("/data/logs/0/groups/1/count") == "30");
    BOOST_TEST(after.says("log.new_events/app is warning"), after.all());
    BOOST_TEST(after.at("/data/recommendation/action") == "watch");
}

BOOST_AUTO_TEST_CASE(a_log_without_a_line_is_no_proof_of_health) {
    write("old\n");
    sources("log:\n  - file: " + log.string() + "\n");
    auto const run = watch({"--environment", "production"});
    BOOST_TEST(run.code == 7, run.all());
    BOOST_TEST(run.at("/summary").find("blind: no line of app") == 0U, run.at("/summary"));
    BOOST_TEST(check_of(run, "log.app.lines") == "undecided");
    sources("log:\n  - {file: " + log.string() + ", may_be_silent: true}\n");
    auto const quiet = watch({"--environment", "production"});
    BOOST_TEST(quiet.code == 0, quiet.all());
}

BOOST_AUTO_TEST_CASE(a_log_that_is_not_there_is_a_gap_and_undecided) {
    sources("log:\n  - file: " + log.string() + "\n");
    auto const run = watch({"--environment", "production"});
    BOOST_TEST(run.code == 7, run.all());
    BOOST_TEST(check_of(run, "source.log.app") == "undecided");
    BOOST_TEST(
        check_of(run, "source.log.app", "message").find("cannot be read") != std::string::npos);
    BOOST_TEST(run.says("log.app: "), run.err);
}

BOOST_AUTO_TEST_CASE(a_series_goes_on_in_the_log_where_the_last_run_ended) {
    from_start();
    std::vector<std::string> const args{"--series", series.string()};
    write("ERROR one\nERROR two\n");
    BOOST_TEST(watch(args).at("/data/logs/0/classes/error") == "2");
    write("ERROR three\n");
    std::filesystem::rename(log, folder.path() / "app.log.1");
    write("ERROR four\n");
    auto const run = watch(args);
    BOOST_TEST(run.at("/data/logs/0/classes/error") == "4", run.all());
    BOOST_TEST(run.at("/data/logs/0/lost_bytes") == "0");
    auto const judged =
        support::run_tool("monitor", {"--report-only", "--series", series.string()}, {});
    BOOST_TEST(judged.at("/data/logs/0/classes/error") == "4", judged.all());
}

BOOST_AUTO_TEST_CASE(lines_of_stdin_are_a_log) {
    proc::Command command;
    command.program = SLIPWAY_BUILD_DIR "/bin/monitor";
    command.arguments = {
        "--log",
        "-",
        "--for",
        "700ms",
        "--every",
        "100ms",
        "--output",
        (folder.path() / "r.json").string()};
    command.remove_environment = {"DATABASE_URL", "API_BASE", "API_URL", "CI", "GITHUB_ACTIONS"};
    command.input = "ready\nERROR it broke\nERROR unfinished";
    auto const outcome = proc::run(command, {});
    BOOST_TEST(outcome.exit_code == 0, outcome.output + outcome.error_tail);
    auto const record = json::parse(fs::read_file(folder.path() / "r.json"), "record");
    BOOST_TEST(record["data"]["logs"][0]["name"] == "stdin");
    BOOST_TEST(record["data"]["logs"][0]["lines"] == 3);
    BOOST_TEST(record["data"]["logs"][0]["classes"]["error"] == 2);
    BOOST_TEST(record["data"]["sources"][0]["last_gap"] == "stdin has ended");
}

BOOST_AUTO_TEST_CASE(numbers_of_commands_are_metrics_and_a_command_that_hangs_costs_its_own) {
    sources("command:\n"
            "  jobs: echo 12\n"
            "  disk: { command: [echo, '{\"free\": 40, \"used\": {\"percent\": 60}}'] }\n"
            "  hangs: { command: sleep 60, timeout: 100ms }\n"
            "  fails: 'echo no luck >&2; exit 3'\n"
            "  words: echo many\n");
    fs::write_atomic(
        folder.path() / "t.yaml",
        "thresholds:\n  command.value/jobs: {warning: 5, critical: 10, for: 1}\n");
    auto const run = watch({"--for", "800ms", "--thresholds", (folder.path() / "t.yaml").string()});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(metric_of(run, "command.value", "jobs")["last"] == 12.0);
    BOOST_TEST(metric_of(run, "command.value", "disk.used.percent")["last"] == 60.0);
    BOOST_TEST(check_of(run, "command.value.jobs") == "failed");
    BOOST_TEST(check_of(run, "source.command.jobs") == "passed");
    for (auto const& [name, word] :
         {std::pair{"hangs", "ended by its deadline"},
          {"fails", "exit code 3: no luck"},
          {"words", "printed no number: 'many'"}}) {
        auto const id = std::string{"source.command."} + name;
        BOOST_TEST(check_of(run, id) == "undecided");
        BOOST_TEST(check_of(run, id, "message").find(word) != std::string::npos, run.all());
    }
}

BOOST_AUTO_TEST_CASE(numbers_of_queries_are_metrics_and_no_row_is_undecided) {
    support::Database const database;
    database.run("create table logins (ok boolean);"
                 "insert into logins select i > 10 from generate_series(1, 100) i");
    sources("sql:\n"
            "  login_success: select 100.0 * count(*) filter (where ok) / count(*) from logins\n"
            "  empty: select 1 from logins where false\n"
            "  unknown: select avg(1) from logins where false\n"
            "  writes: insert into logins values (true) returning 1\n"
            "  slow: { query: select pg_sleep(30), timeout: 100ms }\n"
            "  wrong: select nothing from nowhere\n"
            "  text: select 'many'\n");
    fs::write_atomic(
        folder.path() / "t.yaml",
        "thresholds:\n  sql.value/login_success: {warning: 95, critical: 80, worse: lower, for: "
        "1}\n");
    auto const run = watch(
        {"--for", "700ms", "--thresholds", (folder.path() / "t.yaml").string()},
        {{"DATABASE_URL", database.conninfo().uri().reveal()}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(metric_of(run, "sql.value", "login_success")["last"] == 90.0);
    BOOST_TEST(check_of(run, "sql.value.login_success") == "warned");
    for (auto const& [name, word] :
         {std::pair{"empty", "gave no row"},
          {"unknown", "gave null"},
          {"writes", "read-only transaction"},
          {"slow", "the deadline passed"},
          {"wrong", "nowhere"},
          {"text", "no number: 'many'"}}) {
        auto const id = std::string{"source.sql."} + name;
        BOOST_TEST(check_of(run, id) == "undecided", name);
        BOOST_TEST(
            check_of(run, id, "message").find(word) != std::string::npos,
            check_of(run, id, "message"));
    }
    BOOST_TEST(
        database.connect().exec("select count(*) from logins").one_value<std::int64_t>() == 100);
}

BOOST_AUTO_TEST_CASE(a_prometheus_that_hangs_is_a_gap) {
    support::HttpListener const listener{[](support::Peer& peer) {
        while (!peer.read_request().empty()) {
            peer.wait_for_end();
        }
    }};
    sources(
        "command: { one: echo 1 }\nprometheus:\n  url: " + listener.url() +
        "\n  token: ${PROMETHEUS_TOKEN}\n  queries: { up: sum(up) }\n");
    auto const run =
        watch({"--each", "200ms", "--for", "900ms"}, {{"PROMETHEUS_TOKEN", "pr0m-t0ken"}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(check_of(run, "source.prometheus.up") == "undecided");
    BOOST_TEST(check_of(run, "source.command.one") == "passed");
    BOOST_TEST(!run.says("pr0m-t0ken"));
}

BOOST_AUTO_TEST_CASE(sources_that_cannot_be_are_refused_before_anything_is_done) {
    sources("log:\n  - {file: a, from: middle}\n");
    BOOST_TEST(watch().code == 2);
    sources("sql: {a: select 1}\ncommand: {one: echo 1}\n");
    auto const run = watch();
    BOOST_TEST(run.code == 2, run.all());
    BOOST_TEST(run.says("no database"));
    sources("log:\n  - pm2: no-such-application\n");
    BOOST_TEST(watch({}, {{"PM2_HOME", folder.path().string()}}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
