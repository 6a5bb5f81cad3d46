// SPDX-License-Identifier: Apache-2.0
// db-restore where it must not go on: the cause is named, and nothing has changed.
#include "pg/advisory_lock.hpp"
#include "support/restore_site.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_restore_refusals)

using namespace slipway;
using support::RestoreSite;
using support::ToolRun;

namespace {

void require_refused(
    RestoreSite const& site,
    ToolRun const& run,
    std::string const& words,
    int code = 4) {
    BOOST_TEST(run.code == code, run.all());
    BOOST_TEST(run.at("/error/message").find(words) != std::string::npos, run.all());
    BOOST_TEST(!run.at("/error/hint").empty());
    BOOST_TEST(site.siblings().empty());
    BOOST_TEST(site.value("select count(*) from items") == "500");
}

void flip(fs::Path const& file) {
    std::string bytes = fs::read_file(file);
    auto const at = bytes.size() / 2;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    fs::write_atomic(file, bytes);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_data_loss_is_printed_and_must_be_accepted) {
    RestoreSite const site;
    site.backup();
    auto const run = site.restore({});
    require_refused(site, run, "what was written since 20");
    BOOST_TEST(run.at("/error/hint").find("--accept-data-loss") != std::string::npos);
    BOOST_TEST(!run.at("/data/window/from").empty());
}

BOOST_AUTO_TEST_CASE(migrations_that_were_applied_since_are_named) {
    RestoreSite const site;
    fs::Path const folder = site.folder() / "migrations";
    fs::make_folder(folder);
    auto const migrate = [&](std::string const& name) {
        fs::write_atomic(folder / (name + ".sql"), "create table t_" + name + " (x int);\n");
        auto const run = site.run("migrate-apply", {"--dir", folder.string()});
        BOOST_TEST_REQUIRE(run.code == 0, run.all());
    };
    migrate("001_before");
    site.backup();
    migrate("002_after");
    auto const run = site.restore({});
    require_refused(site, run, ", and with it the migrations 002_after");
    BOOST_TEST(run.at("/data/window/migrations/0").starts_with("002_after"));
    BOOST_TEST(run.at("/data/window/migrations/1") == "");
    auto const accepted = site.restore({"--accept-data-loss", "--no-safety-backup"});
    BOOST_TEST(accepted.code == 0, accepted.all());
    BOOST_TEST(
        site.value("select string_agg(id, ' ') from slipway.migrations").starts_with("001_before"));
    BOOST_TEST(site.value("select count(*) from slipway.migrations") == "1");
}

BOOST_AUTO_TEST_CASE(in_production_it_must_be_confirmed_too) {
    RestoreSite const site;
    site.backup({"--environment", "production"});
    auto const run = site.restore(
        {"--environment", "production", "--accept-data-loss", "--backup-id", "latest"});
    require_refused(site, run, "not confirmed: Replace " + site.name());
    auto const yes = site.restore(
        {"--environment", "production", "--accept-data-loss", "--yes", "--no-safety-backup"});
    BOOST_TEST(yes.code == 0, yes.all());
}

BOOST_AUTO_TEST_CASE(a_damaged_archive) {
    RestoreSite const site;
    auto const id = site.backup();
    flip(site.backups() / (id + ".tar"));
    require_refused(site, site.restore({"--accept-data-loss"}), id + " is damaged");
    std::filesystem::resize_file(site.backups() / (id + ".tar"), 1000);
    require_refused(
        site, site.restore({"--accept-data-loss", "--backup-id", id}), id + " is not whole");
}

BOOST_AUTO_TEST_CASE(an_unverified_backup_in_production_unless_allowed) {
    RestoreSite const site;
    auto const id = site.backup({"--environment", "production"});
    site.forge(id, "level", "\"stored\"");
    std::vector<std::string> arguments{
        "--environment", "production", "--accept-data-loss", "--yes", "--backup-id", id};
    require_refused(site, site.restore(arguments), "nobody has read " + id);
    arguments.insert(arguments.end(), {"--allow-unverified", "--no-safety-backup"});
    auto const allowed = site.restore(arguments);
    BOOST_TEST(allowed.code == 0, allowed.all());
}

BOOST_AUTO_TEST_CASE(a_backup_of_a_newer_server) {
    RestoreSite const site;
    auto const id = site.backup();
    site.forge(id, "server_version", "\"99.1\"");
    require_refused(site, site.restore({"--accept-data-loss"}), id + " is of PostgreSQL 99");
}

BOOST_AUTO_TEST_CASE(a_backup_of_another_environment_unless_it_is_named) {
    RestoreSite const site;
    auto const id = site.backup({"--environment", "staging"});
    require_refused(
        site,
        site.restore({"--accept-data-loss", "--environment", "test", "--backup-id", id}),
        "is of the environment staging, not test");
    auto const named = site.restore(
        {"--accept-data-loss",
         "--environment",
         "test",
         "--from-environment",
         "staging",
         "--no-safety-backup"});
    BOOST_TEST(named.code == 0, named.all());
    BOOST_TEST(named.at("/data/backup/id") == id);
}

BOOST_AUTO_TEST_CASE(a_backup_of_another_database_or_server) {
    RestoreSite const site;
    auto const id = site.backup();
    site.forge(id, "database", "\"other\"");
    std::vector<std::string> const arguments{"--accept-data-loss", "--backup-id", id};
    require_refused(site, site.restore(arguments), "is of the database other");
    site.forge(id, "database", "\"" + site.name() + "\"");
    site.forge(id, "system_identifier", "\"1\"");
    require_refused(site, site.restore(arguments), "on another server");
    require_refused(site, site.restore({"--accept-data-loss"}), "no verified regular backup", 2);
    auto const rebuilt =
        site.restore({"--accept-data-loss", "--from-environment", "none", "--no-safety-backup"});
    BOOST_TEST(rebuilt.code == 0, rebuilt.all());
}

BOOST_AUTO_TEST_CASE(single_tables_and_what_is_not_there) {
    RestoreSite const site;
    auto const id = site.backup({"--table", "items"});
    require_refused(
        site, site.restore({"--accept-data-loss", "--backup-id", id}), "holds single tables");
    require_refused(
        site, site.restore({"--accept-data-loss", "--backup-id", "nosuch"}), "nosuch", 2);
}

BOOST_AUTO_TEST_CASE(other_sessions_without_terminate_are_named) {
    RestoreSite const site;
    site.backup();
    pg::Options options;
    options.application_name = "the shop itself";
    auto const open = site.database().connect(options);
    auto const run = site.restore({"--accept-data-loss"});
    require_refused(site, run, "1 of slipway (the shop itself)");
    BOOST_TEST(run.at("/error/hint").find("--terminate") != std::string::npos);
    BOOST_TEST(open.is_open());
}

BOOST_AUTO_TEST_CASE(a_disk_without_room) {
    RestoreSite const site;
    auto const id = site.backup();
    site.forge(id, "database_bytes", "1000000000000000000");
    require_refused(site, site.restore({"--accept-data-loss"}), "and the restore may need");
}

BOOST_AUTO_TEST_CASE(a_migration_or_another_restore_that_is_running) {
    RestoreSite const site;
    site.backup();
    std::vector<std::string> const arguments{
        "--accept-data-loss", "--terminate", "--no-safety-backup", "--lock-wait", "300ms"};
    {
        pg::Options options;
        options.application_name = "slipway/migrate-apply/7";
        auto other = site.database().connect(options);
        auto const lock = pg::AdvisoryLock::try_take(other, pg::deployment_lock);
        BOOST_TEST_REQUIRE(lock.has_value());
        auto const run = site.restore(arguments);
        require_refused(site, run, "a migration or a backup is running");
        BOOST_TEST(run.says("slipway/migrate-apply/7"));
    }
    // A restore is held up where its run has not begun: with the lock of the whole run.
    auto const held = site.value(
        "select ('x' || left(encode(sha256('slipway/db-restore/" + site.name() +
        "'), 'hex'), 16))::bit(64)::bigint");
    auto other = pg::Connection::open(support::test_server());
    auto const lock = pg::AdvisoryLock::try_take(other, std::stoll(held));
    require_refused(site, site.restore(arguments), "another restore of this database is running");
    auto const status = site.restore({"status"});
    BOOST_TEST(status.at("/data/running") == "true");
    BOOST_TEST(status.says("a restore is running"));
}

BOOST_AUTO_TEST_CASE(a_role_that_may_not_make_databases) {
    RestoreSite const site;
    site.backup();
    std::string const role = "role_of_" + site.name();
    site.server_sql("create role " + role + " login in role pg_read_all_data");
    auto const url = site.database().conninfo().with("user", role).uri().reveal();
    auto const run = site.run("db-restore", {"--accept-data-loss"}, {{"DATABASE_URL", url}});
    require_refused(site, run, "may not create and rename databases");
    site.server_sql("alter role " + role + " createdb");
    auto const member = site.run("db-restore", {"--accept-data-loss"}, {{"DATABASE_URL", url}});
    site.server_sql("drop role " + role);
    require_refused(site, member, "not a member of the owner");
}

BOOST_AUTO_TEST_CASE(roles_that_the_server_lacks) {
    RestoreSite const site;
    std::string const role = "role_of_" + site.name();
    site.server_sql("create role " + role);
    site.sql("alter table parts owner to " + role);
    site.backup();
    site.sql("reassign owned by " + role + " to current_user");
    site.server_sql("drop role " + role);
    require_refused(site, site.restore({"--accept-data-loss"}), "roles are missing");
}

BOOST_AUTO_TEST_CASE(a_subscription_that_would_stay_with_the_old_database) {
    RestoreSite const site;
    site.backup();
    std::string const name = "s_" + site.name();
    site.sql(
        "create subscription " + name +
        " connection 'dbname=x' publication p with (connect = false)");
    auto const run = site.restore({"--accept-data-loss"});
    site.sql("alter subscription " + name + " set (slot_name = none); drop subscription " + name);
    require_refused(site, run, "subscription " + name);
}

BOOST_AUTO_TEST_CASE(the_database_to_be_in_meanwhile_and_unknown_ones) {
    RestoreSite const site;
    site.backup();
    require_refused(
        site,
        site.restore({"--accept-data-loss", "--maintenance-db", site.name()}),
        "from inside of itself",
        2);
    auto const unknown = site.restore({"--accept-data-loss", "--maintenance-db", "nosuch"});
    require_refused(site, unknown, "nosuch", 2);
    BOOST_TEST(unknown.says("--maintenance-db"));
    auto const gone = site.database().conninfo().with_database("nosuch").uri().reveal();
    require_refused(
        site, site.run("db-restore", {}, {{"DATABASE_URL", gone}}), "no database nosuch", 2);
}

BOOST_AUTO_TEST_CASE(a_restore_that_fails_half_way_leaves_nothing) {
    RestoreSite const site;
    auto const id = site.backup();
    site.forge(id, "tables", [&] {
        auto const path = site.backups() / (id + ".manifest.json");
        auto tables = json::parse(fs::read_file(path), path.string()).at("tables");
        tables.at(0)["rows"] = 501;
        return json::write(tables);
    }());
    require_refused(site, site.restore({"--accept-data-loss"}), "has 500 rows, not 501", 1);
    for (auto const& entry : std::filesystem::directory_iterator{site.backups()}) {
        BOOST_TEST(!entry.path().filename().string().starts_with(".partial-"));
    }
}

BOOST_AUTO_TEST_CASE(half_restored_databases_of_killed_runs_go_and_others_stay) {
    RestoreSite const site;
    site.backup();
    std::string const left = site.name() + "__new_20260131t100000z_aaaa";
    std::string const unmarked = site.name() + "__new_20260131t100000z_bbbb";
    std::string const renamed = site.name() + "_mine";
    std::string const marker =
        "'{\"slipway\":\"db-restore/1\",\"stage\":\"restoring\",\"live\":\"" + site.name() +
        "\",\"run\":\"9\",\"at\":\"2026-01-31T10:00:00Z\",\"backup\":\"x\","
        "\"replaced_by\":0,\"comment\":null}'";
    std::string const empty = site.name() + "__new_20260131t100000z_cccc";
    for (auto const& name : {left, unmarked, empty, renamed}) {
        site.server_sql("create database " + name);
    }
    pg::Connection::open(support::test_server().with_database(unmarked))
        .exec("create table somebodys (n int)");
    site.server_sql("comment on database " + left + " is " + marker);
    site.server_sql("comment on database " + renamed + " is " + marker);

    auto const status = site.restore({"status"});
    BOOST_TEST(status.code == 0);
    BOOST_TEST(status.at("/status") == "warned");
    BOOST_TEST(status.says(left + " ("));
    BOOST_TEST(status.says("left half restored by a killed run"));
    BOOST_TEST(status.at("/data/unmarked/0") == unmarked);

    auto const run = site.restore({"--accept-data-loss", "--no-safety-backup"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/removed") == "[\"" + left + "\",\"" + empty + "\"]");
    BOOST_TEST(run.says("removed what a killed run had half restored"));
    BOOST_TEST(run.says(unmarked));
    BOOST_TEST(site.siblings("__new_") == std::vector{unmarked}, boost::test_tools::per_element());
    BOOST_TEST(site.siblings("_mine").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
