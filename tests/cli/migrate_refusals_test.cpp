// SPDX-License-Identifier: Apache-2.0
// What migrate-apply does not do, and how it says so: production, doors that stay shut.
#include "cluster/cluster.hpp"
#include "support/cutting_proxy.hpp"
#include "support/migration_site.hpp"

#include <csignal>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_refusals)

using namespace slipway;
using namespace std::chrono_literals;
using support::MigrationSite;
using support::ToolRun;

namespace {

constexpr char const* password = "Geh3im%21&;x";

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

// One clear line: an error without the words of a programmer, and a record that says the same.
void require_one_clear_line(ToolRun const& run, int code, std::string const& word) {
    BOOST_TEST(run.code == code, run.all());
    BOOST_TEST(run.record.has_value());
    BOOST_TEST(has(run.at("/error/message"), word), run.all());
    BOOST_TEST(!has(run.at("/error/message"), "\n"), run.all());
    BOOST_TEST(has(run.err, word), run.all());
}

// The password in no spelling, anywhere.
void require_secrecy(ToolRun const& run) {
    for (char const* const spelling : {password, "Geh3im!&;x", "Geh3im%2521", "Geh3im"}) {
        BOOST_TEST(!run.says(spelling), run.all());
    }
}

ToolRun run_with_url(MigrationSite const& site, std::string const& url) {
    return support::run_tool("migrate-apply", site.arguments({}), {{"DATABASE_URL", url}});
}

} // namespace

BOOST_AUTO_TEST_CASE(production_needs_a_backup_and_a_confirmation) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    std::vector<std::string> const production{"--environment", "production"};
    auto const with = [&](std::vector<std::string> more) {
        more.insert(more.end(), production.begin(), production.end());
        return site.run(std::move(more));
    };
    auto const no_backup = with({"--yes"});
    BOOST_TEST(no_backup.code == 4, no_backup.all());
    BOOST_TEST(has(no_backup.at("/error/message"), "backup"));
    BOOST_TEST(has(no_backup.at("/error/hint"), "--allow-no-backup"));
    auto const not_confirmed = with({"--allow-no-backup"});
    BOOST_TEST(not_confirmed.code == 4, not_confirmed.all());
    BOOST_TEST(has(not_confirmed.at("/error/hint"), "--yes"));
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    auto const run = with({"--allow-no-backup", "--yes"});
    BOOST_TEST(run.code == 0, run.all());
    auto const nothing = with({});
    BOOST_TEST(nothing.code == 0, nothing.all());
    BOOST_TEST(nothing.at("/summary") == "nothing is pending");
}

BOOST_AUTO_TEST_CASE(a_backup_that_is_asked_for_is_asked_for_everywhere) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    BOOST_TEST(site.run({"--require-backup", "--environment", "test"}).code == 4);
    BOOST_TEST(site.run({"--environment", "test"}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_a_usage_error_that_never_shows_it) {
    cluster::Settings settings;
    settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    settings.tcp = true;
    settings.hba = {"host all guest 127.0.0.1/32 scram-sha-256"};
    auto const server = cluster::Cluster::start(settings);
    pg::Connection::open(server.conninfo()).exec("create role guest login password 'other'");
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    auto const run = run_with_url(
        site,
        "postgresql://guest:" + std::string{password} + "@127.0.0.1:" + server.conninfo().port() +
            "/postgres?sslmode=disable");
    require_one_clear_line(run, 2, "password authentication failed");
    require_secrecy(run);
}

BOOST_AUTO_TEST_CASE(no_server_is_unavailable) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    auto const run =
        run_with_url(site, "postgresql://u:" + std::string{password} + "@127.0.0.1:1/shop");
    require_one_clear_line(run, 3, "127.0.0.1:1");
    require_secrecy(run);
}

BOOST_AUTO_TEST_CASE(an_unknown_database_is_named) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    auto const target =
        site.db.conninfo().with_database("no_such_db").with("password", "Geh3im!&;x");
    auto const run = run_with_url(site, target.uri().reveal());
    require_one_clear_line(run, 2, "no_such_db");
    require_secrecy(run);
}

BOOST_AUTO_TEST_CASE(a_malformed_url_is_told_without_its_password) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    for (char const* const rest : {"@host:port/db", "@[::1/db", "@host/db?nonsense=1"}) {
        auto const run = run_with_url(site, "postgresql://u:" + std::string{password} + rest);
        BOOST_TEST(run.code == 2, run.all());
        BOOST_TEST(run.at("/error/kind") == "usage");
        require_secrecy(run);
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_read_is_named_before_any_server_is_asked) {
    MigrationSite site; // its folder was never made
    auto const run = run_with_url(site, "postgresql://u@127.0.0.1:1/shop");
    require_one_clear_line(run, 2, site.dir.string());
    auto const none = support::run_tool("migrate-apply", {}, site.environment());
    require_one_clear_line(none, 2, "no folder of migrations");
}

BOOST_AUTO_TEST_CASE(a_role_without_rights_is_told_what_it_lacks) {
    MigrationSite site;
    std::string const role = site.db.name() + "_poor";
    site.db.run(
        "create role " + role + " login; revoke create on database " + site.db.name() +
        " from public");
    site.add("001_a.sql", "create table a ();");
    auto const run = run_with_url(site, site.db.conninfo().with("user", role).uri().reveal());
    require_one_clear_line(run, 2, "permission denied");
    site.db.run("drop role " + role);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_text_is_refused_with_its_line_before_anything_is_touched) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    site.add("002_b.sql", "select 1;\nselect '\xFF';\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 2, run.all());
    BOOST_TEST(has(run.at("/error/message"), "002_b.sql:2"), run.all());
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    site.add("002_b.sql", "select 'open");
    BOOST_TEST(site.run().code == 2);
    site.add("002_b.sql", "select 1;\n\\i other.sql\n");
    BOOST_TEST(has(site.run().at("/error/message"), "002_b.sql:2"));
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_killed_at_work_is_unavailable_and_nothing_stays) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();\nselect pg_sleep(30);");
    auto running = std::async(std::launch::async, [&site] { return site.run(); });
    auto const deadline = time::Deadline::after(10s);
    while (site.ask("select count(pg_terminate_backend(pid)) from pg_stat_activity where"
                    " datname = current_database() and query like '%pg_sleep%'"
                    " and pid <> pg_backend_pid()") == "0") {
        BOOST_REQUIRE(!deadline.expired());
        std::this_thread::sleep_for(20ms);
    }
    auto const run = running.get();
    BOOST_TEST(run.code == 3, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(run.at("/data/migrations/0/status") == "rolled_back");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    site.add("001_a.sql", "create table a ();");
    BOOST_TEST(site.run().code == 0);
}

BOOST_AUTO_TEST_CASE(a_connection_lost_at_the_commit_is_looked_up_and_its_outcome_told) {
    for (auto const cut :
         {support::Cut::before_the_server_sees_it, support::Cut::after_the_server_answers}) {
        bool const committed = cut == support::Cut::after_the_server_answers;
        MigrationSite site;
        site.add_prisma("1_a", "create table a ();");
        site.add_prisma("2_b", "\\echo alone\ncreate table b ();"); // is not sent ahead
        auto const target = site.db.conninfo();
        support::CuttingProxy const proxy{std::stoi(target.port()), "create table a ()", cut};
        auto const run =
            run_with_url(site, target.with("port", std::to_string(proxy.port())).uri().reveal());
        BOOST_TEST(run.code == 3, run.all());
        BOOST_TEST(
            has(run.at("/error/message"), committed ? "1_a is applied" : "1_a is not applied"),
            run.all());
        BOOST_TEST(run.at("/data/migrations/0/status") == (committed ? "applied" : "pending"));
        BOOST_TEST(site.ask("select to_regclass('a') is not null") == (committed ? "t" : "f"));
        BOOST_TEST(site.ask("select to_regclass('b') is null") == "t");
        auto const again = site.run();
        BOOST_TEST(again.code == 0, again.all());
        BOOST_TEST(
            site.ask("select count(*) from _prisma_migrations where finished_at is not null") ==
            "2");
    }
}

BOOST_AUTO_TEST_SUITE_END()
