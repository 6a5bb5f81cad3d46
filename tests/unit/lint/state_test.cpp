// SPDX-License-Identifier: Apache-2.0
#include "lint/lint.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(lint_state)

using namespace slipway;

namespace {

std::vector<std::string>
told(std::vector<std::string_view> const& texts, lint::Settings const& settings = {}) {
    std::vector<lint::Source> sources;
    for (auto const text : texts) {
        sources.push_back({std::to_string(sources.size()) + ".sql", text, {}});
    }
    std::vector<std::string> out;
    for (auto const& finding : lint::check(sources, settings)) {
        out.push_back(finding.where.text() + " " + finding.rule);
    }
    return out;
}

using Lines = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(what_a_file_makes_is_new_to_the_later_ones_only_where_they_are_pending) {
    std::vector<std::string_view> const files{
        "create table t (a bigint);\ncreate index i on t (a);",
        "create index j on t (a);\ndrop index i;"};
    lint::Settings settings;
    BOOST_TEST(
        told(files, settings) == (Lines{
                                     "1.sql:1:1 require-concurrent-index-creation",
                                     "1.sql:2:1 require-concurrent-index-deletion"}),
        boost::test_tools::per_element());
    settings.pending = true;
    BOOST_TEST(told(files, settings).empty());
    // Another schema's table of that name is another table.
    BOOST_TEST(
        told({"create table a.t (a bigint); create index on b.t (a)"}, settings).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_transaction_ends_with_its_file_and_a_statement_without_one_ends_it_for_all) {
    std::string_view const add = "alter table t add constraint k check (a > 0) not valid;";
    std::string_view const validate = "alter table t validate constraint k;";
    std::string const both = std::string{add} + std::string{validate};
    lint::Settings settings;
    settings.pending = true;
    BOOST_TEST(told({add, validate}, settings).empty());
    BOOST_TEST(told({both}).size() == 1U);
    BOOST_TEST(told({both + "drop index concurrently i"}).empty());
    // What the file asks for itself, as dbmate's files do.
    BOOST_TEST(lint::check({{"a.sql", both, false}}, {}).empty());
    BOOST_TEST(lint::check({{"a.sql", both, true}}, {}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_finding_names_its_place_its_statement_and_its_file) {
    std::string_view const second = "\xEF\xBB\xBF-- ä\r\n  drop table t;\r\nselec 1 frm;";
    auto const findings = lint::check({{"a.sql", "select 1", {}}, {"b.sql", second, {}}}, {});
    BOOST_TEST_REQUIRE(findings.size() == 2U);
    BOOST_TEST(findings[0].where.text() == "b.sql:2:3");
    BOOST_TEST(findings[0].source == 1U);
    BOOST_TEST(second.substr(findings[0].offset).starts_with("drop table"));
    BOOST_TEST(findings[0].statement == "drop table t");
    BOOST_TEST((findings[0].severity == lint::Severity::warning));
    BOOST_TEST(findings[1].rule == "unparsed");
    BOOST_TEST(findings[1].where.text() == "b.sql:3:1");
    BOOST_TEST(findings[1].message == "not judged: syntax error at or near \"selec\"");
    auto const broken = lint::check({{"a.sql", "select 1;\nselect 'a", {}}}, {});
    BOOST_TEST_REQUIRE(broken.size() == 1U);
    BOOST_TEST(broken[0].where.text() == "a.sql:2:8");
    BOOST_TEST(broken[0].message == "the string that begins here does not end");
}

BOOST_AUTO_TEST_CASE(a_comment_silences_the_statement_that_it_belongs_to) {
    std::vector<std::string_view> const silent{
        "-- slipway:ignore ban-drop-table, ban-drop-column, write-without-where all are empty\n"
        "drop table t; alter table o drop c; delete from o",
        "/* slipway:ignore ban-drop-table: gone since May */ drop table t",
        "select 1;\n\n-- about it\n-- slipway:ignore ban-drop-table - gone\n-- more\ndrop table t",
        "drop table t; -- slipway:ignore ban-drop-table gone\nselect 1",
        "drop table\n  t -- slipway:ignore ban-drop-table gone\n;",
        "-- slipway:ignore-file remove_column, ban-drop-table gone\nselect 1;\ndrop table t;\n"
        "alter table o drop c",
        "-- squawk-ignore ban-drop-table -- gone\ndrop table t",
        "-- squawk-ignore -- gone\ndrop table t",
        "-- squawk-ignore-file -- gone\nselect 1; drop table t",
        "-- eugene: ignore E6 -- it is small\ncreate index i on t (a)",
        "copy t from stdin;\n-- slipway:ignore x\n\\.\n-- slipway:ignore ban-drop-table gone\n"
        "drop table o",
        "select '-- slipway:ignore ban-drop-table'",
    };
    for (auto const sql : silent) {
        auto const lines = told({sql});
        // The first one silences the first statement alone.
        BOOST_TEST(lines.size() == (sql == silent.front() ? 3U : 0U), sql);
    }
    BOOST_TEST(
        told({"drop table t;\n-- slipway:ignore ban-drop-table\nselect 1;\n"
              "-- slipway:ignore nothing-such why\ndrop table o"}) ==
            (Lines{
                "0.sql:1:1 ban-drop-table",
                "0.sql:2:1 unused-ignore",
                "0.sql:2:1 ignore-without-reason",
                "0.sql:4:1 unused-ignore",
                "0.sql:5:1 ban-drop-table"}),
        boost::test_tools::per_element());
    lint::Settings settings;
    settings.disable = {"ban-drop-table"};
    BOOST_TEST(told({"-- slipway:ignore ban-drop-table gone\ndrop table t"}, settings).empty());
}

BOOST_AUTO_TEST_CASE(rules_are_switched_by_id_alias_or_all_at_once) {
    std::string_view const sql = "create index i on t (a, b, c, d); create table o (a int)";
    lint::Settings settings;
    settings.disable = {"add_index", "wide-index"};
    BOOST_TEST(told({sql}, settings).empty());
    settings.enable = {"prefer-bigint-over-int"};
    BOOST_TEST(told({sql}, settings) == Lines{"0.sql:1:35 prefer-bigint-over-int"});
    settings.enable = {"all"};
    settings.disable = {"require-timeout-settings", "all"};
    BOOST_TEST(told({sql}, settings).empty());
    settings.enable = {"ban-drop-tabel"};
    BOOST_CHECK_EXCEPTION(told({sql}, settings), Error, [](Error const& error) {
        return error.kind() == ErrorKind::usage &&
               error.message() == "no lint rule ban-drop-tabel" &&
               error.hint() == "Did you mean ban-drop-table?";
    });
}

BOOST_AUTO_TEST_CASE(no_text_is_too_strange_or_too_large) {
    std::string const deep = "select " + std::string(20'000, '(') + "1" + std::string(20'000, ')');
    std::string bulk = "insert into t values (1)";
    while (bulk.size() < 2'000'000) {
        bulk += ", (1)";
    }
    BOOST_TEST(told({deep}).size() == 1U); // unparsed
    BOOST_TEST(told({bulk}).empty());
    for (auto const sql : {"", ";;", "-- nothing", "\xEF\xBB\xBF", "\\echo x", "begin; commit"}) {
        BOOST_TEST(told({sql}).empty(), sql);
    }
    BOOST_TEST(told({std::string_view{"a\0b", 3}}) == Lines{"0.sql:1:2 syntax-error"});
}

BOOST_AUTO_TEST_SUITE_END()
