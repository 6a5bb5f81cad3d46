// SPDX-License-Identifier: Apache-2.0
#include "sql/classify.hpp"

#include <array>
#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(sql_classify)

using namespace slipway;
namespace data = boost::unit_test::data;

namespace {

struct Case {
    char const* statement;
    char const* command;
    bool refuses = false;
    sql::Nature::Control control = sql::Nature::Control::none;
};

std::ostream& operator<<(std::ostream& out, Case const& one) {
    return out << one.statement;
}

using Control = sql::Nature::Control;

std::array const table{
    Case{"create index i on t(a)", "CREATE INDEX"},
    Case{"create unique index concurrently if not exists i on t(a)", "CREATE INDEX", true},
    Case{"CREATE INDEX CONCURRENTLY ON t(a)", "CREATE INDEX", true},
    Case{"create index \"concurrently\" on t(a)", "CREATE INDEX"},
    Case{"create index /* concurrently */ i on t(a)", "CREATE INDEX"},
    Case{"drop index concurrently if exists i", "DROP INDEX", true},
    Case{"drop index i", "DROP INDEX"},
    Case{"reindex index i", "REINDEX"},
    Case{"reindex index concurrently i", "REINDEX", true},
    Case{"reindex (verbose) table concurrently t", "REINDEX", true},
    Case{"reindex (concurrently, verbose) table t", "REINDEX", true},
    Case{"reindex (concurrently = false) table t", "REINDEX"},
    Case{"reindex schema s", "REINDEX", true},
    Case{"reindex database d", "REINDEX", true},
    Case{"create database d", "CREATE DATABASE", true},
    Case{"drop database if exists d", "DROP DATABASE", true},
    Case{"alter database d set tablespace x", "ALTER DATABASE", true},
    Case{"alter database d set timezone = 'UTC'", "ALTER DATABASE"},
    Case{"create tablespace x location '/x'", "CREATE TABLESPACE", true},
    Case{"alter system set work_mem = '1MB'", "ALTER SYSTEM", true},
    Case{"vacuum", "VACUUM", true},
    Case{"vacuum (full, analyze) t", "VACUUM", true},
    Case{"analyze t", "ANALYZE"},
    Case{"create subscription s connection 'x' publication p", "CREATE SUBSCRIPTION", true},
    Case{
        "create subscription s connection 'x' publication p with (create_slot = false)",
        "CREATE SUBSCRIPTION"},
    Case{
        "create subscription s connection 'x' publication p with (connect = 'off')",
        "CREATE SUBSCRIPTION"},
    Case{"drop subscription s", "DROP SUBSCRIPTION", true},
    Case{"alter subscription s refresh publication", "ALTER SUBSCRIPTION", true},
    Case{"alter subscription s disable", "ALTER SUBSCRIPTION"},
    Case{"alter table t detach partition p concurrently", "ALTER TABLE", true},
    Case{"alter table t detach partition p", "ALTER TABLE"},
    Case{"alter table concurrently add column a int", "ALTER TABLE"},
    Case{"cluster", "CLUSTER", true},
    Case{"cluster (verbose)", "CLUSTER", true},
    Case{"cluster t using i", "CLUSTER"},
    Case{"discard all", "DISCARD", true},
    Case{"discard temp", "DISCARD"},
    Case{"refresh materialized view concurrently v", "REFRESH MATERIALIZED VIEW"},
    Case{"begin", "BEGIN", false, Control::begin},
    Case{
        "start transaction isolation level serializable",
        "START TRANSACTION",
        false,
        Control::begin},
    Case{"commit and chain", "COMMIT", false, Control::commit},
    Case{"end", "END", false, Control::commit},
    Case{"rollback", "ROLLBACK", false, Control::rollback},
    Case{"abort", "ABORT", false, Control::rollback},
    Case{"rollback to a", "ROLLBACK", false, Control::rollback_to},
    Case{"rollback work to savepoint a", "ROLLBACK", false, Control::rollback_to},
    Case{"savepoint a", "SAVEPOINT", false, Control::savepoint},
    Case{"release savepoint a", "RELEASE", false, Control::release},
    Case{"prepare transaction 'x'", "PREPARE TRANSACTION", false, Control::prepare},
    Case{"commit prepared 'x'", "COMMIT PREPARED", true, Control::finish_prepared},
    Case{"prepare p as select 1", "PREPARE"},
    Case{"set transaction read only", "SET"},
    Case{"create or replace function f() returns int language sql as 'vacuum'", "CREATE FUNCTION"},
    Case{"create temp table t()", "CREATE TABLE"},
    Case{"create unlogged table t()", "CREATE TABLE"},
    Case{"create materialized view v as select 1", "CREATE MATERIALIZED VIEW"},
    Case{"create text search configuration c (copy = simple)", "CREATE TEXT SEARCH CONFIGURATION"},
    Case{"alter default privileges grant select on tables to x", "ALTER DEFAULT PRIVILEGES"},
    Case{"create constraint trigger g after insert on t", "CREATE TRIGGER"},
    Case{"with a as (select 1) insert into t select * from a", "INSERT"},
    Case{"with recursive a as (select 1) select 2", "SELECT"},
    Case{"(select 1) union select 2", "UNION"},
    Case{"(select 1)", "SELECT"},
    Case{"do $$ begin vacuum; end $$", "DO"},
    Case{"", ""},
};

} // namespace

BOOST_DATA_TEST_CASE(a_statement_is_judged_by_its_words, data::make(table), one) {
    auto const nature = sql::classify(one.statement);
    BOOST_TEST(nature.command == one.command);
    BOOST_TEST(nature.refuses_transaction == one.refuses);
    BOOST_TEST((nature.control == one.control));
    BOOST_TEST(nature.transaction_control() == (one.control != Control::none));
}

BOOST_AUTO_TEST_CASE(new_enum_values_are_told) {
    BOOST_TEST(sql::classify("alter type mood add value if not exists 'ok'").adds_enum_value);
    BOOST_TEST(!sql::classify("alter type mood rename value 'a' to 'b'").adds_enum_value);
    BOOST_TEST(!sql::classify("alter table t add value int").adds_enum_value);
}

BOOST_AUTO_TEST_CASE(concurrent_work_is_told) {
    BOOST_TEST(sql::classify("create index concurrently i on t(a)").concurrently);
    BOOST_TEST(!sql::classify("vacuum").concurrently);
}

BOOST_AUTO_TEST_SUITE_END()
