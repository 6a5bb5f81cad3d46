// SPDX-License-Identifier: Apache-2.0
// What lint says of locks, scans and rewrites, held against what the server does.
#include "lint/lint.hpp"
#include "lint/volatility.hpp"
#include "support/database.hpp"

#include <algorithm>
#include <optional>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(lint_truth)

using namespace slipway;

namespace {

constexpr std::string_view shop = R"(
create extension btree_gist;
create domain positive as int;
create table o (id int primary key);
create table t (
    a int, b varchar(20), c int4range, d positive, e int check (e is not null), f int);
create unique index t_b on t (b);
create index t_f on t (f);
insert into o select 1;
insert into t select i, i::text, int4range(i, i + 1), i, i, 1 from generate_series(1, 9) i;
alter table t add constraint e_there check (e is not null) not valid;
)";

// What it does to the table t, in a transaction that is rolled back.
struct Seen {
    bool reads_or_rewrites = false;
    bool keeps_writers_out = false;

    // Whether nobody can write for as long as it takes to go through the rows.
    [[nodiscard]] bool blocks() const { return reads_or_rewrites && keeps_writers_out; }
};

Seen see(pg::Connection& db, std::string_view sql) {
    db.exec("begin");
    // The server counts scans for a second or so before it clears the count, transaction or not.
    auto const state = [&] {
        return db
            .exec("select pg_stat_get_xact_numscans('t'::regclass) || ' ' ||"
                  " pg_relation_filenode('t')")
            .one_value<std::string>();
    };
    auto const before = state();
    db.exec(sql);
    Seen seen;
    seen.reads_or_rewrites = state() != before;
    seen.keeps_writers_out =
        db.exec("select count(*) from pg_locks where pid = pg_backend_pid() and relation ="
                " 't'::regclass and mode in ('ShareLock', 'ShareRowExclusiveLock',"
                " 'ExclusiveLock', 'AccessExclusiveLock')")
            .one_value<std::int64_t>() > 0;
    db.exec("rollback");
    return seen;
}

bool called_an_error(std::string_view before, std::string_view sql) {
    lint::Settings settings;
    settings.pending = true;
    auto const findings = lint::check({{"a.sql", before, {}}, {"b.sql", sql, {}}}, settings);
    return std::any_of(findings.begin(), findings.end(), [](lint::Finding const& finding) {
        return finding.source == 1 && finding.severity == lint::Severity::error;
    });
}

} // namespace

BOOST_AUTO_TEST_CASE(what_lint_calls_an_error_keeps_writers_out_for_long_and_the_rest_does_not) {
    support::Database const database;
    database.run(shop);
    auto db = database.connect();
    for (std::string_view const sql : {
             "alter table t add x int",
             "alter table t add x int default 1",
             "alter table t add x text default upper('a') || 'b'",
             "alter table t add x timestamptz not null default now()",
             "alter table t add x timestamptz default current_timestamp",
             "alter table t add x uuid default gen_random_uuid()",
             "alter table t add x timestamptz default clock_timestamp()",
             "alter table t add x float default random()",
             "alter table t add x serial",
             "alter table t add x bigint generated always as identity",
             "alter table t add x int generated always as (a * 2) stored",
             "alter table t add x int check (x > 0)",
             "alter table t add x int unique",
             "alter table t add x int references o",
             "alter table t add check (a > 0)",
             "alter table t add check (a > 0) not valid",
             "alter table t validate constraint e_there",
             "alter table t add foreign key (f) references o",
             "alter table t add foreign key (f) references o not valid",
             "alter table t alter a set not null",
             "alter table t add unique (a)",
             "alter table t add unique using index t_b",
             "alter table t add primary key (a)",
             "alter table t add exclude using gist (c with &&)",
             "alter table t alter a type bigint",
             "alter table t alter a drop not null",
             "alter table t alter a set default random()",
             "create index on t (a)",
             "drop index t_f",
             "reindex table t",
             "reindex index t_f",
             "cluster t using t_f",
             "alter domain positive add check (value > 0)",
             "alter domain positive add constraint p check (value > 0) not valid",
             "alter domain positive set not null",
             "comment on table t is 'x'",
             "alter table t alter a set statistics 9",
         }) {
        BOOST_TEST(called_an_error("", sql) == see(db, sql).blocks(), sql);
    }
    // The way round SET NOT NULL that its page shows.
    db.exec("alter table t validate constraint e_there");
    std::string_view const last = "alter table t alter e set not null";
    BOOST_TEST(!see(db, last).blocks());
    BOOST_TEST(!called_an_error("alter table t validate constraint e_there", last));
}

BOOST_AUTO_TEST_CASE(a_type_change_is_an_error_where_the_server_goes_through_the_rows) {
    support::Database const database;
    database.run(shop);
    auto db = database.connect();
    std::vector<std::vector<std::string>> const families{
        {"varchar(10)", "varchar(20)", "varchar", "text", "char(9)"},
        {"int", "bigint", "smallint", "numeric(8, 2)", "numeric(9, 2)", "numeric(9, 3)", "numeric"},
        {"bit(3)", "varbit(3)", "varbit(4)"},
        {"timestamp(3)", "timestamp(4)", "timestamp", "timestamptz", "time(0)", "time"},
        {"cidr", "inet", "text"},
        {"varchar(10)[]", "varchar(20)[]"}};
    // In UTC the server takes timestamp for timestamptz as it is; a file does not tell the zone.
    db.exec("set timezone = 'Europe/Berlin'");
    int compared = 0;
    auto const compare = [&](std::string const& type, std::vector<std::string> const& others) {
        database.run("alter table t add x " + type);
        for (auto const& other : others) {
            std::string const sql = "alter table t alter x type " + other;
            std::optional<Seen> seen;
            try {
                seen = see(db, sql);
            } catch (Error const&) {
                db.exec("rollback"); // the server wants USING
                continue;
            }
            bool const said = called_an_error("alter table t add x " + type, sql);
            // Of arrays nothing is known: those that need no rewrite are called errors, too.
            bool const known = !type.ends_with("[]");
            BOOST_TEST((known ? said == seen->blocks() : said), type << " to " << other);
            ++compared;
        }
        database.run("alter table t drop x");
    };
    for (auto const& family : families) {
        for (auto const& type : family) {
            compare(type, family);
        }
    }
    BOOST_TEST(compared > 100);
}

BOOST_AUTO_TEST_CASE(no_function_that_the_server_calls_volatile_is_taken_for_steady) {
    support::Database const database;
    auto db = database.connect();
    auto const names = db.exec("select distinct proname from pg_proc where provolatile = 'v'");
    BOOST_TEST_REQUIRE(names.rows() > 100);
    for (std::size_t row = 0; row < names.rows(); ++row) {
        std::string const name{names.text(row, 0)};
        BOOST_TEST(lint::volatile_function({name}).has_value(), name);
    }
    // And the words for the time of the transaction are known at all.
    for (auto const* const name :
         {"now", "current_timestamp", "localtime", "upper", "jsonb_build_object"}) {
        BOOST_TEST(!lint::volatile_function({name}).has_value(), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
