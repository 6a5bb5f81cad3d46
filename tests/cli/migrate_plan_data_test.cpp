// SPDX-License-Identifier: Apache-2.0
// migrate-apply plan: what the data say to each constraint, and who would hold a lock up.
#include "support/migration_site.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

BOOST_AUTO_TEST_SUITE(migrate_plan_data)

using namespace slipway;
using support::MigrationSite;
using support::ToolRun;

namespace {

constexpr std::string_view tables = R"(
create type role as enum ('admin', 'editor', 'guest');
create domain code as text;
create table users (
  id int primary key, email text, nick varchar(200), age text, role role, score numeric(10,4),
  room int, during tsrange, tag code, "Odd ""name" int);
create table orders (
  user_id int, line int, total int, pair_a int, pair_b int, primary key (user_id, line));
create table parts (id int, at date, code text) partition by range (at);
create table parts_1 partition of parts for values from ('2020-01-01') to ('2021-01-01');
create table parts_2 partition of parts for values from ('2021-01-01') to ('2022-01-01');
create table plain (word text);
create table nothing (id int);
create index nothing_id on nothing (id);
create table shown (id int, name text, other int);
create view shows as select id, name from shown;
create table pairs (a int, b int, unique (a, b));
insert into users
select n, case when n in (3, 7) then null when n in (10, 11, 12) then 'same' else 'u' || n end,
  repeat('x', n), case when n in (5, 9, 20) then 'n/a' else n::text end,
  (case when n % 10 = 0 then 'editor' else 'guest' end)::role, n * 1.01 + 0.0001, n,
  tsrange('2020-01-01'::timestamp + n * interval '1 day',
          '2020-01-01'::timestamp + n * interval '1 day' + case n when 4 then interval '36 hours'
          else interval '1 hour' end), 'tag' || n, n % 5
from generate_series(1, 60) n;
insert into orders select n * 10, 1, n - 3, n, null from generate_series(1, 10) n;
insert into parts values (1, '2020-02-02', '7'), (1, '2021-02-02', 'seven'), (2, '2021-03-03', '8');
insert into plain values ('a'), ('a'), ('b');
insert into pairs values (1, 2);
alter table orders add constraint late check (total > 5) not valid;
)";

struct Expected {
    char const* statement;
    char const* kind;
    int rows;
    char const* key; // how the first one begins; empty: there is none
};

// Each breaks one kind of rule; in the order of the files.
std::vector<Expected> const& broken() {
    static std::vector<Expected> const list{
        {"alter table users alter column email set not null", "not_null", 2, "id=3"},
        {"alter table users add constraint c unique (email)", "unique", 3, "id=1"},
        {"create unique index on users (lower(email)) where id < 12", "unique", 2, "id=10"},
        {"create unique index concurrently on users (\"Odd \"\"name\")", "unique", 60, "id="},
        {"alter table plain add primary key (word)", "unique", 2, "ctid=(0,1)"},
        {"alter table parts add unique (id, at), add check (length(code) < 5)", "check", 1, ""},
        {"alter table users add check (id <> 8 and \"users\".id <> 9)", "check", 2, "id=8"},
        {"alter table orders add foreign key (user_id) references users",
         "foreign_key",
         4,
         "user_id=70, line=1"},
        {"alter table orders add foreign key (pair_a, pair_b) references pairs (a, b) match full",
         "foreign_key",
         10,
         "user_id=10, line=1"},
        {"alter table users add exclude using gist (during with &&)", "exclusion", 2, "id=4"},
        {"alter table users add exclude using btree (room with =) where (id > 0), add check "
         "(room > 1)",
         "check",
         1,
         "id=1"},
        {"alter table users alter age type int using age::int", "type", 3, "id=5"},
        {"alter table users alter nick type varchar(50)", "type", 10, "id=51"},
        {"alter table users alter nick type varchar(58) using nick::varchar(58)",
         "cut",
         2,
         "id=59"},
        {"alter table users alter score type numeric(10,2)", "cut", 60, "id=1"},
        {"alter table users alter score type numeric(5,4)", "type", 51, "id=10"},
        {"alter table parts alter code type int using (code::int)", "type", 1, ""},
        {"alter table users alter id type date", "refused", 0, ""},
        {"alter table shown alter id type bigint", "refused", 0, ""},
        {"alter table shown drop column name", "refused", 0, ""},
        {"drop table shown", "refused", 0, ""},
        {"alter table users add column fresh int not null", "missing", 60, ""},
        {"alter table users add column fresh int not null default 5 check (fresh > 5)",
         "check",
         60,
         "id=1"},
        {"alter table users add column fresh int default 5 unique", "unique", 60, "id=1"},
        {"alter domain code add check (value <> 'tag3')", "check", 1, "id=3"},
        {"alter table orders validate constraint late", "check", 8, "user_id=10, line=1"},
    };
    return list;
}

// Alone in a file each, so that none is judged by what another one makes.
ToolRun
plan_of(MigrationSite& site, std::string_view statement, std::vector<std::string> more = {}) {
    site.add("001_a.sql", statement);
    std::vector<std::string> words{"plan"};
    words.insert(words.end(), more.begin(), more.end());
    return site.run(words);
}

// The first answer that is not `holds`.
std::string answer(ToolRun const& run, std::string const& member) {
    for (int i = 0; i < 5; ++i) {
        auto const at = fmt::format("/data/migrations/0/statements/0/data/{}/", i);
        if (run.at(at + "status") != "holds") {
            return run.at(at + member);
        }
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_CASE(rows_that_break_a_constraint_are_counted_and_named_and_nothing_is_written) {
    MigrationSite site;
    site.db.run(tables);
    auto const before = site.dump();
    for (auto const& expected : broken()) {
        auto const run = plan_of(site, expected.statement);
        bool const cut = std::string_view{expected.kind} == "cut";
        BOOST_TEST_CONTEXT(expected.statement << "\n" << run.all()) {
            BOOST_TEST(run.code == (cut ? 0 : 1));
            BOOST_TEST(run.at("/status") == (cut ? "warned" : "failed"));
            BOOST_TEST(answer(run, "status") == "broken");
            BOOST_TEST(answer(run, "kind") == expected.kind);
            BOOST_TEST(answer(run, "rows") == std::to_string(expected.rows));
            BOOST_TEST(answer(run, "keys/0").starts_with(expected.key));
            BOOST_TEST((answer(run, "keys/0").empty() == (*expected.key == 0)));
            BOOST_TEST(answer(run, "at_least") == "false");
            BOOST_TEST((cut || run.says("1 data problem")));
        }
        // What the plan says, the server does.
        if (!cut) {
            BOOST_CHECK_THROW(site.db.run(expected.statement), Error);
        }
    }
    BOOST_TEST(site.dump() == before);
}

BOOST_AUTO_TEST_CASE(data_that_keep_to_a_constraint_make_no_problem) {
    MigrationSite site;
    site.db.run(tables);
    for (char const* const statement :
         {"alter table users add check (id > 0), add unique (id), alter id set not null",
          "alter table users alter score type numeric(12,4), alter nick type text",
          "alter table users add column fresh uuid not null default gen_random_uuid()",
          "alter table users add column fresh int references users",
          "alter table users alter role type text",
          "alter table orders add check (total > 100) not valid",
          "alter table nothing add column fresh int not null, add unique (id)",
          "create unique index if not exists shown_name on users (room, email)",
          "create unique index if not exists nothing_id on users (email)",
          "alter table shown drop column other",
          "drop view shows; alter table shown alter id type bigint",
          "drop table shown cascade",
          "alter table parts alter id type bigint"}) {
        auto const run = plan_of(site, statement);
        BOOST_TEST_CONTEXT(statement << "\n" << run.all()) {
            BOOST_TEST(run.code == 0);
            BOOST_TEST(answer(run, "status") == "");
            BOOST_TEST(!run.says("data problem"));
        }
        site.db.run(fmt::format("begin; {}; rollback", statement));
    }
}

BOOST_AUTO_TEST_CASE(what_depends_on_an_earlier_pending_statement_is_said_not_guessed) {
    MigrationSite site;
    site.db.run(tables);
    auto const told = [&](char const* before, char const* then, char const* word) {
        site.add("001_a.sql", before);
        site.add("002_b.sql", then);
        auto const run = site.run({"plan"});
        BOOST_TEST_CONTEXT(before << "; " << then << "\n" << run.all()) {
            BOOST_TEST(run.code == 0);
            BOOST_TEST(run.says(word));
        }
        return run.at("/data/migrations/1/statements/0/data/0/status");
    };
    char const* const not_null = "alter table users alter email set not null";
    BOOST_TEST(
        told(
            "update users set email = 'x' where email is null",
            not_null,
            "001_a.sql:1 may change") == "depends");
    BOOST_TEST(told("do $$ begin end $$", not_null, "001_a.sql:1 may change") == "depends");
    BOOST_TEST(
        told(
            "alter table users rename to people",
            "alter table people alter email set not null",
            "001_a.sql:1 renames users") == "undecided");
    BOOST_TEST(
        told(
            "alter table users rename email to mail",
            "alter table users alter mail set not null",
            "001_a.sql:1 renames mail") == "undecided");
    BOOST_TEST(
        told(
            "create table fresh (id int)",
            "alter table fresh add unique (id)",
            "001_a.sql:1 makes the table") == "not_yet");
    BOOST_TEST(
        told(
            "alter table users add fresh int",
            "alter table users add unique (fresh)",
            "001_a.sql:1 adds fresh") == "not_yet");
    BOOST_TEST(
        told(
            "create table users_2 (id int primary key)",
            "alter table orders add foreign key (user_id) references users_2",
            "001_a.sql:1 makes users_2") == "undecided");
    // The other way round: a new enum's values are in the file, and SET NOT NULL is proved.
    site.add("001_a.sql", "create type role_2 as enum ('admin', 'guest')");
    site.add("002_b.sql", "alter table users alter role type role_2 using role::text::role_2");
    auto const narrowed = site.run({"plan"});
    BOOST_TEST(narrowed.code == 1, narrowed.all());
    BOOST_TEST(narrowed.at("/data/migrations/1/statements/0/data/0/rows") == "6");
    site.add("001_a.sql", "alter table orders add constraint c check (total is not null)");
    site.add("002_b.sql", "alter table orders alter total set not null");
    auto const proved = site.run({"plan"});
    BOOST_TEST(proved.at("/data/migrations/1/statements/0/locks/0/work") == "none", proved.all());
}

BOOST_AUTO_TEST_CASE(a_question_that_takes_too_long_is_undecided_and_never_a_zero) {
    MigrationSite site;
    site.db.run("create table t (id int primary key, v text);"
                "insert into t select n, 'x' from generate_series(1, 20000) n;"
                "create function slow(int) returns boolean language sql as"
                " 'select true from pg_sleep(1)';");
    std::vector<std::string> const limit{"--data-timeout", "300ms"};
    auto const slow = plan_of(site, "alter table t add check (slow(id))", limit);
    BOOST_TEST(slow.code == 0, slow.all());
    BOOST_TEST(answer(slow, "status") == "undecided");
    BOOST_TEST(slow.says("not decided within 300ms"));
    BOOST_TEST(slow.at("/data/migrations/0/statements/0/data/0/rows") == "0");
    // That there is a fault is known at once; how many there are would take longer.
    auto const many = plan_of(site, "alter table t alter v type int using v::int", limit);
    BOOST_TEST(many.code == 1, many.all());
    BOOST_TEST(answer(many, "status") == "broken");
    BOOST_TEST(answer(many, "at_least") == "true");
    BOOST_TEST(many.says("at least"));
    auto const policy = plan_of(
        site,
        "alter table t add check (slow(id))",
        {"--data-timeout", "300ms", "--on-undecided", "fail"});
    BOOST_TEST(policy.code == 7, policy.all());
    auto const unasked = plan_of(
        site, "alter table t add check (false)", {"--data-timeout", "0", "--on-undecided", "fail"});
    BOOST_TEST(unasked.code == 0, unasked.all());
    BOOST_TEST(unasked.says("not asked"));
    auto holder = site.db.connect();
    holder.exec("begin; lock table t");
    auto const locked = plan_of(site, "alter table t add check (id > 0)", limit);
    BOOST_TEST(locked.code == 0, locked.all());
    BOOST_TEST(answer(locked, "status") == "undecided");
}

BOOST_AUTO_TEST_CASE(a_role_that_may_only_read_can_plan_and_hidden_rows_are_not_taken_for_none) {
    MigrationSite site;
    site.db.run(tables);
    auto const role = "reader_" + site.db.name();
    site.db.run(fmt::format(
        "create role {0} login; grant usage on schema public to {0};"
        "grant select on users to {0}; alter table users enable row level security;",
        role));
    auto const at = site.db.conninfo();
    auto url = site.environment();
    auto& value = url.front().second;
    BOOST_REQUIRE(url.front().first == "DATABASE_URL");
    auto const user = value.find("slipway@");
    BOOST_REQUIRE(user != std::string::npos);
    value.replace(user, 7, role);
    auto const plan = [&](char const* statement) {
        site.add("001_a.sql", statement);
        return support::run_tool("migrate-apply", site.arguments({"plan"}), url);
    };
    auto const hidden = plan("alter table users alter email set not null");
    BOOST_TEST(hidden.code == 0, hidden.all());
    BOOST_TEST(answer(hidden, "status") == "undecided");
    BOOST_TEST(hidden.says("row-level security"));
    auto const denied = plan("alter table orders alter pair_b set not null");
    BOOST_TEST(answer(denied, "status") == "undecided");
    BOOST_TEST(denied.says("permission denied"));
    site.db.run("alter table users disable row level security");
    auto const seen = plan("alter table users alter email set not null");
    BOOST_TEST(seen.code == 1, seen.all());
    BOOST_TEST(answer(seen, "rows") == "2");
    site.db.run(fmt::format("drop owned by {0}; drop role {0}", role));
}

BOOST_AUTO_TEST_CASE(production_shows_no_keys_unless_it_is_asked_to) {
    MigrationSite site;
    site.db.run(tables);
    char const* const statement = "alter table users alter email set not null";
    auto const quiet = plan_of(site, statement, {"--environment", "production"});
    BOOST_TEST(quiet.code == 1, quiet.all());
    BOOST_TEST(answer(quiet, "rows") == "2");
    BOOST_TEST(answer(quiet, "keys/0") == "");
    BOOST_TEST(!quiet.says("id=3"));
    auto const asked = plan_of(site, statement, {"--environment", "production", "--samples", "1"});
    BOOST_TEST(answer(asked, "keys/0") == "id=3");
    BOOST_TEST(answer(asked, "keys/1") == "");
    // Never the values themselves.
    auto const values = plan_of(site, "alter table users add unique (email)");
    BOOST_TEST(!values.says("same"));
}

BOOST_AUTO_TEST_CASE(locks_are_told_with_sizes_with_how_long_and_with_who_would_hold_them_up) {
    MigrationSite site;
    site.db.run(tables);
    site.db.run("analyze");
    auto holder = site.db.connect({.application_name = "report"});
    holder.exec("begin; select count(*) from users");
    site.add(
        "001_a.sql",
        "alter table orders add column note text;\n"
        "alter table users add column x int default random() * 10;\n"
        "create index on nothing (id);\n");
    auto const run = site.run({"plan"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned");
    std::string const first = "/data/migrations/0/statements/0/locks/0/";
    BOOST_TEST(run.at(first + "object") == "public.orders");
    BOOST_TEST(run.at(first + "mode") == "ACCESS EXCLUSIVE");
    BOOST_TEST(run.at(first + "blocks") == "reads_and_writes");
    BOOST_TEST(run.at(first + "work") == "none");
    BOOST_TEST(run.at(first + "rows") == "10");
    BOOST_TEST(run.at(first + "lasts") == "while line 2 rewrites users");
    std::string const second = "/data/migrations/0/statements/1/locks/0/";
    BOOST_TEST(run.at(second + "work") == "rewrite");
    BOOST_TEST(run.at(second + "held_by/0/application") == "report");
    BOOST_TEST(run.at(second + "held_by/0/pid") == std::to_string(holder.backend_pid()));
    BOOST_TEST(run.at(second + "held_by/0/state") == "idle in transaction");
    std::string const third = "/data/migrations/0/statements/2/locks/0/";
    BOOST_TEST(run.at(third + "mode") == "SHARE");
    BOOST_TEST(run.at(third + "lasts") == ""); // no rows
    BOOST_TEST(
        run.at("/summary") == "1 migration would be applied; 2 statements block reads and writes");
}

BOOST_AUTO_TEST_CASE(a_plan_rests_on_what_it_touches_and_on_the_history) {
    MigrationSite site;
    site.db.run(tables);
    site.add("001_a.sql", "alter table users add check (id > 0)");
    auto const plan = [&site] {
        auto const run = site.run({"plan"});
        BOOST_TEST(run.code == 0, run.all());
        return run.at("/data/plan");
    };
    auto const before = plan();
    BOOST_TEST(before.find("column public.users.email") != std::string::npos);
    BOOST_TEST(before.find("orders") == std::string::npos);
    site.db.run("alter table orders add column more int");
    BOOST_TEST(plan() == before);
    site.db.run("create index users_room on users (room)");
    BOOST_TEST(plan() != before);
    site.db.run("drop index users_room");
    BOOST_TEST(plan() == before);
    site.add("000_first.sql", "select 1");
    BOOST_TEST(site.run({"--to", "000_first"}).code == 0);
    BOOST_TEST(plan() != before);
}

BOOST_AUTO_TEST_CASE(syntax_that_is_newer_is_told_as_unparsed_and_stops_nothing) {
    MigrationSite site;
    auto const run =
        plan_of(site, "merge into t using s on true when not matched by source then delete");
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/migrations/0/statements/0/parsed") == "false");
    BOOST_TEST(run.says("unparsed"));
}

BOOST_AUTO_TEST_SUITE_END()
