// SPDX-License-Identifier: Apache-2.0
// db-restore on a real server: what comes back, what stays, what is kept, and the ways back.
#include "support/restore_site.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_restore)

using namespace slipway;
using support::RestoreSite;

namespace {

constexpr std::string_view content = R"(
select string_agg(t, ' ') from (
    select (select count(*) from items) || ' items, ' || (select count(*) from parts)
           || ' parts, last ' || (select max(shout) from items where name is not null) as t) x)";

// A role for one case, dropped with all that it has in any database of the site.
class Role {
public:
    Role(RestoreSite const& site, std::string const& what = "nologin")
        : site_(site), name("role_of_" + site.name()) {
        site.server_sql("create role " + name + " " + what);
    }
    Role(Role const&) = delete;
    Role& operator=(Role const&) = delete;
    Role(Role&&) = delete;
    Role& operator=(Role&&) = delete;
    ~Role() {
        try {
            for (auto database : site_.siblings()) {
                site_.server_sql("drop database " + database + " with (force)");
            }
            site_.sql("drop owned by " + name);
            site_.server_sql("drop role " + name);
        } catch (Error const& error) {
            BOOST_TEST_MESSAGE(error.message());
        }
    }

private:
    RestoreSite const& site_;

public:
    std::string const name;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_restore_brings_back_what_was_lost_and_keeps_the_old_database) {
    RestoreSite const site;
    auto const before = site.value(content);
    auto const id = site.backup();
    site.sql("delete from items where id <= 100; insert into items (name) values ('later');"
             "create table newer (x int)");
    auto const lost = site.value(content);
    auto const old_oid =
        site.value("select oid from pg_database where datname = current_database()");

    auto const run = site.restore({"--accept-data-loss"});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(site.value(content) == before);
    BOOST_TEST(site.value("select to_regclass('newer') is null") == "t");
    BOOST_TEST(run.at("/data/backup/id") == id);
    BOOST_TEST(run.at("/data/live/replaced") == old_oid);
    BOOST_TEST(
        run.at("/data/live/oid") ==
        site.value("select oid from pg_database where datname = current_database()"));
    // The planner has statistics, and the next identity does not collide.
    BOOST_TEST(site.value("select count(*) > 0 from pg_stats where tablename = 'items'") == "t");
    site.sql("insert into items (name) values ('after')");

    std::string const previous = run.at("/data/previous");
    BOOST_TEST(site.siblings() == std::vector{previous}, boost::test_tools::per_element());
    BOOST_TEST(site.value(content, previous) == lost);
    auto const said = (*run.record)->at("data").at("row_changes");
    BOOST_TEST(said.size() == 2U);
    BOOST_TEST(said.at(0).at("table") == "public.items");
    BOOST_TEST(said.at(0).at("live") == 401);
    BOOST_TEST(said.at(0).at("restored") == 500);
}

BOOST_AUTO_TEST_CASE(a_safety_backup_is_made_first_and_can_itself_be_restored) {
    RestoreSite const site;
    site.backup();
    site.sql("delete from items where id > 50");
    auto const lost = site.value(content);
    auto const run = site.restore({"--accept-data-loss", "--backup-id", "latest"});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(run.at("/inputs/0/tool") == "db-backup");
    BOOST_TEST(run.at("/inputs/0/path") == "record.d/1-db-backup.json");
    std::string const safety = run.at("/data/safety_backup");
    BOOST_TEST(!safety.empty());

    auto const back =
        site.restore({"--accept-data-loss", "--backup-id", safety, "--no-safety-backup"});
    BOOST_TEST_REQUIRE(back.code == 0, back.all());
    BOOST_TEST(site.value(content) == lost);
    BOOST_TEST(back.at("/data/safety_backup") == "");
    BOOST_TEST(back.at("/inputs") == "[]");
    BOOST_TEST(site.siblings("__prev_").size() == 2U);
}

BOOST_AUTO_TEST_CASE(settings_grants_limit_owners_and_comment_survive) {
    RestoreSite const site;
    Role const role{site};
    std::string const name = "\"" + site.name() + "\"";
    site.sql(
        "alter database " + name + " set search_path = \"$user\", 'Odd, schema', public;" +
        "alter database " + name + " set work_mem = '9MB'; alter database " + name +
        " set shop.banner = 'it''s \\ open'; alter role " + role.name + " in database " + name +
        " set statement_timeout = '3s'; comment on database " + name + " is 'our {shop}';" +
        "alter database " + name + " connection limit 44; revoke connect on database " + name +
        " from public; grant connect on database " + name + " to " + role.name +
        " with grant option; grant create on database " + name + " to " + role.name +
        "; alter table parts owner to " + role.name + "; grant select on items to " + role.name);
    std::string const all = R"(
select jsonb_build_object(
    'settings', (select jsonb_agg(jsonb_build_array(setrole::regrole, setconfig) order by 1)
                 from pg_db_role_setting where setdatabase = d.oid),
    'grants', (select jsonb_agg(a order by a::text) from unnest(datacl) a),
    'limit', datconnlimit, 'comment', shobj_description(d.oid, 'pg_database'),
    'owner', (select tableowner from pg_tables where tablename = 'parts'),
    'table', has_table_privilege(')" +
                            role.name + R"(', 'items', 'select'))
from pg_database d where datname = current_database())";
    auto const before = site.value(all);
    site.backup();
    auto const run = site.restore({"--accept-data-loss"});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(site.value(all) == before);
    BOOST_TEST(site.value("show work_mem") == "9MB");
    BOOST_TEST(site.value("show search_path") == "\"$user\", \"Odd, schema\", public");

    auto const back = site.restore({"undo", "--accept-data-loss"});
    BOOST_TEST_REQUIRE(back.code == 0, back.all());
    BOOST_TEST(site.value(all) == before);
}

BOOST_AUTO_TEST_CASE(undo_swaps_back_and_an_undo_of_it_swaps_again) {
    RestoreSite const site;
    auto const before = site.value(content);
    site.backup();
    site.sql("delete from items where id <= 10");
    auto const lost = site.value(content);
    BOOST_TEST(site.restore({"undo", "--accept-data-loss"}).code == 4);
    BOOST_TEST_REQUIRE(site.restore({"--accept-data-loss"}).code == 0);

    auto const refused = site.restore({"undo"});
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(refused.says("--accept-data-loss"));
    auto const would = site.restore({"undo", "--dry-run"});
    BOOST_TEST(would.code == 0, would.all());
    BOOST_TEST(site.value(content) == before);

    auto const undone = site.restore({"undo", "--accept-data-loss"});
    BOOST_TEST_REQUIRE(undone.code == 0, undone.all());
    BOOST_TEST(site.value(content) == lost);
    auto const status = site.restore({"status"});
    BOOST_TEST(status.says("swapped back"), status.all());
    BOOST_TEST_REQUIRE(site.restore({"undo", "--accept-data-loss"}).code == 0);
    BOOST_TEST(site.value(content) == before);
    BOOST_TEST(site.siblings().size() == 1U);
}

BOOST_AUTO_TEST_CASE(into_makes_a_new_database_and_leaves_the_live_one_alone) {
    RestoreSite const site;
    auto const before = site.value(content);
    site.sql("alter database \"" + site.name() + "\" set work_mem = '9MB'");
    site.sql("revoke connect on database \"" + site.name() + "\" from public");
    site.backup();
    site.sql("delete from items");
    auto const open = site.database().connect(); // nobody has to leave
    std::string const copy = site.name() + "_copy";
    auto const run = site.restore({"--into", copy});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/into/database") == copy);
    BOOST_TEST(run.at("/data/safety_backup") == "");
    BOOST_TEST(site.value(content, copy) == before);
    BOOST_TEST(site.value("show work_mem", copy) == "9MB");
    BOOST_TEST(
        site.value("select has_database_privilege('public', '" + copy + "', 'connect')") == "f");
    BOOST_TEST(site.value("select count(*) from items") == "0");
    BOOST_TEST(site.siblings() == std::vector{copy}, boost::test_tools::per_element());
    BOOST_TEST(site.restore({"--into", copy}).code == 2);
    BOOST_TEST(site.restore({"--into", copy, "--swap"}).code == 2);
}

BOOST_AUTO_TEST_CASE(the_record_of_an_earlier_step_names_the_backup) {
    RestoreSite const site;
    std::string const record = (site.folder() / "backup.json").string();
    site.backup({"--environment", "staging", "--output", record});
    auto const id =
        json::text_at(json::at(json::parse(fs::read_file(record), record), "data"), "id");
    site.sql("delete from parts");
    site.backup({"--environment", "staging"});

    support::Environment without_folder{{"BACKUP_DIR", ""}};
    auto const run = site.run(
        "db-restore",
        {"--accept-data-loss", "--environment", "staging", "--input", record},
        without_folder);
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/backup/id") == id);
    BOOST_TEST(run.at("/inputs/0/sha256").size() == 64U);
    BOOST_TEST(site.value("select count(*) from parts") == "500");
    // Of another environment the record is no evidence.
    auto const other =
        site.restore({"--accept-data-loss", "--environment", "test", "--input", record});
    BOOST_TEST(other.code == 4, other.all());
    // A backup that took the place of the recorded one is not that one.
    auto parsed = json::parse(fs::read_file(record), record);
    parsed["data"]["archive"]["sha256"] = std::string(64, '0');
    fs::write_atomic(record, json::write(parsed, true));
    auto const altered =
        site.restore({"--accept-data-loss", "--environment", "staging", "--input", record});
    BOOST_TEST(altered.code == 4, altered.all());
    BOOST_TEST(altered.says("checksum"));
}

BOOST_AUTO_TEST_CASE(sessions_are_ended_when_that_is_said) {
    RestoreSite const site;
    site.backup();
    auto const open = site.database().connect();
    auto const run = site.restore({"--accept-data-loss", "--terminate"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(
        site.value(
            "select count(*) from pg_stat_activity where pid = " +
            std::to_string(open.backend_pid())) == "0");
}

BOOST_AUTO_TEST_CASE(an_owner_with_createdb_needs_no_superuser) {
    RestoreSite const site;
    Role const role{site, "login createdb"};
    std::string const name = "\"" + site.name() + "\"";
    site.sql(
        "alter database " + name + " owner to " + role.name + "; alter database " + name +
        " set work_mem = '9MB'; alter table items owner to " + role.name +
        "; alter table parts owner to " + role.name + "; alter view loud owner to " + role.name);
    support::Environment const as_owner{
        {"DATABASE_URL", site.database().conninfo().with("user", role.name).uri().reveal()}};
    auto const backup = site.run("db-backup", {}, as_owner);
    BOOST_TEST_REQUIRE(backup.code == 0, backup.all());
    site.sql("delete from items");
    auto const session = pg::Connection::open(site.database().conninfo().with("user", role.name));
    auto const run = site.run("db-restore", {"--accept-data-loss", "--terminate"}, as_owner);
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(site.value("select count(*) from items") == "500");
    BOOST_TEST(site.value("show work_mem") == "9MB");
    auto const undo =
        site.run("db-restore", {"undo", "--accept-data-loss", "--terminate"}, as_owner);
    BOOST_TEST(undo.code == 0, undo.all());
    BOOST_TEST(site.value("select count(*) from items") == "0");
    auto const retire = site.run("db-restore", {"retire", "--yes"}, as_owner);
    BOOST_TEST(retire.code == 0, retire.all());
    site.sql("alter database " + name + " owner to current_user");
}

BOOST_AUTO_TEST_CASE(retire_drops_what_was_replaced_and_nothing_else) {
    RestoreSite const site;
    BOOST_TEST(site.restore({"retire", "--yes"}).at("/status") == "skipped");
    site.backup();
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST_REQUIRE(site.restore({"--accept-data-loss", "--no-safety-backup"}).code == 0);
    }
    // Ours by its name alone, and by its comment alone.
    std::string const mine = site.name() + "__prev_20260131t100000z_3f2a";
    std::string const other = site.name() + "_archive";
    site.server_sql("create database " + mine);
    site.server_sql("create database " + other);
    auto const kept = site.siblings("__prev_");
    BOOST_TEST_REQUIRE(kept.size() == 3U);
    site.server_sql(
        "do $$ begin execute format('comment on database " + other +
        " is %L', shobj_description((select oid from pg_database where datname = '" + kept[1] +
        "'), 'pg_database')); end $$");

    BOOST_TEST(site.restore({"retire"}).code == 4);
    BOOST_TEST(site.restore({"retire", "--yes", mine}).code == 2);
    BOOST_TEST(site.restore({"retire", "--yes", site.name()}).code == 2);
    auto const would = site.restore({"retire", "--dry-run"});
    BOOST_TEST((*would.record)->at("data").at("would_retire").size() == 2U);
    auto const one = site.restore({"retire", "--yes", kept[1]});
    BOOST_TEST(one.code == 0, one.all());
    BOOST_TEST(site.siblings("__prev_").size() == 2U);
    auto const all = site.restore({"retire", "--yes"});
    BOOST_TEST(all.code == 0, all.all());
    BOOST_TEST(site.siblings() == (std::vector{mine, other}), boost::test_tools::per_element());
    BOOST_TEST(site.value(content).find("500 items") == 0U);
}

BOOST_AUTO_TEST_CASE(a_dry_run_changes_nothing) {
    RestoreSite const site;
    auto const id = site.backup();
    auto const run = site.restore({"--dry-run"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.says("Would restore " + id + " in place of " + site.name()));
    BOOST_TEST(run.at("/dry_run") == "true");
    BOOST_TEST(site.siblings().empty());
}

BOOST_AUTO_TEST_SUITE_END()
