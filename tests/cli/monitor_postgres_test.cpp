// SPDX-License-Identifier: Apache-2.0
// monitor against a PostgreSQL of its own: it looks at the whole server.
#include "cluster/child.hpp"
#include "cluster/cluster.hpp"
#include "cluster/installation.hpp"
#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "pg/connection.hpp"
#include "support/run_tool.hpp"

#include <algorithm>
#include <csignal>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_postgres)

using namespace slipway;
using namespace std::chrono_literals;
using support::ToolRun;

namespace {

struct Server {
    Server() {
        settings.folder = folder.path();
        settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
        running.emplace(cluster::Cluster::start(settings));
        conninfo = running->conninfo();
        db().exec("create table orders (id int primary key, note text)");
        db().exec("create role plain login; grant connect on database postgres to plain");
        db().exec("create role watcher login in role pg_monitor");
    }

    [[nodiscard]] pg::Connection db(std::string const& application = "test") const {
        pg::Options options;
        options.application_name = application;
        return pg::Connection::open(conninfo, options);
    }

    [[nodiscard]] support::Environment env(std::string const& role = "watcher") const {
        return {{"DATABASE_URL", conninfo.with("user", role).uri().reveal()}};
    }

    // A fast shutdown; what is left of the object only removes the folder.
    void shut_down() const {
        ::kill(running->postmaster_pid(), SIGINT);
        auto const deadline = time::Deadline::after(10s);
        while (std::filesystem::exists(folder.path() / "data" / "postmaster.pid")) {
            BOOST_REQUIRE(!deadline.expired());
            std::this_thread::sleep_for(20ms);
        }
    }

    void start_again() {
        auto const bin = cluster::find_installation().bin;
        auto const data = (folder.path() / "data").string();
        again.emplace(
            cluster::Command{bin / "postgres", {"-D", data}, folder.path() / "log"}, fs::Path{});
    }

    fs::TempFolder folder{"monitor-pg-", "/tmp"};
    cluster::Settings settings;
    std::optional<cluster::Cluster> running;
    std::optional<cluster::Supervised> again;
    pg::ConnInfo conninfo = pg::ConnInfo::from_environment();
};

// One server for the cases that leave it as it is.
Server& shared() {
    static Server server;
    return server;
}

ToolRun watch(Server const& server, std::vector<std::string> more, std::string const& role) {
    std::vector<std::string> args{"--every", "100ms"};
    if (std::find(more.begin(), more.end(), "--for") == more.end()) {
        args.insert(args.end(), {"--for", "800ms"});
    }
    args.insert(args.end(), more.begin(), more.end());
    return support::run_tool("monitor", std::move(args), server.env(role));
}

std::string status_of(ToolRun const& run, std::string_view id) {
    BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
    for (auto const& check : (*run.record)->at("checks")) {
        if (check["id"] == id) {
            return check["status"].get<std::string>();
        }
    }
    return "absent";
}

json::Value metric(ToolRun const& run, std::string_view name) {
    for (auto const& each : (*run.record)->at("data")["metrics"]) {
        if (each["name"] == name) {
            return each;
        }
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_quiet_server_passes_with_its_figures) {
    auto const& server = shared();
    auto idle = server.db("visitor");
    auto const run = watch(server, {"--on-undecided", "fail"}, "watcher");
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "passed", run.all());
    BOOST_TEST(status_of(run, "pg.privileges") == "passed");
    BOOST_TEST(status_of(run, "pg.up") == "passed");
    BOOST_TEST(status_of(run, "pg.blocked") == "passed");
    BOOST_TEST(status_of(run, "pg.rollback_ratio") == "skipped"); // too little traffic
    BOOST_TEST(metric(run, "pg.connections")["last"] == 1);
    BOOST_TEST(metric(run, "pg.database_size")["last"] > 1e6);
    BOOST_TEST(run.at("/target/database") == "postgres");
    BOOST_TEST(run.at("/data/recommendation/decided") == "true");
}

BOOST_AUTO_TEST_CASE(a_role_without_pg_monitor_is_blind_and_never_healthy) {
    auto const& server = shared();
    auto const run = watch(server, {"--on-undecided", "fail"}, "plain");
    BOOST_TEST(run.code == 7, run.all());
    BOOST_TEST(run.at("/checks/0/id") == "pg.privileges");
    BOOST_TEST(run.at("/checks/0/status") == "undecided");
    BOOST_TEST(run.at("/summary").starts_with("blind "), run.at("/summary"));
    BOOST_TEST(run.at("/data/blind") == "true");
    BOOST_TEST(status_of(run, "pg.blocked") == "undecided");
    BOOST_TEST(run.at("/data/recommendation/decided") == "false");
    auto const lenient = watch(server, {}, "plain");
    BOOST_TEST(lenient.code == 0);
    BOOST_TEST(lenient.at("/status") == "warned");
}

BOOST_AUTO_TEST_CASE(who_is_blocked_and_who_blocks_is_named) {
    auto const& server = shared();
    auto holder = server.db("nightly-job");
    holder.exec("begin");
    holder.exec("lock table orders in access exclusive mode");
    auto waiter = server.db("shop");
    auto const blocked = std::async(std::launch::async, [&] {
        waiter.exec("set lock_timeout = '20s'");
        waiter.exec("select count(*) from orders");
    });
    auto const run = watch(server, {"--for", "1500ms"}, "watcher");
    holder.exec("rollback");
    blocked.wait();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned");
    BOOST_TEST(status_of(run, "pg.blocked") == "warned");
    BOOST_TEST(run.at("/data/blocked/0/pid") == std::to_string(waiter.backend_pid()));
    BOOST_TEST(run.at("/data/blocked/0/relation") == "public.orders");
    BOOST_TEST(run.at("/data/blocked/0/by/0/pid") == std::to_string(holder.backend_pid()));
    BOOST_TEST(run.at("/data/blocked/0/by/0/application") == "nightly-job");
    BOOST_TEST(run.at("/data/blocked/0/by/0/state") == "idle in transaction");
    BOOST_TEST(run.says(fmt::format("by pid {}", holder.backend_pid())), run.err);
    BOOST_TEST(!run.says("count(*)")); // no query text
    // The lock on the table does not hold up the sizes.
    BOOST_TEST(run.at("/data/sources/0/gaps") == "0");
}

BOOST_AUTO_TEST_CASE(a_deadlock_and_rollbacks_are_counted_as_rises) {
    auto const& server = shared();
    auto watching = std::async(std::launch::async, [&] {
        return watch(server, {"--for", "4s"}, "watcher");
    });
    std::this_thread::sleep_for(500ms);
    server.db().exec("insert into orders values (1), (2) on conflict do nothing");
    auto a = server.db();
    auto b = server.db();
    a.exec("begin");
    b.exec("begin");
    a.exec("update orders set note = 'a' where id = 1");
    b.exec("update orders set note = 'b' where id = 2");
    auto crossing = std::async(std::launch::async, [&] {
        try {
            a.exec("update orders set note = 'a' where id = 2");
        } catch (Error const&) {
            return true;
        }
        return false;
    });
    bool b_lost = false;
    try {
        b.exec("update orders set note = 'b' where id = 1");
    } catch (Error const&) {
        b_lost = true;
    }
    b.exec("rollback");
    BOOST_TEST(crossing.get() != b_lost);
    a.exec("rollback");
    auto worker = server.db();
    for (int i = 0; i < 150; ++i) {
        worker.exec("begin; select 1; rollback");
    }
    worker.close(); // its counters are told at the latest now
    a.close();
    b.close();
    auto const run = watching.get();
    BOOST_TEST(status_of(run, "pg.deadlocks") == "warned", run.all());
    BOOST_TEST(metric(run, "pg.deadlocks")["greatest"] == 1);
    BOOST_TEST(metric(run, "pg.rollback_ratio")["last"] > 10);
    BOOST_TEST(status_of(run, "pg.rollback_ratio") == "failed");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_restarted_costs_samples_and_is_told) {
    Server server;
    auto watching = std::async(std::launch::async, [&] {
        return watch(server, {"--for", "5s"}, "watcher");
    });
    std::this_thread::sleep_for(1s);
    server.shut_down();
    std::this_thread::sleep_for(1200ms); // some samples meet nobody
    server.start_again();
    auto const run = watching.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned");
    BOOST_TEST(status_of(run, "pg.up") == "warned"); // it was critical, and is well again
    BOOST_TEST(status_of(run, "pg.restarts") == "warned");
    BOOST_TEST(status_of(run, "source.postgres") == "passed");
    BOOST_TEST(std::stoi(run.at("/data/sources/0/gaps")) > 2);
    BOOST_TEST(!run.at("/data/sources/0/last_gap").empty());
    BOOST_TEST(run.says("pg.up is critical"), run.err);
    BOOST_TEST(run.says("pg.up is normal again"), run.err);
}

BOOST_AUTO_TEST_CASE(a_server_that_goes_for_good_is_an_outage) {
    Server const server;
    auto watching = std::async(std::launch::async, [&] {
        return watch(server, {"--for", "2500ms"}, "watcher");
    });
    std::this_thread::sleep_for(1s);
    server.shut_down();
    auto const run = watching.get();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/data/recommendation/action") == "full");
    BOOST_TEST(run.says("the database takes no connections"), run.all());
}

BOOST_AUTO_TEST_CASE(a_database_that_is_not_there_is_told_before_the_watch) {
    auto const& server = shared();
    auto const run = support::run_tool(
        "monitor",
        {"--for", "1h"},
        {{"DATABASE_URL", server.conninfo.with_database("nowhere").uri().reveal()}});
    BOOST_TEST(run.code == 2, run.all());
    BOOST_TEST(run.says("nowhere"));
}

BOOST_AUTO_TEST_SUITE_END()
