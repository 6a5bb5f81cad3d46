// SPDX-License-Identifier: Apache-2.0
// db-restore that is stopped while it restores: nothing has changed and nothing is left.
#include "support/restore_site.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace slipway;
using support::RestoreSite;

namespace db_restore_stop {

namespace {

// The client programs of the server's version, of which pg_restore takes a minute.
fs::Path slow_programs(RestoreSite const& site) {
    auto const major = site.database().connect().server_version() / 10'000;
    fs::Path const real = fs::Path{"/usr/lib/postgresql"} / std::to_string(major) / "bin";
    fs::Path const bin = site.folder() / "bin";
    fs::make_folder(bin);
    std::filesystem::create_symlink(real / "pg_dump", bin / "pg_dump");
    fs::write_atomic(
        bin / "pg_restore",
        "#!/bin/sh\ncase \"$*\" in *--dbname*) sleep 60;; esac\nexec " +
            (real / "pg_restore").string() + " \"$@\"\n");
    std::filesystem::permissions(bin / "pg_restore", std::filesystem::perms{0755});
    return bin;
}

void require_untouched(RestoreSite const& site) {
    BOOST_TEST(site.siblings().empty());
    BOOST_TEST(site.value("select count(*) from items") == "400");
    for (auto const& entry : std::filesystem::directory_iterator{site.backups()}) {
        BOOST_TEST(!entry.path().filename().string().starts_with(".partial-"), entry.path());
    }
    BOOST_TEST(site.restore({"status"}).at("/status") == "passed");
}

struct Stopped {
    Stopped() {
        site.backup();
        site.sql("delete from items where id > 400");
        environment = site.environment();
        environment.emplace_back("SLIPWAY_PG_BIN", slow_programs(site).string());
    }

    RestoreSite site;
    support::Environment environment;
    std::vector<std::string> arguments{"--accept-data-loss", "--no-safety-backup"};
};

} // namespace

} // namespace db_restore_stop

BOOST_FIXTURE_TEST_SUITE(db_restore_stop, db_restore_stop::Stopped)

BOOST_AUTO_TEST_CASE(sigterm_and_sigint_remove_what_was_half_restored) {
    for (int const number : {SIGTERM, SIGINT}) {
        auto const run = support::start_and_kill(
            "db-restore", arguments, environment, std::chrono::seconds{4}, number);
        BOOST_TEST(run.code == 128 + number, run.all());
        BOOST_TEST(run.at("/status") == "aborted");
        BOOST_TEST(run.says("restoring"));
        require_untouched(site);
    }
}

BOOST_AUTO_TEST_CASE(the_own_deadline_ends_it_likewise) {
    arguments.insert(arguments.end(), {"--timeout", "4s"});
    auto const run = support::run_tool("db-restore", arguments, environment);
    BOOST_TEST(run.code == 5, run.all());
    BOOST_TEST(run.at("/error/kind") == "timeout");
    require_untouched(site);
}

BOOST_AUTO_TEST_CASE(a_kill_while_pg_restore_works_is_tidied_up_by_the_next_run) {
    auto const run = support::start_and_kill(
        "db-restore", arguments, environment, std::chrono::seconds{4}, SIGKILL);
    BOOST_TEST(run.signal == SIGKILL);
    BOOST_TEST_REQUIRE(site.siblings("__new_").size() == 1U);
    auto const status = site.restore({"status"});
    BOOST_TEST(status.at("/status") == "warned", status.all());
    auto const next = site.restore(arguments);
    BOOST_TEST(next.code == 0, next.all());
    BOOST_TEST(next.says("removed what a killed run had half restored"));
    BOOST_TEST(site.siblings("__new_").empty());
    BOOST_TEST(site.value("select count(*) from items") == "500");
}

BOOST_AUTO_TEST_SUITE_END()
