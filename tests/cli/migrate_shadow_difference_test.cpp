// SPDX-License-Identifier: Apache-2.0
// The difference of schemas that a shadow tells is the difference of two dumps by pg_dump.
#include "support/migration_site.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(migrate_shadow_difference)

using namespace slipway;
using support::MigrationSite;

namespace {

// ROLE_A and ROLE_B are replaced by roles of the test's own.
constexpr std::string_view before = R"(
create schema app;
create table app.t (id int primary key, a text, b int, c text default 'x', d numeric);
create table app.gone (id serial primary key, x int);
create index gone_x on app.gone (x);
create type app.mood as enum ('sad', 'ok');
create domain app.pos as int check (value > 0);
create function app.f(a int) returns int language sql as 'select a';
create function app.g() returns trigger language plpgsql as 'begin return new; end';
create view app.v as select id from app.t;
create materialized view app.mv as select count(*) from app.t;
create sequence app.s;
create trigger tr before insert on app.t for each row execute function app.g();
create table app.p (at date, k int) partition by range (at);
create table app.p1 partition of app.p for values from ('2020-01-01') to ('2021-01-01');
create table app.standalone (at date, k int);
comment on table app.t is 'old';
grant select on app.t to ROLE_A;
create type app.pair as (x int, y int);
create table app.parent (z int);
create table app.child () inherits (app.parent);
create publication pub for table app.t;
create statistics app.st on a, b from app.t;
create table app.ident (id int generated always as identity, v int);
create aggregate app.agg(int) (sfunc = int4pl, stype = int, initcond = '0');
create policy pol on app.t for select using (true);
create text search configuration app.ts (copy = simple);
)";

constexpr std::string_view change = R"(
alter table app.t add x int, drop d, alter a set not null, alter b type bigint;
alter table app.t alter c set default 'y', alter a set statistics 500, alter c set storage external;
alter table app.t alter b set (n_distinct = 5), set (fillfactor = 70), replica identity full;
alter table app.t owner to ROLE_A, enable row level security, force row level security;
alter table app.t add constraint chk check (id > 0) not valid, add unique (a);
create index i1 on app.t (b);
create unique index i2 on app.t (c) where b > 0;
alter table app.t cluster on i1;
alter index app.i1 set (fillfactor = 80);
create table app.n (id bigserial primary key, t int references app.t, m app.mood,
                    q int generated always as (id * 2) stored);
comment on column app.n.m is 'how';
grant update (m) on app.n to ROLE_A;
drop table app.gone;
alter type app.mood add value 'happy';
alter type app.mood owner to ROLE_A;
alter domain app.pos set default 3;
create domain app.neg as int check (value < 0);
create or replace function app.f(a int) returns int language sql as 'select a + 1';
create procedure app.proc(x int) language sql as 'select 1';
create function app.f(a text, b int) returns text language sql immutable as 'select a';
alter function app.g() owner to ROLE_A;
create or replace view app.v as select id, a from app.t;
create view app.w with (security_barrier) as select 1 as one;
alter view app.w alter one set default 5;
drop materialized view app.mv;
create materialized view app.mv2 as select 2 as two;
create index mv2i on app.mv2 (two);
alter sequence app.s owner to ROLE_A;
alter sequence app.s increment 5 cache 9 owned by app.t.id;
create sequence app.s2 as smallint;
alter table app.t disable trigger tr;
create trigger tr2 after update on app.t for each statement execute function app.g();
create table app.p2 partition of app.p for values from ('2021-01-01') to ('2022-01-01');
create index pi on app.p (k);
alter table app.p attach partition app.standalone for values from ('2030-01-01') to ('2031-01-01');
alter table app.p add constraint ppk primary key (at, k), alter k set default 4;
comment on table app.t is 'new';
comment on function app.f(int) is 'f';
comment on constraint chk on app.t is 'c';
comment on index app.i1 is 'i';
comment on schema app is 's';
comment on type app.mood is 'm';
comment on trigger tr on app.t is 't';
comment on policy pol on app.t is 'p';
revoke select on app.t from ROLE_A;
grant insert on app.t to ROLE_B;
grant execute on function app.f(int) to ROLE_B;
grant usage on schema app to ROLE_B;
grant usage on sequence app.s to ROLE_A;
grant usage on type app.mood to ROLE_B;
alter default privileges in schema app grant select on tables to ROLE_B;
alter type app.pair add attribute z text;
create type app.fr as range (subtype = float8);
create type app.shell;
alter table app.child no inherit app.parent;
create table app.child2 (w int) inherits (app.parent);
create rule r2 as on update to app.w do instead nothing;
alter publication pub add table app.n;
create publication pub2 for all tables;
create collation app.coll2 (provider = libc, locale = 'POSIX');
drop statistics app.st;
create statistics app.st2 (dependencies) on a, c from app.t;
alter table app.ident alter id set generated by default, alter id set increment by 7;
alter table app.ident add id2 int generated by default as identity;
create aggregate app.agg2(int) (sfunc = int4mul, stype = int, initcond = '1');
drop aggregate app.agg(int);
create aggregate app.agg(int) (sfunc = int4mi, stype = int, initcond = '0');
alter policy pol on app.t to ROLE_A using (id > 1);
create policy pol2 on app.t as restrictive for insert with check (id > 5);
create cast (app.pair as text) with inout;
create operator app.=== (leftarg = int, rightarg = int, function = int4eq);
create function app.et() returns event_trigger language plpgsql as 'begin end';
create event trigger et on sql_drop execute function app.et();
create text search dictionary app.dict (template = simple);
alter text search configuration app.ts alter mapping for word with english_stem;
create text search configuration app.ts2 (copy = english);
create foreign data wrapper fdw;
create server srv foreign data wrapper fdw options (host 'h');
create foreign table app.ft (a int options (column_name 'z')) server srv;
create user mapping for ROLE_A server srv;
create extension citext schema app;
create operator family app.fam using btree;
create operator class app.oc for type int using btree family app.fam
    as operator 1 <, function 1 btint4cmp(int, int);
create conversion app.conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create unlogged table app.u (a int);
create language plx handler plpgsql_call_handler;
create access method am type table handler heap_tableam_handler;
create table app.ex (r int4range, exclude using gist (r with &&) with (fillfactor = 60));
create table app.typed of app.pair;
alter table app.parent replica identity nothing;
create table app.ri (a int not null);
create unique index rii on app.ri (a);
alter table app.ri replica identity using index rii;
create schema mine authorization ROLE_A;
alter schema mine owner to ROLE_B;
create table "Odd Name" ("Some Col" int check ("Some Col" > 0),
                         constraint "A b" unique ("Some Col"));
)";

std::string named(std::string_view sql, MigrationSite const& site) {
    return text::replace_all(
        text::replace_all(sql, "ROLE_A", site.db.name() + "_a"), "ROLE_B", site.db.name() + "_b");
}

// The entries of a dump by their heads without the owner, and the statements of each.
std::map<std::string, std::string> entries(std::string const& dump) {
    std::map<std::string, std::string> out;
    std::string head;
    for (auto const line : text::lines(dump)) {
        if (line.starts_with("-- Name: ")) {
            head = std::string{line.substr(9, line.find("; Owner: ") - 9)};
            out[head];
        } else if (
            !head.empty() && !line.empty() && !line.starts_with("--") &&
            !line.starts_with("SET ")) {
            out[head] += std::string{line} + "\n";
        }
    }
    return out;
}

// The last word of a name, without quotes, dots and arguments: `f` of `FUNCTION f(integer)`.
std::string last_word(std::string_view name) {
    std::string plain = text::replace_all(name.substr(0, name.find('(')), "\"", "");
    auto const at = plain.find_last_of(" .");
    return at == std::string::npos ? plain : plain.substr(at + 1);
}

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_difference_is_that_of_two_dumps_for_every_kind_of_object) {
    MigrationSite site;
    std::string const roles = site.db.name() + "_a, " + site.db.name() + "_b";
    site.db.run("create role " + site.db.name() + "_a; create role " + site.db.name() + "_b");
    site.db.run(named(before, site));
    site.add("001_all.sql", named(change, site));
    auto const old_dump = site.dump();
    auto const run = site.run({"--dry-run"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/schema_difference_untold") == "[]");
    BOOST_TEST(site.dump() == old_dump);
    // The real thing, to compare with.
    auto const real = site.run();
    BOOST_TEST(real.code == 0, real.all());
    auto const a = entries(old_dump);
    auto const b = entries(site.dump());
    std::vector<std::string> changed;
    std::string bodies;
    auto const note = [&](auto const& from, auto const& to) {
        for (auto const& [head, body] : from) {
            auto const other = to.find(head);
            bool const ours = has(head, "Schema: slipway") ||
                              has(head, "SCHEMA; Schema: -; slipway") ||
                              head.starts_with("slipway;");
            if (!ours && (other == to.end() || other->second != body)) {
                changed.push_back(head);
                bodies += head + "\n" + body;
            }
        }
    };
    note(a, b);
    note(b, a);
    BOOST_TEST(changed.size() > 100U);
    auto const& told = (*run.record)->at("data").at("schema_difference");
    std::string all_told;
    for (auto const& each : told) {
        all_told += each.at("object").get<std::string>() + "\n" +
                    each.at("after").get<std::string>() + each.at("before").get<std::string>() +
                    "\n";
        std::string const word = last_word(each.at("object").get<std::string>());
        bool const named_otherwise = each.at("kind") == "default privileges";
        BOOST_TEST((named_otherwise || has(bodies, word)), "not in the dumps: " + each.dump());
    }
    for (auto const& head : changed) {
        std::string const word = last_word(head.substr(0, head.find("; Type: ")));
        // What comes and goes with its table or column is told by that.
        constexpr std::array with_others{
            "_pkey", "_fkey", "_excl", "gone_x", "p2_k_idx", "rii", "b"};
        bool const with_table =
            std::any_of(with_others.begin(), with_others.end(), [&](std::string_view end) {
                return word.ends_with(end);
            });
        bool const named_otherwise = has(head, "DEFAULT ACL") || has(head, "USER MAPPING");
        BOOST_TEST((with_table || named_otherwise || has(all_told, word)), "not told: " + head);
    }
    site.db.run(
        "drop schema if exists app cascade; drop schema if exists mine cascade;"
        "drop owned by " +
        roles + " cascade; drop role " + roles);
}

BOOST_AUTO_TEST_CASE(what_the_difference_does_not_know_is_said_with_its_name) {
    MigrationSite site;
    site.db.run("create table t (a int, b int)");
    site.add("001_a.sql", "alter table t drop a; alter table t add a int;"); // the order alone
    auto const run = site.run({"--dry-run"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/schema_difference") == "[]");
    BOOST_TEST(run.at("/data/schema_difference_untold") == R"(["TABLE public.t"])");
    BOOST_TEST(run.at("/status") == "warned");
}

BOOST_AUTO_TEST_SUITE_END()
