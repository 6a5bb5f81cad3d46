// SPDX-License-Identifier: Apache-2.0
// Migrations that are newer than the backup are named before they are lost, whichever program has
// applied them; golang-migrate's, whose one row says neither when nor which, when both are there.
#include "migration/history.hpp"
#include "support/restore_site.hpp"

#include <map>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_restore_migrations)

using namespace slipway;
using support::RestoreSite;
using support::ToolRun;

namespace {

// A row of a history, as the layout's own program writes it: {} stands for the migration.
using Rows = std::map<std::string, std::string>;

Rows const& of_programs() {
    static Rows const all{
        {"prisma",
         "insert into _prisma_migrations (id, checksum, migration_name, finished_at) "
         "values ('{}', '', '{}_prisma', now())"},
        {"flyway",
         "insert into flyway_schema_history values ({}, '{}', 'x', 'SQL', 'V{}__flyway.sql', 1, "
         "'x', now(), 1, true)"},
        {"goose", "insert into goose_db_version (version_id, is_applied) values ({}, true)"},
        {"node-pg-migrate", "insert into pgmigrations (name, run_on) values ('{}_node', now())"},
        {"sqitch",
         "insert into sqitch.changes (change_id, script_hash, change, project, committer_name, "
         "committer_email, planned_at, planner_name, planner_email) values ('{}', '{}', "
         "'{}_sqitch', 'shop', '', '', now(), '', '')"},
        {"supabase",
         "insert into supabase_migrations.schema_migrations (version) values ('{}_supabase')"},
        {"dbmate", "insert into schema_migrations (version) values ('{}_dbmate')"},
        {"drizzle-1",
         "insert into drizzle.__drizzle_migrations (hash, created_at, name) "
         "values ('{}', {}, '{}_drizzle_1')"}};
    return all;
}

void apply(RestoreSite const& site, Rows const& rows, std::string const& number) {
    for (auto const& [layout, row] : rows) {
        site.sql(text::replace_all(row, "{}", number));
    }
}

std::vector<std::string> named(ToolRun const& run) {
    std::vector<std::string> out;
    for (auto const& each : (*run.record)->at("data").at("window").at("migrations")) {
        out.push_back(each.get<std::string>());
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(those_of_all_programs_whose_histories_say_when_or_list_them) {
    RestoreSite const site;
    {
        auto connection = site.database().connect();
        for (auto const& [layout, row] : of_programs()) {
            migration::ledger_of(layout, connection.target())->create(connection);
        }
    }
    site.sql("insert into sqitch.projects (project, creator_name, creator_email) "
             "values ('shop', '', '')");
    // The histories without a zone have the database's.
    site.server_sql("alter database " + site.name() + " set timezone to 'Pacific/Auckland'");
    apply(site, of_programs(), "1");
    site.backup();
    apply(site, of_programs(), "2");
    auto const refused = site.restore({});
    BOOST_TEST(refused.code == 4, refused.all());
    std::vector<std::string> const expected{
        "2",
        "2_dbmate",
        "2_drizzle_1",
        "2_node",
        "2_prisma",
        "2_sqitch",
        "2_supabase",
        "V2__flyway.sql"};
    BOOST_TEST(named(refused) == expected, boost::test_tools::per_element());
    BOOST_TEST(refused.at("/error/message").find("2_sqitch") != std::string::npos);
    auto const accepted = site.restore({"--accept-data-loss", "--no-safety-backup"});
    BOOST_TEST(accepted.code == 0, accepted.all());
    BOOST_TEST(named(accepted) == expected, boost::test_tools::per_element());
    BOOST_TEST(site.value("select string_agg(version, ' ') from schema_migrations") == "1_dbmate");
    // By the way back they come again, and nothing of the restore's time is lost.
    auto const undo = site.restore({"undo", "--accept-data-loss"});
    BOOST_TEST(undo.code == 0, undo.all());
    BOOST_TEST(named(undo).empty());
}

BOOST_AUTO_TEST_CASE(those_of_golang_migrate_and_old_drizzle_whose_tables_others_share) {
    RestoreSite const site;
    site.sql("create table schema_migrations (version bigint primary key, dirty boolean not null);"
             "insert into schema_migrations values (1, false);"
             "create schema drizzle; create table drizzle.__drizzle_migrations "
             "(id serial primary key, hash text not null, created_at bigint);"
             "insert into drizzle.__drizzle_migrations (hash, created_at) values ('a', 1001)");
    site.backup();
    site.sql("update schema_migrations set version = 2;"
             "insert into drizzle.__drizzle_migrations (hash, created_at) values ('b', 1002)");
    auto const refused = site.restore({});
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(
        named(refused) == std::vector<std::string>{"1002"}, boost::test_tools::per_element());
    for (std::string const way : {"--swap", "--schema-swap"}) {
        auto const accepted = site.restore({way, "--accept-data-loss", "--no-safety-backup"});
        BOOST_TEST(accepted.code == 0, accepted.all());
        BOOST_TEST(
            named(accepted) == (std::vector<std::string>{"1002", "2"}),
            boost::test_tools::per_element());
        BOOST_TEST(accepted.says("a migration that was not named before"));
        BOOST_TEST(site.value("select version from schema_migrations") == "1");
        site.sql("update schema_migrations set version = 2;"
                 "insert into drizzle.__drizzle_migrations (hash, created_at) values ('b', 1002)");
    }
}

BOOST_AUTO_TEST_CASE(those_of_golang_migrate_that_migrate_apply_has_noted) {
    RestoreSite const site;
    fs::Path const folder = site.folder() / "migrations";
    fs::make_folder(folder);
    auto const migrate = [&](std::string const& number) {
        fs::write_atomic(
            folder / (number + "_t.up.sql"), "create table t_" + number + " (x int);\n");
        auto const run =
            site.run("migrate-apply", {"--dir", folder.string(), "--layout", "golang-migrate"});
        BOOST_TEST_REQUIRE(run.code == 0, run.all());
    };
    migrate("1");
    site.backup();
    migrate("2");
    auto const refused = site.restore({});
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(named(refused) == std::vector<std::string>{"2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_role_that_cannot_be_become_is_refused_and_what_it_restores_is_its_own) {
    RestoreSite const site;
    site.backup();
    auto const unknown = site.restore({"--role", "no_such_role", "--accept-data-loss"});
    BOOST_TEST(unknown.code == 4, unknown.all());
    BOOST_TEST(unknown.says("no_such_role"));
    BOOST_TEST(site.siblings().empty());
    std::string const role = "restorer_of_" + site.name();
    site.server_sql("create role " + role + " superuser nologin");
    std::string const owner =
        "select tableowner from pg_tables where schemaname = 'public' and tablename = 'items'";
    auto const into = site.restore({"--into", site.name() + "_x", "--role", role, "--no-owner"});
    BOOST_TEST(into.code == 0, into.all());
    BOOST_TEST(site.value(owner, site.name() + "_x") == role);
    for (std::string const way : {"--swap", "--schema-swap"}) {
        auto const run = site.restore(
            {way, "--role", role, "--no-owner", "--accept-data-loss", "--no-safety-backup"});
        BOOST_TEST(run.code == 0, run.all());
        BOOST_TEST(site.value(owner) == role);
        auto const undo = site.restore(
            way == "--swap"
                ? std::vector<std::string>{"undo", "--accept-data-loss"}
                : std::vector<std::string>{"undo", "--schema-swap", "--accept-data-loss"});
        BOOST_TEST(undo.code == 0, undo.all());
        BOOST_TEST(site.value(owner) != role);
    }
    // Without it the owners are those of the backup, whoever restores.
    auto const kept = site.restore({"--role", role, "--accept-data-loss", "--no-safety-backup"});
    BOOST_TEST(kept.code == 0, kept.all());
    BOOST_TEST(site.value(owner) != role);
    for (auto const& database : site.siblings()) {
        site.server_sql("drop database " + database + " with (force)");
    }
    site.sql("drop owned by " + role + " cascade");
    site.server_sql("drop role " + role);
}

BOOST_AUTO_TEST_SUITE_END()
