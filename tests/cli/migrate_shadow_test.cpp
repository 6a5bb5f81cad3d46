// SPDX-License-Identifier: Apache-2.0
// migrate-apply --dry-run=shadow: what it sees on the copy, and that the target has no trace of it.
#include "support/shadow_site.hpp"

#include <algorithm>
#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(migrate_shadow)

using namespace slipway;
using namespace std::chrono_literals;
using support::Environment;
using support::ShadowSite;
using support::ToolRun;
using Words = std::vector<std::string>;

namespace {

constexpr std::string_view people = R"(
create table users (id int primary key, email text, note text);
create table orders (id int primary key, user_id int, placed date);
create table parted (placed date) partition by range (placed);
create table parted_1 partition of parted for values from ('2020-01-01') to ('2030-01-01');
insert into users select g, 'x' || g from generate_series(1, 5000) g;
analyze users;
create materialized view counted as select count(*) from users;
)";

// The checks of that id: `warned 3: message`, by line.
Words checks(ToolRun const& run, std::string const& id) {
    Words out;
    if (run.record) {
        for (auto const& check : (*run.record)->at("checks")) {
            if (check.at("id") == id) {
                auto const line = check.value(json::Value::json_pointer{"/where/line"}, 0);
                out.push_back(
                    check.at("status").get<std::string>() + " " + std::to_string(line) + ": " +
                    check.at("message").get<std::string>());
            }
        }
    }
    return out;
}

// The beginnings and the parts that each of them must have.
void require_checks(ToolRun const& run, std::string const& id, std::vector<Words> const& wanted) {
    auto const found = checks(run, id);
    BOOST_TEST(found.size() == wanted.size(), id + "\n" + run.all());
    for (std::size_t each = 0; each < std::min(found.size(), wanted.size()); ++each) {
        for (auto const& word : wanted[each]) {
            BOOST_TEST(found[each].find(word) != std::string::npos, found[each] + " / " + word);
        }
    }
}

void require_no_trace(ShadowSite const& site, std::string const& before) {
    BOOST_TEST(site.dump() == before);
    BOOST_TEST(site.leftovers().empty());
}

} // namespace

BOOST_AUTO_TEST_CASE(a_shadow_tells_locks_rewrites_scans_and_indexes_with_the_target_s_sizes) {
    ShadowSite site;
    site.db.run(people);
    site.add("001_a.sql", R"(alter table users add column theme text not null default 'light';
alter table users alter column id type bigint;
create index users_email on users (email);
alter table users add constraint short check (length(email) < 99);
alter table orders add constraint o_u foreign key (user_id) references users (id);
alter table users alter email set not null;
alter table users add constraint later check (id > 0) not valid;
create table fresh (id int primary key, note text);
create index on fresh (note);
alter table users add unique (note);
)");
    site.add("002_b.sql", R"(create index concurrently users_theme on users (theme);
alter table users validate constraint later;
)");
    site.add("003_c.sql", R"(alter table fresh add column x int;
create index on only parted (placed);
truncate orders;
refresh materialized view counted;
reindex index orders_pkey;
update users set note = '';
)");
    auto const before = site.dump();
    auto const run = site.shadow({"--big-table", "100kB"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned", run.all());
    BOOST_TEST(run.at("/dry_run") == "true");
    BOOST_TEST(
        run.at("/summary") ==
        "3 migrations would apply; ran on a scratch database on the same server");
    BOOST_TEST(run.at("/target/database") == site.db.name());
    require_checks(
        run,
        "shadow.rewrite",
        {{"warned 2: ", "public.users (", "about 5000 rows"}, {"passed 4: ", "counted"}});
    require_checks(
        run,
        "shadow.index_not_concurrent",
        {{"warned 3: ", "public.users_email on public.users"},
         {"warned 10: ", "public.users_note_key"},
         {"passed 2: ", "public.parted_placed_idx"}});
    require_checks(
        run,
        "shadow.constraint_validated",
        {{"warned 4: ", "for the constraint short"}, {"passed 5: ", "orders", "constraint o_u"}});
    require_checks(run, "shadow.scan", {{"warned 6: ", "reads all of public.users"}});
    require_checks(run, "shadow.index_invalid", {{"warned 2: ", "public.parted_placed_idx"}});
    require_checks(run, "shadow.index_rebuild", {{"passed 5: ", "public.orders_pkey"}});
    require_checks(
        run,
        "shadow.lock",
        {{"warned 1: ", "ACCESS EXCLUSIVE on public.users", "blocks reads and writes"},
         {"passed 1: ", "public.fresh (made by an earlier migration)"},
         {"passed 3: ", "ACCESS EXCLUSIVE on public.orders"}});
    auto const observed = [&](std::string const& place) {
        return run.at("/data/migrations" + place);
    };
    BOOST_TEST(
        observed("/0/statements/0/observed/locks") ==
        R"([{"relation":"public.users","mode":"ACCESS EXCLUSIVE"}])");
    BOOST_TEST(observed("/0/statements/1/observed/rewrites") == R"(["public.users"])");
    BOOST_TEST(observed("/0/statements/6/observed/scans") == "[]");
    BOOST_TEST(observed("/0/statements/8/observed/locks") == "[]"); // made by this migration
    BOOST_TEST(observed("/1/statements/0/observed/new_indexes") == R"(["public.users_theme"])");
    BOOST_TEST(
        observed("/1/statements/1/observed/locks") ==
        R"([{"relation":"public.users","mode":"SHARE UPDATE EXCLUSIVE"}])");
    BOOST_TEST(observed("/2/statements/2/observed/rewrites") == "[]"); // a truncation is none
    BOOST_TEST(observed("/2/statements/5/observed/scans") == R"(["public.users"])");
    BOOST_TEST(observed("/2/status") == "pending");
    BOOST_TEST(run.at("/data/schema_difference_untold") == "[]");
    require_no_trace(site, before);
    // The safe ways were followed: nothing of a small table warns.
    auto const small = site.shadow({"--only", "001_a", "--big-table", "1GB"});
    BOOST_TEST(small.at("/status") == "passed", small.all());
    require_no_trace(site, before);
}

BOOST_AUTO_TEST_CASE(an_error_on_the_shadow_is_told_with_its_place_and_the_target_is_untouched) {
    ShadowSite site;
    site.db.run(people);
    site.add("001_a.sql", "create table a (id int);");
    auto const file = site.add(
        "002_b.sql",
        "insert into a values (1), (1);\n\n  create unique index concurrently i on a (id);\n");
    auto const before = site.dump();
    auto run = site.shadow();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/file") == file.string());
    BOOST_TEST(run.at("/error/where/line") == "3");
    BOOST_TEST(run.at("/error/where/column") == "3");
    BOOST_TEST(run.at("/error/sqlstate") == "23505");
    BOOST_TEST(
        run.at("/error/hint").find("This was on the shadow") != std::string::npos, run.all());
    BOOST_TEST(run.at("/summary") == "002_b fails on the shadow; the target is untouched");
    BOOST_TEST(run.at("/data/migrations/0/status") == "pending");
    require_no_trace(site, before);
    site.add("002_b.sql", "select 1;\nselect nonsense;");
    run = site.shadow({"--all-or-nothing"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(run.at("/error/where/column") == "8");
    site.add("002_b.sql", "alter table a add x int;\nalter table users add x int;");
    run = site.shadow({"--all-or-nothing"});
    BOOST_TEST(run.code == 0, run.all());
    // The table of the first is locked already: this transaction made it.
    require_checks(run, "shadow.lock", {{"passed 2: ", "ACCESS EXCLUSIVE on public.users"}});
    require_no_trace(site, before);
}

BOOST_AUTO_TEST_CASE(the_pending_ones_are_those_of_the_target_and_go_on_where_it_stands) {
    ShadowSite site;
    site.add("001_a.sql", "create table a (id int);");
    BOOST_TEST(site.run().code == 0);
    site.add("002_b.sql", "create index concurrently i on a (id);\nselect nonsense;");
    BOOST_TEST(site.run().code == 1);
    site.db.run("create table public.keyed (id int); insert into public.keyed values (1)");
    site.add(
        "003_c.sql",
        "do $$ begin if exists (select from public.keyed) then raise 'rows were copied'; end if; "
        "end $$;");
    auto const before = site.dump();
    auto run = site.shadow();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(run.says("going on after statement 1 of 2"));
    require_no_trace(site, before);
    BOOST_TEST(site.run({"resolve", "002_b", "--as", "applied"}).code == 0);
    run = site.shadow();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/summary").starts_with("1 migration would apply"), run.all());
    site.db.run("truncate public.keyed");
    BOOST_TEST(site.run().code == 0);
    run = site.shadow();
    BOOST_TEST(run.at("/summary") == "nothing is pending", run.all());
    // Prisma's history lies beside the application's tables, its schema named by the URL.
    ShadowSite prisma;
    prisma.add_prisma("20260101000000_a", "create table a (id int);");
    Environment const url{
        {"DATABASE_URL", prisma.db.conninfo().uri().reveal() + "&schema=shop%20x"}};
    prisma.db.run("create schema \"shop x\"");
    BOOST_TEST(prisma.run({}, url).code == 0);
    prisma.add_prisma("20260102000000_b", "alter table a add x int;");
    auto const seen = prisma.embedded({}, url);
    BOOST_TEST(seen.code == 0, seen.all());
    BOOST_TEST(
        seen.at("/data/schema_difference") ==
        R"([{"change":"added","kind":"column","object":"\"shop x\".a.x","before":"","after":"integer"}])");
}

BOOST_AUTO_TEST_CASE(invalid_indexes_and_other_servers_passwords_are_not_copied_and_it_says_so) {
    ShadowSite site;
    site.db.run("create table t (id int); insert into t values (1), (1);"
                "create foreign data wrapper w; create server s foreign data wrapper w;"
                "create user mapping for public server s options (password 'hidden-word')");
    auto connection = site.db.connect();
    BOOST_CHECK_THROW(connection.exec("create unique index concurrently broken on t (id)"), Error);
    site.add("001_a.sql", "create unique index concurrently broken on t (id);");
    auto const run = site.shadow();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(checks(run, "shadow.invalid_not_copied").size() == 1U, run.all());
    BOOST_TEST(run.at("/data/shadow/left_out").find("user mapping") != std::string::npos);
    BOOST_TEST(!run.says("hidden-word"));
}

BOOST_AUTO_TEST_CASE(a_stopped_shadow_is_dropped_and_so_is_one_that_lost_its_time) {
    ShadowSite site;
    site.add("001_a.sql", "create table a (); select pg_sleep(30);");
    auto const before = site.dump();
    auto args = site.arguments({"--dry-run"});
    auto const env = site.environment({{"SLIPWAY_RUN_ID", site.db.name()}});
    auto const run = support::start_and_kill("migrate-apply", args, env, 1500ms, SIGTERM);
    BOOST_TEST(run.code == 143, run.all());
    BOOST_TEST((run.duration < 5s));
    require_no_trace(site, before);
    auto const late = site.shadow({"--timeout", "1500ms"});
    BOOST_TEST(late.code == 5, late.all());
    require_no_trace(site, before);
}

BOOST_AUTO_TEST_SUITE_END()
