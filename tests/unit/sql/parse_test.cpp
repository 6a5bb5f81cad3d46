// SPDX-License-Identifier: Apache-2.0
#include "sql/parse.hpp"

#include "error/error.hpp"
#include "sql/split.hpp"

#include <atomic>
#include <random>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(sql_parse)

using namespace slipway;

namespace {

std::vector<std::string> const scripts{
    "select 1; select 2;",
    "create table a(b int default 1, c text default ';'); create index on a(b);",
    "create function f() returns int language plpgsql as $f$ begin return 1; end; $f$; select f();",
    "create function g(a int) returns int begin atomic select case a when 1 then 2 end; end;"
    "select 2;",
    "create or replace procedure p() language sql begin atomic insert into a values (1); "
    "insert into a select case when 1=1 then 2 else 3 end; end; call p();",
    "create rule r as on insert to t do also (select 1; select 2;); select 3",
    "select E'\\';'\n'x'; select U&'\\0061;', U&\"d;\" from t; select B'01', X'1F', $1, $2;",
    "-- c;\nselect 1 /* ; /* ; */ */; /* ; */ ;; select $$;$$, $a$;$$;$a$",
    "begin; insert into t values (1); savepoint a; rollback to a; commit;",
    "select E'a'\n'b\\';c'; select 'it''s', \"a\"\"b;\"; select 1 - -1; select 5 */* x */ 3",
    "do $$ begin perform 1; perform 2; end $$; comment on table t is 'a;b';",
    "select 1 as \"end\"; select a$b$c from t; select 1; select 2.5e3, 0.5, .5",
    "grant select on all tables in schema public to x; alter type m add value 'z';",
    "create trigger g after insert on t for each row execute function f(); select 1",
    "insert into t values ('ä;', 'zä€🚢'); update t set a = 'x''y;z' where b = $b$;$b$;",
    "alter table t add constraint c check (a > 0 and (b in (1,2) or c ~ ';')) not valid;",
};

// What has to hold for any script that split() accepts.
bool well_formed(std::string_view script, std::vector<sql::Statement> const& statements) {
    std::size_t end = 0;
    for (sql::Statement const& statement : statements) {
        bool const in_order = statement.offset >= end && !statement.text.empty();
        if (!in_order || script.substr(statement.offset, statement.text.size()) != statement.text ||
            sql::place_in(script, statement.offset, "").line != statement.line ||
            sql::place_in(script, statement.offset, "").column != statement.column) {
            return false;
        }
        end = statement.offset + statement.text.size();
    }
    return end <= script.size();
}

std::string mutated(std::mt19937& random) {
    static std::string const spice = "'\"$;()\\-/*\n\r eEuU&xX.:ab1$'";
    auto const below = [&](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
    };
    std::string script = scripts[below(scripts.size())];
    for (std::size_t left = 1 + below(6); left > 0; --left) {
        std::size_t const at = below(script.size());
        switch (below(4)) {
        case 0:
            script.erase(at, 1 + below(5));
            break;
        case 1:
            script.insert(at, 1, spice[below(spice.size())]);
            break;
        case 2:
            script[at] = spice[below(spice.size())];
            break;
        default:
            script.insert(at, scripts[below(scripts.size())].substr(0, 1 + below(40)));
            break;
        }
        if (script.empty()) {
            script = ";";
        }
    }
    return script;
}

} // namespace

BOOST_AUTO_TEST_CASE(split_agrees_with_the_servers_parser) {
    for (std::string const& script : scripts) {
        auto const theirs = sql::parser_split(script);
        BOOST_TEST_CONTEXT(script) {
            BOOST_REQUIRE(theirs.has_value());
            BOOST_TEST(sql::split(script, "x.sql").size() == theirs->size());
        }
    }
}

BOOST_AUTO_TEST_CASE(split_survives_mutated_scripts_and_agrees_where_the_parser_accepts_them) {
    std::mt19937 random{20260131}; // NOLINT(cert-msc51-cpp): a failure must be repeatable
    int compared = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string const script = mutated(random);
        std::vector<sql::Statement> ours;
        try {
            ours = sql::split(script, "x.sql");
        } catch (Error const& error) {
            BOOST_TEST((error.kind() == ErrorKind::usage));
            BOOST_TEST(error.where().line > 0);
            continue;
        }
        if (!well_formed(script, ours)) {
            BOOST_ERROR("statements out of order or place: " + script);
        }
        if (auto const theirs = sql::parser_split(script)) {
            ++compared;
            if (ours.size() != theirs->size()) {
                BOOST_ERROR("the parser splits otherwise: " + script);
            }
        }
    }
    BOOST_TEST(compared > 1'000);
}

BOOST_AUTO_TEST_CASE(a_tree_is_returned) {
    auto const parsed = sql::parse("create table a.b(c int)");
    BOOST_REQUIRE(parsed.ok);
    auto const& statement = json::at((*parsed.tree)["stmts"][0], "stmt");
    BOOST_TEST(statement.contains("CreateStmt"));
}

BOOST_AUTO_TEST_CASE(unknown_syntax_is_no_exception) {
    auto const parsed = sql::parse("select 'ä', from from");
    BOOST_TEST(!parsed.ok);
    BOOST_TEST(!parsed.message.empty());
    BOOST_TEST(parsed.position == 13);
    BOOST_TEST(!sql::parse(std::string_view{"select \0", 8}).ok);
    BOOST_TEST(!sql::parser_split("selec 1; select 2").has_value());
}

BOOST_AUTO_TEST_CASE(deep_expressions_do_not_overflow_the_stack) {
    std::string sum = "select 1";
    for (int i = 0; i < 100'000; ++i) {
        sum += "+1";
    }
    BOOST_TEST(sql::parse(sum).message == "nested too deeply");
    auto const brackets = std::string(100'000, '(') + "1" + std::string(100'000, ')');
    BOOST_TEST(sql::parse("select " + brackets).message == "nested too deeply");
    std::string list = "insert into t values (1, 'a')";
    for (int i = 0; i < 100'000; ++i) {
        list += ", (1, 'a')";
    }
    BOOST_TEST(sql::parse(list).ok);
}

BOOST_AUTO_TEST_CASE(several_threads_may_parse) {
    std::vector<std::thread> threads;
    std::atomic<int> parsed{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&parsed] {
            for (int round = 0; round < 50; ++round) {
                parsed += sql::parse("select a from b where c = 1").ok ? 1 : 0;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(parsed == 200);
}

BOOST_AUTO_TEST_CASE(what_a_statement_creates_is_named) {
    struct Case {
        char const* statement;
        char const* kind;
        char const* schema;
        char const* name;
        char const* table;
    };
    for (Case const& one :
         {Case{"create table if not exists s.t(a int)", "table", "s", "t", ""},
          Case{"create table t as select 1", "table", "", "t", ""},
          Case{"create foreign table s.f(a int) server x", "table", "s", "f", ""},
          Case{"create unique index i on s.t(a)", "index", "s", "i", "t"},
          Case{"create index on t(a)", "index", "", "", "t"},
          Case{"create type s.mood as enum ('a')", "type", "s", "mood", ""},
          Case{"create type pair as (a int, b int)", "type", "", "pair", ""},
          Case{"create domain d as int", "type", "", "d", ""},
          Case{"create or replace view v as select 1", "view", "", "v", ""},
          Case{"create materialized view m as select 1", "materialized view", "", "m", ""},
          Case{"create function s.f() returns int language sql as ''", "function", "s", "f", ""},
          Case{"create procedure p() language sql as ''", "procedure", "", "p", ""},
          Case{"create sequence q", "sequence", "", "q", ""},
          Case{"create schema x", "schema", "", "x", ""},
          Case{
              "create trigger g after insert on t execute function f()",
              "trigger",
              "",
              "g",
              "t"}}) {
        BOOST_TEST_CONTEXT(one.statement) {
            auto const made = sql::created_by(one.statement);
            BOOST_REQUIRE(made.has_value());
            BOOST_TEST(made->kind == one.kind);
            BOOST_TEST(made->schema == one.schema);
            BOOST_TEST(made->name == one.name);
            BOOST_TEST(made->table == one.table);
        }
    }
    BOOST_TEST(sql::created_by("create table if not exists t()")->if_not_exists);
    BOOST_TEST(!sql::created_by("select 1").has_value());
    BOOST_TEST(!sql::created_by("creat table").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
