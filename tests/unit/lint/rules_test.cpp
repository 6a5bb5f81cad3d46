// SPDX-License-Identifier: Apache-2.0
#include "fs/file.hpp"
#include "lint/lint.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(lint_rules)

using namespace slipway;

namespace {

struct Trial {
    std::string_view rule;
    std::vector<std::string> fires;
    std::vector<std::string> silent;
    int server_version = 0;
};

// The rules that speak of a text, with all rules on.
std::set<std::string> found(std::string_view sql, int server_version = 0) {
    lint::Settings settings;
    settings.enable = {"all"};
    settings.server_version = server_version;
    std::set<std::string> rules;
    for (auto const& finding : lint::check({{"a.sql", sql, {}}}, settings)) {
        rules.insert(finding.rule);
        BOOST_TEST(!finding.message.empty());
        BOOST_TEST(finding.hint.ends_with('.'), finding.hint);
        BOOST_TEST(finding.where.line > 0);
    }
    return rules;
}

std::string const long_name(64, 'n');
std::string const long_ddl = "create table s." + long_name + " (a bigint)";
std::string const fitting_ddl = "create table s." + long_name.substr(1) + " (a bigint)";

std::vector<Trial> trials() {
    return {
        {"adding-auto-incrementing-field",
         {"alter table t add c serial", "alter table t add c bigint generated always as identity"},
         {"alter table t add c bigint", "create table t (a int); alter table t add c bigserial"}},
        {"adding-exclusion-constraint",
         {"alter table t add exclude using gist (c with &&)"},
         {"create table t (c int4range, exclude using gist (c with &&))"}},
        {"adding-field-with-default",
         {"alter table t add c uuid default gen_random_uuid()",
          "alter table t add c int default my.next()",
          "alter table t add c int generated always as (a * 2) stored"},
         {"alter table t add c int default 1",
          "alter table t add c timestamptz(3) default current_timestamp(3)",
          "alter table t add c text default upper('a') || now()::text",
          "create table t (a int); alter table t add c uuid default gen_random_uuid()",
          "alter table t alter c set default gen_random_uuid()"}},
        {"adding-field-with-default",
         {"alter table t add c int default 1"},
         {"alter table t add c int default null", "alter table t add c int"},
         100'000},
        {"adding-foreign-key-constraint",
         {"alter table t add foreign key (a) references o", "alter table t add c int references o"},
         {"alter table t add foreign key (a) references o not valid",
          "create table t (a int references o); alter table t add foreign key (a) references o"}},
        {"adding-not-nullable-field",
         {"alter table t alter c set not null",
          "alter table t add constraint k check (d is not null) not valid;"
          "alter table t validate constraint k; alter table t alter c set not null"},
         {"alter table t validate constraint k; alter table t alter c set not null",
          "alter table t add constraint k check (\"c\" IS NOT NULL) not valid;"
          "alter table s.t validate constraint k; alter table t alter c set not null",
          "create table t (c int); alter table t alter c set not null"}},
        {"adding-not-nullable-field",
         {"alter table t validate constraint k; alter table t alter c set not null"},
         {"alter table t alter c drop not null"},
         110'000},
        {"adding-required-field",
         {"alter table t add c int not null"},
         {"alter table t add c int not null default 1",
          "alter table t add c bigserial not null",
          "alter table t add c int",
          "create table t (a int); alter table t add c int not null"}},
        {"adding-serial-primary-key-field",
         {"alter table t add primary key (a)", "alter table t add c serial primary key"},
         {"alter table t add primary key using index i", "create table t (a int primary key)"}},
        {"backfill-with-schema-change",
         {"alter table t add c int; update t set c = 1 where c is null",
          "alter table t add c int; insert into o select * from t"},
         {"update t set c = 1 where c is null; alter table t add c int",
          "alter table t add c int; insert into o values (1)",
          "alter table t add c int; create index concurrently i on t (c);"
          "update t set c = 1 where c is null"}},
        {"ban-alter-domain-with-add-constraint",
         {"alter domain d add constraint k check (value > 0)", "alter domain d set not null"},
         {"alter domain d add constraint k check (value > 0) not valid",
          "alter domain d drop not null",
          "create domain d as int; alter domain d add check (value > 0)"}},
        {"ban-char-field",
         {"create table t (a char(3))",
          "alter table t add c CHARACTER [ ]",
          "alter table t alter c type pg_catalog.bpchar"},
         {"create table t (a \"char\", b varchar(9))", "create temp table t (a char(3))"}},
        {"ban-concurrent-index-creation-in-transaction",
         {"begin; create index concurrently i on t (a); commit",
          "begin; select 1; drop index concurrently i; commit"},
         {"create index concurrently i on t (a)",
          "begin; select 1; commit; create index concurrently i on t (a)"}},
        {"ban-create-domain-with-constraint",
         {"create domain d as int check (value > 0)", "create domain d as int not null"},
         {"create domain d as int default 1"}},
        {"ban-drop-column",
         {"alter table t drop c", "alter table t drop column if exists c cascade"},
         {"alter table t add c int; alter table t drop c", "alter type t drop attribute c"}},
        {"ban-drop-database", {"drop database d"}, {"drop schema d"}},
        {"ban-drop-not-null",
         {"alter table t alter c drop not null"},
         {"create table t (c int not null); alter table t alter c drop not null"}},
        {"ban-drop-table",
         {"drop table t", "drop table if exists t", "drop schema s cascade"},
         {"create table s.t (a int); drop table t", "drop view v", "drop schema s"}},
        {"ban-duplicate-column-assignments",
         {"update t set a = 1, b = 2, a = 3 where x",
          "insert into t (a, a) values (1, 2)",
          "create table t (a int, a text)"},
         {"update t set a = 1, b = 2 where x", "update t set a[1] = 1, a[2] = 2 where x"}},
        {"ban-truncate-cascade", {"truncate t cascade"}, {"truncate t, o"}},
        {"ban-uncommitted-transaction",
         {"begin; select 1"},
         {"begin; select 1; commit", "begin; select 1; rollback"}},
        {"changing-column-type",
         {"alter table t alter c type bigint",
          "alter table t add c varchar(9); alter table t alter c type varchar(8)",
          "alter table t add c varchar(9); alter table t alter c type text using upper(c)",
          "alter table t add c text; alter table t rename to u; alter table u alter c type text"},
         {"create table t (c int); alter table t alter c type bigint",
          "alter table t add c varchar(9); alter table s.t alter c type character varying(10)",
          "alter table t add c varchar(9); alter table t alter c type varchar(12);"
          "alter table t alter c type varchar(12)"}},
        {"concurrent-index-corruption",
         {"create index concurrently i on t (a)", "reindex index concurrently i"},
         {"create index i on t (a)", "drop index concurrently i"},
         140'003},
        {"concurrent-index-corruption", {}, {"create index concurrently i on t (a)"}, 140'004},
        {"constraint-missing-not-valid",
         {"alter table t add check (a > 0)",
          "alter table t add c int check (c > 0)",
          "alter table t add constraint k check (a > 0) not valid;"
          "alter table t validate constraint k"},
         {"alter table t add constraint k check (a > 0) not valid",
          "create table t (a int); alter table t add check (a > 0)",
          "alter table t validate constraint k",
          "alter table t add constraint k check (a > 0) not valid;"
          "create index concurrently i on t (a); alter table t validate constraint k"}},
        {"disallowed-unique-constraint",
         {"alter table t add unique (a)", "alter table t add c int unique"},
         {"alter table t add constraint k unique using index i", "create table t (a int unique)"}},
        {"identifier-too-long",
         {long_ddl, "select 1 as \"" + long_name + "\""},
         {fitting_ddl, "select '" + long_name + "', 1 as \"" + long_name.substr(2) + "\"\"\""}},
        {"ignore-without-reason",
         {"-- slipway:ignore ban-drop-table\ndrop table t",
          "-- squawk-ignore ban-drop-table\ndrop table t"},
         {"-- slipway:ignore ban-drop-table nobody reads it\ndrop table t",
          "-- squawk-ignore ban-drop-table -- nobody reads it\ndrop table t"}},
        {"prefer-bigint-over-int",
         {"create table t (a int)", "alter table t add c serial4"},
         {"create table t (a bigint, b bigserial)"}},
        {"prefer-bigint-over-smallint",
         {"create table t (a int2)", "create table t (a smallserial)"},
         {"create table t (a int)"}},
        {"prefer-identity",
         {"create table t (a bigserial)"},
         {"create table t (a bigint generated always as identity)"}},
        {"prefer-jsonb", {"alter table t add c json"}, {"alter table t add c jsonb"}},
        {"prefer-repack",
         {"vacuum full t", "vacuum (full) t", "cluster t using i"},
         {"vacuum t", "vacuum (full off) t"}},
        {"prefer-robust-stmts",
         {"create table t (a int)",
          "alter table t drop c",
          "alter table t add check (a > 0)",
          "create index concurrently i on t (a)",
          "drop type y"},
         {"create table if not exists t (a int)",
          "begin; create table t (a int); commit",
          "create index on t (a)"}},
        {"prefer-text-field",
         {"create table t (a varchar(9))", "create table t (a character  varying(9)[])"},
         {"create table t (a varchar, b text, c numeric(9))"}},
        {"prefer-timestamp-tz",
         {"create table t (a timestamp(3))", "create table t (a timestamp without time zone)"},
         {"create table t (a timestamptz, b timestamp with time zone)"}},
        {"renaming-column",
         {"alter table t rename c to d"},
         {"create table t (c int); alter table t rename c to d",
          "alter table t add c int; alter table t rename column c to d",
          "alter type t rename attribute c to d"}},
        {"renaming-enum-value",
         {"alter type y rename value 'a' to 'b'"},
         {"create type y as enum ('a'); alter type y rename value 'a' to 'b'",
          "alter type y add value 'b'"}},
        {"renaming-schema", {"alter schema a rename to b"}, {"alter table t set schema b"}},
        {"renaming-table",
         {"alter table t rename to u"},
         {"create table t (a int); alter table t rename to u; alter table u rename to v",
          "alter index i rename to j",
          "alter table t rename constraint a to b"}},
        {"require-concurrent-index-creation",
         {"create index i on t (a)", "create unique index i on only s.t (a)"},
         {"create index concurrently i on t (a)",
          "create table s.t (a int); create index i on s.t (a)",
          "create materialized view t as select 1 as a; create index i on t (a)"}},
        {"require-concurrent-index-deletion",
         {"drop index i"},
         {"drop index concurrently i",
          "create table t (a int); create index i on t (a); drop index i"}},
        {"require-concurrent-partition-detach",
         {"alter table t detach partition p"},
         {"alter table t detach partition p concurrently",
          "alter table t detach partition p finalize"}},
        {"require-concurrent-partition-detach", {}, {"alter table t detach partition p"}, 130'000},
        {"require-concurrent-reindex",
         {"reindex table t", "reindex schema s"},
         {"reindex (concurrently) table t", "reindex table concurrently t"}},
        {"require-enum-value-ordering",
         {"alter type y add value 'b'"},
         {"alter type y add value 'b' after 'a'"}},
        {"require-lock-timeout",
         {"alter table t add c int", "set lock_timeout = 1; reset lock_timeout; drop table t"},
         {"set lock_timeout = '1s'; alter table t add c int",
          "select set_config('lock_timeout', '1s', true); drop table t",
          "create table t (a int); alter table t add c int",
          "create index concurrently i on t (a)",
          "insert into t values (1)"}},
        {"require-statement-timeout",
         {"truncate t"},
         {"set statement_timeout = '1s'; truncate t", "vacuum t"}},
        {"require-table-schema",
         {"create table t (a int)", "drop table t", "alter table t add c int"},
         {"create table s.t (a int)", "create temp table t (a int)", "select 1"}},
        {"syntax-error", {"select 'a"}, {"selec 1"}},
        {"transaction-nesting",
         {"begin; begin; commit",
          "select 1; commit",
          "select 1; begin; select 2; commit",
          "begin; select 1; commit; select 2"},
         {"begin; select 1; commit", "savepoint a; select 1; release a", "select 1"}},
        {"unparsed",
         {"selec 1", "select * from ${schema}.t"},
         {"select 1", "\\echo hello\nselect 1"}},
        {"unused-ignore",
         {"-- slipway:ignore ban-drop-table gone\nselect 1",
          "-- slipway:ignore ban-drop-tabel gone\ndrop table t",
          "drop table t; -- slipway:ignore ban-drop-column gone"},
         {"-- slipway:ignore ban-drop-table gone\ndrop table t",
          "-- slipway:ignore ban-drop-table gone\nselec 1"}},
        {"wide-index",
         {"create index concurrently i on t (a, b, c, d)"},
         {"create index concurrently i on t (a, b, c)",
          "create unique index concurrently i on t (a, b, c, d)"}},
        {"write-without-where",
         {"update t set a = 1", "delete from t"},
         {"update t set a = 1 where b", "create table t (a int); delete from t", "truncate t"}},
    };
}

std::string read(std::string const& path) {
    return fs::read_file(fs::Path{SLIPWAY_SOURCE_DIR} / path);
}

std::string row_of(lint::Rule const& rule) {
    std::string out = "| [" + std::string{rule.id} + "](" + std::string{rule.id} + ".md) | ";
    std::string aliases;
    for (auto const alias : rule.aliases) {
        aliases += (aliases.empty() ? "`" : ", `") + std::string{alias} + "`";
    }
    return out + aliases + " | " + std::string{lint::name(rule.severity)} + " | " +
           (rule.standard ? "on" : "off") + " | " + std::string{rule.summary} + " |";
}

} // namespace

BOOST_AUTO_TEST_CASE(every_rule_fires_where_it_should_and_is_silent_where_it_should_be) {
    std::set<std::string> fired;
    std::set<std::string> kept_silent;
    for (auto const& trial : trials()) {
        std::string const rule{trial.rule};
        for (auto const& sql : trial.fires) {
            BOOST_TEST(found(sql, trial.server_version).contains(rule), rule << " for: " << sql);
            fired.insert(rule);
        }
        for (auto const& sql : trial.silent) {
            BOOST_TEST(!found(sql, trial.server_version).contains(rule), rule << " on: " << sql);
            kept_silent.insert(rule);
        }
    }
    for (auto const& rule : lint::rules()) {
        BOOST_TEST(fired.contains(std::string{rule.id}), "fires: " << rule.id);
        BOOST_TEST(kept_silent.contains(std::string{rule.id}), "silent: " << rule.id);
    }
}

BOOST_AUTO_TEST_CASE(every_rule_has_its_page_and_its_line_in_the_index) {
    auto const index = read("docs/lint/index.md");
    std::set<std::string> pages;
    for (auto const& entry :
         std::filesystem::directory_iterator(fs::Path{SLIPWAY_SOURCE_DIR} / "docs/lint")) {
        pages.insert(entry.path().stem().string());
    }
    BOOST_TEST(pages.size() == lint::rules().size() + 1);
    for (auto const& rule : lint::rules()) {
        BOOST_TEST(index.find(row_of(rule) + "\n") != std::string::npos, row_of(rule));
        BOOST_TEST_REQUIRE(pages.contains(std::string{rule.id}), "no page of " << rule.id);
        auto const page = read(lint::page_of(rule.id));
        BOOST_TEST(page.starts_with("# " + std::string{rule.id} + "\n"));
        for (auto const* const part :
             {"**What.** ", "**Why.** ", "**The safe way.** ", "```sql\n"}) {
            BOOST_TEST(page.find(part) != std::string::npos, part << " in " << rule.id);
        }
        // Silencing is explained once; every page leads there.
        BOOST_TEST(page.find("](index.md#silence-a-rule)") != std::string::npos, rule.id);
    }
}

BOOST_AUTO_TEST_CASE(the_rules_are_sorted_and_their_names_are_of_one_rule_each) {
    std::map<std::string_view, int> names;
    for (auto const& rule : lint::rules()) {
        ++names[rule.id];
        for (auto const alias : rule.aliases) {
            ++names[alias];
        }
    }
    for (auto const& [name, count] : names) {
        BOOST_TEST(count == (name == "require-timeout-settings" ? 2 : 1), name);
    }
    BOOST_TEST(std::is_sorted(
        lint::rules().begin(), lint::rules().end(), [](auto const& a, auto const& b) {
            return a.id < b.id;
        }));
}

BOOST_AUTO_TEST_SUITE_END()
