// SPDX-License-Identifier: Apache-2.0
// db-backup ended from outside: what is listed is whole, and the next run cleans up.
#include "support/shop.hpp"

#include <csignal>
#include <functional>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_backup_kills)

using namespace slipway;
using namespace std::chrono_literals;
using support::Shop;

namespace {

bool wait_for(std::function<bool()> const& condition, time::Milliseconds patience = 15s) {
    auto const deadline = time::Deadline::after(patience);
    while (!condition()) {
        if (deadline.expired()) {
            return false;
        }
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

bool ends(proc::Child& child, time::Milliseconds patience = 15s) {
    return wait_for(
        [&] {
            child.reap();
            return child.reaped();
        },
        patience);
}

// A pg_dump that has written all its files and does not end: the worst moment to be killed.
std::pair<std::string, std::string> slow_programs(Shop const& shop) {
    auto const bin = shop.programs(
        "$REAL \"$@\" 2>/dev/null; : >" + (shop.folder() / "dumped").string() + "; exec sleep 60");
    return {"SLIPWAY_PG_BIN", bin.string()};
}

proc::Child start_until_dumped(Shop const& shop) {
    auto child = proc::Child::start(shop.command({}, {slow_programs(shop)}));
    BOOST_TEST_REQUIRE(wait_for([&] { return std::filesystem::exists(shop.folder() / "dumped"); }));
    BOOST_TEST(shop.partials().size() == 1);
    return child;
}

std::int64_t sessions(Shop const& shop) {
    return shop.database()
        .connect()
        .exec("select count(*) from pg_stat_activity where datname = current_database() and "
              "pid <> pg_backend_pid()")
        .one_value<std::int64_t>();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_run_leaves_no_backup_and_the_next_one_cleans_up) {
    Shop const shop;
    auto child = start_until_dumped(shop);
    child.kill(SIGKILL);
    BOOST_TEST_REQUIRE(ends(child));
    BOOST_TEST(shop.record()["status"] == "running");
    auto const listed = shop.run({"list"});
    BOOST_TEST((*listed.record)["data"]["backups"].empty());
    BOOST_TEST(shop.partials().size() == 1);

    auto const next = shop.run({});
    BOOST_TEST(next.exit_code == 0, next.output);
    BOOST_TEST((next.output.find("removed what a killed run left behind") != std::string::npos));
    BOOST_TEST(shop.files().size() == 2);
    BOOST_TEST(wait_for([&] { return sessions(shop) == 0; }));
}

BOOST_AUTO_TEST_CASE(sigterm_ends_with_a_record_and_without_a_partial_folder) {
    Shop const shop;
    for (auto const& [number, code] : {std::pair{SIGTERM, 143}, std::pair{SIGINT, 130}}) {
        std::filesystem::remove(shop.folder() / "dumped");
        auto child = start_until_dumped(shop);
        child.kill(number);
        BOOST_TEST_REQUIRE(ends(child, 5s));
        BOOST_TEST(child.exit_code() == code);
        auto const record = shop.record();
        BOOST_TEST(record["status"] == "aborted");
        BOOST_TEST(record["exit_code"] == code);
        BOOST_TEST(shop.files().empty());
        BOOST_TEST(wait_for([&] { return sessions(shop) == 0; }));
    }
}

BOOST_AUTO_TEST_CASE(a_trial_restore_that_is_ended_leaves_the_backup_as_it_was_proven_before) {
    Shop const shop;
    fs::Path const restoring = shop.folder() / "restoring";
    auto const bin = shop.programs(
        "exec $REAL \"$@\"",
        "[ -z \"$RESTORING\" ] && exec $REAL \"$@\"; : >" + restoring.string() + "; exec sleep 60");
    for (int const number : {SIGTERM, SIGKILL}) {
        std::filesystem::remove(restoring);
        auto child = proc::Child::start(
            shop.command({"--verify", "restore"}, {{"SLIPWAY_PG_BIN", bin.string()}}));
        BOOST_TEST_REQUIRE(wait_for([&] { return std::filesystem::exists(restoring); }));
        child.kill(number);
        BOOST_TEST_REQUIRE(ends(child, 5s));
        BOOST_TEST(shop.partials().size() == (number == SIGKILL ? 1U : 0U));
    }
    auto const listed = shop.run({"list"});
    BOOST_TEST_REQUIRE((*listed.record)["data"]["backups"].size() == 2);
    BOOST_TEST((*listed.record)["data"]["backups"][1]["level"] == "listed");
    auto const next = shop.run({"verify", "latest", "--verify", "restore"});
    BOOST_TEST(next.exit_code == 0, next.output);
    BOOST_TEST(shop.run({}).exit_code == 0);
    BOOST_TEST(shop.partials().empty());
}

BOOST_AUTO_TEST_CASE(the_own_deadline_ends_it_like_a_signal) {
    Shop const shop;
    auto const ended = shop.run({"--timeout", "1s"}, {slow_programs(shop)});
    BOOST_TEST(ended.exit_code == 5, ended.output);
    BOOST_TEST(shop.files().empty());
}

BOOST_AUTO_TEST_CASE(a_lost_coordinator_is_an_error_and_leaves_nothing) {
    Shop const shop;
    auto child = proc::Child::start(shop.command(
        {},
        {{"SLIPWAY_PG_BIN",
          shop.programs(
                  ": >" + (shop.folder() / "dumped").string() + "; sleep 1; exec $REAL \"$@\"")
              .string()}}));
    BOOST_TEST_REQUIRE(wait_for([&] { return std::filesystem::exists(shop.folder() / "dumped"); }));
    shop.database().run("select pg_terminate_backend(pid) from pg_stat_activity "
                        "where datname = current_database() and pid <> pg_backend_pid()");
    BOOST_TEST_REQUIRE(ends(child));
    BOOST_TEST(child.exit_code() != 0);
    BOOST_TEST(shop.record()["status"] != "running");
    BOOST_TEST(shop.files().empty());
}

BOOST_AUTO_TEST_CASE(kills_at_any_moment_leave_only_whole_backups) {
    Shop const shop;
    constexpr int kills = 12;
    for (int i = 0; i < kills; ++i) {
        auto child = proc::Child::start(shop.command({"--keep", "3"}));
        // Up to a little more than a run takes; the numbers spread over it evenly.
        std::this_thread::sleep_for(time::Milliseconds{15 + i * 37});
        child.kill(SIGKILL);
        BOOST_TEST_REQUIRE(ends(child));
        auto const listed = shop.run({"list"});
        BOOST_TEST(listed.exit_code == 0);
        for (auto const& one : (*listed.record)["data"]["backups"]) {
            auto const verified = shop.run({"verify", one["id"].get<std::string>()});
            BOOST_TEST(verified.exit_code == 0, verified.output);
        }
    }
    auto const last = shop.run({"--keep", "3"});
    BOOST_TEST(last.exit_code == 0, last.output);
    BOOST_TEST(shop.partials().empty());
    auto const listed = shop.run({"list"});
    BOOST_TEST((*listed.record)["data"]["broken"].empty(), listed.output);
    BOOST_TEST(shop.files().size() == 2 * (*listed.record)["data"]["backups"].size());
}

BOOST_AUTO_TEST_CASE(two_runs_at_once_take_turns) {
    Shop const shop;
    auto first_command = shop.command({});
    first_command.arguments.back() = (shop.folder() / "first.json").string();
    auto first = proc::Child::start(first_command);
    auto const second = shop.run({});
    BOOST_TEST(ends(first));
    BOOST_TEST(second.exit_code == 0, second.output);
    BOOST_TEST(first.exit_code() == 0);
    BOOST_TEST(shop.files().size() == 4);
}

BOOST_AUTO_TEST_SUITE_END()
