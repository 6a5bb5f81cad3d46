// SPDX-License-Identifier: Apache-2.0
// Each row of the decision matrix fires from records that the real tools have written about things
// that have really gone wrong; rollback detect finds damaged pages.
#include "fs/file.hpp"
#include "support/http_listener.hpp"
#include "support/migration_site.hpp"
#include "support/restore_site.hpp"
#include "verdict/matrix.hpp"

#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback_records)

using namespace slipway;
using support::Environment;
using support::RestoreSite;
using support::ToolRun;

namespace {

// A service of which each so-manieth answer is bad, or all of them late.
class Service {
public:
    std::atomic<int> every_nth{0}; // 0: all are good
    std::atomic<int> delay_ms{0};

    [[nodiscard]] std::string url() const { return listener_.url("/health"); }

private:
    void serve(support::Peer& peer) {
        while (!peer.read_request().empty()) {
            std::this_thread::sleep_for(std::chrono::milliseconds{delay_ms});
            int const nth = every_nth;
            if (!peer.answer(nth != 0 && ++asked_ % nth == 0 ? 500 : 200, "{}")) {
                return;
            }
        }
    }

    std::atomic<int> asked_{0};
    support::HttpListener listener_{[this](support::Peer& peer) {
        serve(peer);
    }};
};

// A copy of the site's database in which the first page of the table `ledger` is damaged on disk.
// A database is copied file by file, and nothing of it is in the server's memory afterwards.
std::string damaged_copy(RestoreSite const& site) {
    site.sql("create table ledger (n int) with (autovacuum_enabled = false);"
             "insert into ledger select generate_series(1, 1000)");
    site.sql("checkpoint");
    fs::Path const file = fs::Path{site.value("show data_directory")} /
                          site.value("select pg_relation_filepath('ledger')");
    {
        std::fstream page{file, std::ios::in | std::ios::out | std::ios::binary};
        page.write("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
        BOOST_TEST_REQUIRE(page.good());
    }
    std::string const name = site.name() + "_damaged";
    std::string const how =
        std::stoi(site.value("show server_version_num")) >= 150'000 ? " strategy file_copy" : "";
    site.server_sql("create database " + name + " template " + site.name() + how);
    return name;
}

// The records of one deployment in a folder of its own.
class Records {
public:
    Records(RestoreSite const& site, std::string const& name)
        : site_(site), folder_(site.folder() / "records" / name) {
        fs::make_folder(folder_);
    }

    ToolRun
    run(std::string const& tool,
        std::vector<std::string> arguments,
        Environment const& environment = {}) {
        std::string const file = tool + "-" + std::to_string(++number_) + ".json";
        auto const rest = std::find(arguments.begin(), arguments.end(), "--");
        arguments.insert(rest, {"--output", (folder_ / file).string()});
        return site_.run(tool, std::move(arguments), environment);
    }

    void watch(
        Service const& service,
        std::string const& length,
        std::vector<std::string> const& more = {}) {
        std::vector<std::string> arguments{
            "--url", "health=" + service.url(), "--every", "100ms", "--for", length};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto const ran = run("monitor", arguments, {{"DATABASE_URL", ""}});
        BOOST_TEST((ran.code == 0 || ran.code == 1), ran.all());
    }

    [[nodiscard]] ToolRun decide() const {
        return site_.run("rollback", {"decide", "--input", folder_.string()});
    }

    [[nodiscard]] fs::Path folder() const { return folder_; }

private:
    RestoreSite const& site_;
    fs::Path folder_;
    int number_ = 0;
};

bool fired(ToolRun const& run, std::string const& row) {
    for (auto const& check : (*run.record)->at("checks")) {
        if (check.at("id") == "matrix." + row) {
            return true;
        }
    }
    return false;
}

// Makes the records in which a row is to fire.
using Maker = std::function<void(RestoreSite const&, Records&)>;

void watch_errors(Records& records, int every_nth) {
    Service service;
    service.every_nth = every_nth;
    records.watch(service, "1500ms", {"--requests", "40"});
}

void watch_latency(RestoreSite const& site, Records& records) {
    Service service;
    service.delay_ms = 5;
    Records before{site, "baseline"};
    auto const usual = before.run(
        "monitor",
        {"baseline", "--url", "health=" + service.url(), "--every", "100ms", "--for", "1s"},
        {{"DATABASE_URL", ""}});
    BOOST_TEST(usual.code == 0, usual.all());
    service.delay_ms = 150;
    records.watch(
        service,
        "5s",
        {"--requests", "10", "--baseline", (before.folder() / "monitor-1.json").string()});
}

// Every answer takes longer than the slow ones before, and none much longer.
void watch_regression(RestoreSite const& site, Records& records) {
    Service service;
    service.delay_ms = 60;
    Records before{site, "regression-baseline"};
    auto const usual = before.run(
        "monitor",
        {"baseline",
         "--url",
         "health=" + service.url(),
         "--requests",
         "1",
         "--every",
         "100ms",
         "--for",
         "4s"},
        {{"DATABASE_URL", ""}});
    BOOST_TEST(usual.code == 0, usual.all());
    service.delay_ms = 80;
    records.watch(
        service,
        "6s",
        {"--requests",
         "1",
         "--warm-up",
         "0s",
         "--baseline",
         (before.folder() / "monitor-1.json").string()});
}

void lose_an_index(RestoreSite const& site, Records& records) {
    site.sql("create table searched (n int); create index searched_n on searched (n)");
    Records before{site, "index-baseline"};
    std::vector<std::string> const watch{"--every", "200ms", "--for", "1s"};
    auto arguments = watch;
    arguments.insert(arguments.begin(), "baseline");
    BOOST_TEST(before.run("monitor", arguments).code == 0);
    site.sql("drop index searched_n");
    arguments = watch;
    arguments.insert(
        arguments.end(), {"--baseline", (before.folder() / "monitor-1.json").string()});
    auto const ran = records.run("monitor", arguments);
    site.sql("drop table searched");
    BOOST_TEST(ran.says("searched_n"), ran.all());
}

void watch_metrics(Records& records, std::string const& limits) {
    Service const service;
    fs::Path const file = records.folder().parent_path() / "thresholds.yaml";
    fs::write_atomic(file, "thresholds:\n  http.latency_p50/health: " + limits + "\n");
    records.watch(service, "1s", {"--thresholds", file.string()});
}

void ask_suite(Records& records, std::string const& step) {
    Service const service;
    fs::Path const file = records.folder().parent_path() / "suite.yaml";
    fs::write_atomic(
        file,
        "name: after\nbase_url: " + service.url() + "\nsteps:\n  - id: one\n    get: /\n" + step);
    auto const ran = records.run("smoke-http", {file.string()});
    BOOST_TEST(ran.code == 1, ran.all());
}

void migrate_half(Records& records) {
    support::MigrationSite site;
    site.db.run("create table t as select generate_series(1, 5) x; insert into t values (3)");
    site.add(
        "001_i.sql", "alter table t add y int;\ncreate unique index concurrently i on t (x);\n");
    auto const ran = records.run("migrate-apply", site.arguments({}), site.environment());
    BOOST_TEST(ran.code == 1, ran.all());
}

void leave_an_invalid_index(RestoreSite const& site, Records& records) {
    site.sql("create table twice (n int); insert into twice values (1), (1)");
    auto connection = site.database().connect();
    BOOST_CHECK_THROW(
        connection.exec("create unique index concurrently on twice (n)"), pg::ServerError);
    auto const ran = records.run("rollback", {"detect"});
    site.sql("drop table twice");
    BOOST_TEST(ran.code == 0, ran.all());
}

void block_a_session(RestoreSite const& site, Records& records) {
    auto holder = site.database().connect();
    holder.exec("begin");
    holder.exec("lock table items");
    auto waiting = site.database().connect();
    std::jthread const waiter{[&] {
        waiting.exec("select from items");
    }};
    auto watch = site.database().connect();
    auto const waits = [&] {
        return watch
            .exec("select exists (select from pg_locks where not granted and database = "
                  "(select oid from pg_database where datname = current_database()))")
            .one_value<bool>();
    };
    while (!waits()) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    auto const ran = records.run("rollback", {"detect", "--blocked-after", "0s"});
    holder.exec("rollback");
    BOOST_TEST(ran.code == 0, ran.all());
}

std::map<std::string, Maker> const& makers() {
    static std::map<std::string, Maker> const all{
        {"corruption",
         [](RestoreSite const& site, Records& records) {
             auto const damaged =
                 site.database().conninfo().with_database(damaged_copy(site)).uri().reveal();
             auto const ran = records.run("db-backup", {}, {{"DATABASE_URL", damaged}});
             BOOST_TEST(ran.code == 1, ran.all());
         }},
        {"outage",
         [](RestoreSite const&, Records& records) {
             auto const ran =
                 records.run("health-check", {"http://127.0.0.1:1/", "http://127.0.0.1:2/"});
             BOOST_TEST(ran.code == 3, ran.all());
         }},
        {"errors-over-10",
         [](RestoreSite const&, Records& records) {
             watch_errors(records, 4);
         }},
        {"errors-5-to-10",
         [](RestoreSite const&, Records& records) {
             watch_errors(records, 13);
         }},
        {"errors-1-to-5",
         [](RestoreSite const&, Records& records) {
             watch_errors(records, 33);
         }},
        {"errors-under-1",
         [](RestoreSite const&, Records& records) {
             watch_errors(records, 150);
         }},
        {"latency-doubled", watch_latency},
        {"metric-regressed", watch_regression},
        {"index-vanished", lose_an_index},
        {"health-failed",
         [](RestoreSite const&, Records& records) {
             Service service;
             service.every_nth = 1;
             auto const ran = records.run("health-check", {service.url()});
             BOOST_TEST(ran.code == 1, ran.all());
         }},
        {"migration-failed",
         [](RestoreSite const&, Records& records) {
             migrate_half(records);
         }},
        {"data-check-failed",
         [](RestoreSite const&, Records& records) {
             ask_suite(
                 records, "  - id: two\n    sql: select 499\n    expect: { value: \"500\" }\n");
         }},
        {"smoke-failed",
         [](RestoreSite const&, Records& records) {
             ask_suite(records, "  - id: two\n    get: /\n    expect: { status: 404 }\n");
         }},
        {"tests-failed",
         [](RestoreSite const&, Records& records) {
             std::string const report = (records.folder().parent_path() / "junit.xml").string();
             auto const ran = records.run(
                 "test-run",
                 {"--report",
                  report,
                  "--",
                  "sh",
                  "-c",
                  "echo '<testsuite><testcase name=\"a\"><failure/></testcase></testsuite>' >" +
                      report + "; exit 1"});
             BOOST_TEST(ran.code == 1, ran.all());
         }},
        {"command-failed",
         [](RestoreSite const&, Records& records) {
             fs::Path const file = records.folder().parent_path() / "pipeline.yaml";
             fs::write_atomic(file, "name: shop\nsteps:\n  - id: deploy\n    run: exit 1\n");
             auto const ran = records.run("deploy-run", {"run", file.string()});
             BOOST_TEST(ran.code == 1, ran.all());
         }},
        {"metric-critical",
         [](RestoreSite const&, Records& records) {
             watch_metrics(records, "{ warning: 0.0001, critical: 0.0002, source: a test }");
         }},
        {"metric-warning",
         [](RestoreSite const&, Records& records) {
             watch_metrics(records, "{ warning: 0.0001, source: a test }");
         }},
        {"index-invalid", leave_an_invalid_index},
        {"sessions-blocked", block_a_session}};
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_row_fires_from_records_of_the_real_tools) {
    RestoreSite const site;
    for (auto const& row : verdict::standard_matrix()) {
        if (row.id == "latency-raised") {
            continue; // a doubled one is raised, too
        }
        BOOST_TEST_REQUIRE(makers().contains(row.id), row.id);
        Records records{site, row.id};
        makers().at(row.id)(site, records);
        auto const run = records.decide();
        BOOST_TEST(run.code == 0, row.id << '\n' << run.all());
        BOOST_TEST(fired(run, row.id), row.id << '\n' << run.all());
        BOOST_TEST(
            run.at("/data/decision") == verdict::name(row.action),
            row.id << '\n'
                   << run.all());
        BOOST_TEST(fired(run, "latency-raised") == (row.id == "latency-doubled"), run.all());
    }
}

BOOST_AUTO_TEST_CASE(damaged_pages_are_found_by_a_query_that_reads_them_and_no_script_mends_them) {
    RestoreSite const site;
    Environment const damaged{
        {"DATABASE_URL",
         site.database().conninfo().with_database(damaged_copy(site)).uri().reveal()}};
    Records records{site, "damage"};
    auto const detected = records.run(
        "rollback",
        {"detect", "--exit-code", "--data-check", "select count(*) = 1000 from ledger"},
        damaged);
    BOOST_TEST(detected.code == 1, detected.all());
    BOOST_TEST(detected.says("invalid page in block 0"));
    auto const decided = records.decide();
    BOOST_TEST(decided.at("/data/decision") == "full", decided.all());
    BOOST_TEST(decided.at("/checks/0/id") == "matrix.corruption", decided.all());
    auto const sound = site.run(
        "rollback", {"detect", "--data-check", "select count(*) = 500 from items"}, damaged);
    BOOST_TEST(sound.at("/data/decision") == "none", sound.all());
}

BOOST_AUTO_TEST_SUITE_END()
