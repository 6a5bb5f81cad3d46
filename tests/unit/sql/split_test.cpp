// SPDX-License-Identifier: Apache-2.0
#include "sql/split.hpp"

#include "error/error.hpp"

#include <ostream>
#include <string>
#include <vector>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(sql_split)

using namespace slipway;
using namespace std::string_literals;
namespace data = boost::unit_test::data;

namespace {

struct Case {
    std::string script;
    std::vector<std::string> texts;
};

std::ostream& operator<<(std::ostream& out, Case const& one) {
    return out << one.script;
}

std::vector<std::string> texts_of(std::string_view script) {
    std::vector<std::string> texts;
    for (sql::Statement const& statement : sql::split(script, "x.sql")) {
        texts.emplace_back(statement.text);
    }
    return texts;
}

Error error_of(std::string_view script) {
    try {
        sql::split(script, "x.sql");
    } catch (Error const& error) {
        return error;
    }
    return Error{ErrorKind::internal, "no error"};
}

std::string const function_with_body =
    "create or replace function f(a int) returns int begin atomic\n"
    "  select case when a > 0 then 1 else 2 end; select 2 as end; select t.end from t;\n"
    "end";

std::vector<Case> const table{
    {"select 1; select 2;", {"select 1", "select 2"}},
    {"select 1; select 2", {"select 1", "select 2"}},
    {"", {}},
    {" \n\t ", {}},
    {";;; ;\n;", {}},
    {"-- only this", {}},
    {"/* only /* nested */ this */", {}},
    {"-- a\nselect 1 -- b\n; -- c\n", {"select 1"}},
    {"select 1 /* ; */ + /* /* ; */ ; */ 2;", {"select 1 /* ; */ + /* /* ; */ ; */ 2"}},
    {"select 1 -- ;\n + 2;", {"select 1 -- ;\n + 2"}},
    {"select 1 -- ;\r + 2;", {"select 1 -- ;\r + 2"}},
    {"/*+ SeqScan(t) */ select 1;", {"/*+ SeqScan(t) */ select 1"}},
    {"/*+ none */ ; /* plain */ select 1;", {"select 1"}},
    {"select ';'; select 'it''s;';", {"select ';'", "select 'it''s;'"}},
    {R"(select 'back\'; select 2;)", {R"(select 'back\')", "select 2"}},
    {R"(select E'quo\';te'; select 2;)", {R"(select E'quo\';te')", "select 2"}},
    {R"(select e'\\'; select 2;)", {R"(select e'\\')", "select 2"}},
    {"select E'a'\n  '\\';b'; select 2", {"select E'a'\n  '\\';b'", "select 2"}},
    {"select E'a' -- it's\n  '\\';b'; select 2", {"select E'a' -- it's\n  '\\';b'", "select 2"}},
    {"select E'a' '\\'; select 2", {"select E'a' '\\'", "select 2"}},
    {"select E'a'''; select 2", {"select E'a'''", "select 2"}},
    {"select name'x\\'; select 2", {"select name'x\\'", "select 2"}},
    {R"(select U&'d\0061t;\'; select 2)", {R"(select U&'d\0061t;\')", "select 2"}},
    {R"(select U&"d;""x"; select 2)", {R"(select U&"d;""x")", "select 2"}},
    {"select B'01;', X'1F;'; select 2", {"select B'01;', X'1F;'", "select 2"}},
    {R"(select "a;b""c;"; select 2)", {R"(select "a;b""c;")", "select 2"}},
    {"select $$a;b$$; select 2", {"select $$a;b$$", "select 2"}},
    {"select $x$a;$$;$y$;$x$; select 2", {"select $x$a;$$;$y$;$x$", "select 2"}},
    {"select $ä_1$;$ä_1$; select 2", {"select $ä_1$;$ä_1$", "select 2"}},
    {"select a$x$ from t; select $x$ from t;$x$", {"select a$x$ from t", "select $x$ from t;$x$"}},
    {"select $1; select $2", {"select $1", "select $2"}},
    {"select $1$; select 2", {"select $1$", "select 2"}},
    {"create rule r as on insert to t do also (select 1; select 2); select 3",
     {"create rule r as on insert to t do also (select 1; select 2)", "select 3"}},
    {"select 1); select 2", {"select 1)", "select 2"}},
    {function_with_body + ";select 3;", {function_with_body, "select 3"}},
    {"begin; create table t(); end; select 1", {"begin", "create table t()", "end", "select 1"}},
    {"create function begin() returns int language sql as 'select 1'; select 2",
     {"create function begin() returns int language sql as 'select 1'", "select 2"}},
    {"create procedure p() begin atomic select 1; end; select 2",
     {"create procedure p() begin atomic select 1; end", "select 2"}},
    {"select 'begin atomic'; begin; select case when 1=1 then 2 end; end;",
     {"select 'begin atomic'", "begin", "select case when 1=1 then 2 end", "end"}},
    {"\xEF\xBB\xBFselect 1; select 2", {"select 1", "select 2"}},
    {"select 1;\r\nselect 2;\r\n", {"select 1", "select 2"}},
    {"select 1;\rselect 2;\r", {"select 1", "select 2"}},
    {"select :var, :'quoted', :\"name\"; select 2",
     {"select :var, :'quoted', :\"name\"", "select 2"}},
    {"select 5*/**/3; select 2", {"select 5*/**/3", "select 2"}},
    {"select 1+--;\n2; select 2", {"select 1+--;\n2", "select 2"}},
    {"selec 2; select 3", {"selec 2", "select 3"}},
    {R"(\echo it's; here
select 1;)",
     {R"(\echo it's; here)", "select 1"}},
    {"select 'x' \\gexec\nselect 2", {"select 'x'", "\\gexec", "select 2"}},
};

} // namespace

BOOST_DATA_TEST_CASE(a_script_is_split_as_psql_splits_it, data::make(table), one) {
    BOOST_TEST(texts_of(one.script) == one.texts, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lines_and_columns_count_from_one_in_characters) {
    auto const found =
        sql::split("\xEF\xBB\xBFselect 'ä';  select 2;\r\n -- c\r\n\tselect 3;\rselect 4", "x.sql");
    BOOST_REQUIRE(found.size() == 4U);
    BOOST_TEST(found[0].line == 1);
    BOOST_TEST(found[0].column == 1);
    BOOST_TEST(found[0].offset == 3U);
    BOOST_TEST(found[1].line == 1);
    BOOST_TEST(found[1].column == 14);
    BOOST_TEST(found[2].line == 3);
    BOOST_TEST(found[2].column == 2);
    BOOST_TEST(found[3].line == 4);
    BOOST_TEST(found[3].column == 1);
    BOOST_TEST(!found[2].unfinished);
    BOOST_TEST(found[3].unfinished);
}

BOOST_AUTO_TEST_CASE(copy_data_is_kept_whole) {
    auto const found = sql::split(
        "COPY public.t (a, \"from\") FROM stdin WITH (FORMAT text);\n1\tit's;\n2\t$$\\.\n\\.\n"
        "select 1;",
        "x.sql");
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST((found[0].kind == sql::Statement::Kind::copy_from_stdin));
    BOOST_TEST(found[0].text == "COPY public.t (a, \"from\") FROM stdin WITH (FORMAT text)");
    BOOST_TEST(found[0].copy_data == "1\tit's;\n2\t$$\\.\n");
    BOOST_TEST(found[1].line == 5);
}

BOOST_AUTO_TEST_CASE(copy_data_may_be_empty_and_may_have_windows_line_ends) {
    auto const empty = sql::split("copy t from stdin; -- load\n\\.\nselect 1", "x.sql");
    BOOST_REQUIRE(empty.size() == 2U);
    BOOST_TEST(empty[0].copy_data == "");
    auto const windows = sql::split("copy t from stdin;\r\n1\r\n\\.\r\nselect 1", "x.sql");
    BOOST_REQUIRE(windows.size() == 2U);
    BOOST_TEST(windows[0].copy_data == "1\r\n");
    BOOST_TEST(windows[1].line == 4);
}

BOOST_AUTO_TEST_CASE(copy_to_stdout_and_from_a_file_have_no_data) {
    for (auto const* script :
         {"copy (select a from stdin) to stdout; select 1",
          "copy t from '/stdin'; select 1",
          "copy t to stdout; select 1"}) {
        auto const found = sql::split(script, "x.sql");
        BOOST_TEST(found.size() == 2U);
        BOOST_TEST((found[0].kind == sql::Statement::Kind::sql));
    }
}

BOOST_AUTO_TEST_CASE(copy_data_without_its_end_is_refused) {
    BOOST_TEST(error_of("select 1;\ncopy t from stdin;\n1\n2\n").where().line == 2);
    BOOST_TEST(error_of("copy t from stdin").where().line == 1);
    BOOST_TEST(error_of("copy t from stdin; select 1;\n\\.\n").where().line == 1);
}

BOOST_AUTO_TEST_CASE(what_does_not_end_is_named_by_the_line_where_it_begins) {
    for (auto const* rest :
         {"'abc\n;",
          "E'abc\\'\n;",
          "\"abc\n;",
          "U&\"abc\n",
          "/* abc /* */\n;",
          "$x$ abc $$\n;",
          "$$ abc\n"}) {
        Error const error = error_of("select 1;\n\nselect "s + rest);
        BOOST_TEST((error.kind() == ErrorKind::usage));
        BOOST_TEST(error.where().text() == "x.sql:3:8");
        BOOST_TEST(error.message().starts_with("x.sql:3:8: the "));
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_text_is_refused_with_its_line) {
    BOOST_TEST(error_of("select 1;\nselect '\0';"s).where().text() == "x.sql:2:9");
    BOOST_TEST(error_of("select 1;\nselect '\xFF';").where().line == 2);
    BOOST_TEST(error_of("select 'long enough for eight bytes';\r\n-- \xC3").where().line == 2);
    BOOST_TEST(error_of("-- \xED\xA0\x80").where().column == 4);
    BOOST_TEST(sql::split("select 'zä€🚢'", "x.sql").size() == 1U);
}

BOOST_AUTO_TEST_CASE(places_hold_in_a_script_of_many_pieces) {
    // The text is gone through in pieces, whose ends meet each byte of these lines.
    for (std::size_t const shift : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U}) {
        std::string script = "--" + std::string(shift, 'x') + "\n";
        std::int64_t line = 2;
        while (script.size() < 2'200'000) {
            script += "\xF0\x9F\x9A\xA2\r\n";
            ++line;
        }
        script.insert(0, "/*");
        script += "*/ select 'ä'; select 2;";
        auto const found = sql::split(script, "x.sql");
        BOOST_REQUIRE(found.size() == 2U);
        BOOST_TEST(found[0].line == line);
        BOOST_TEST(found[0].column == 4);
        BOOST_TEST(found[1].line == line);
        BOOST_TEST(found[1].column == 16);
        auto const place = sql::place_in(script, found[1].offset, "x.sql");
        BOOST_TEST(place.line == line);
        BOOST_TEST(place.column == 16);
        for (char const wrong : {'\0', '\xA2', '\xF0'}) {
            std::string const broken = script + "\n" + wrong + "x";
            BOOST_TEST(error_of(broken).where().line == line + 1);
            BOOST_TEST(error_of(broken).where().column == 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(psql_commands_are_told_apart) {
    auto const found =
        sql::split("\\restrict abc\n\nselect 1;\n  \\i other.sql  \r\n\\unrestrict abc", "x.sql");
    BOOST_REQUIRE(found.size() == 4U);
    BOOST_TEST((found[0].kind == sql::Statement::Kind::meta));
    BOOST_TEST((found[1].kind == sql::Statement::Kind::sql));
    BOOST_TEST(found[2].text == "\\i other.sql");
    BOOST_TEST(found[2].line == 4);
    BOOST_TEST(found[2].column == 3);
    BOOST_TEST(error_of("select 1\n\\echo hi\n+ 1;").where().line == 2);
    BOOST_TEST(error_of("select 1 \\; select 2;").where().column == 10);
}

BOOST_AUTO_TEST_CASE(a_servers_error_position_is_found_in_the_file) {
    std::string const script = "select 1;\nselect 'ä',\n  nope;";
    auto const found = sql::split(script, "x.sql");
    BOOST_TEST(sql::place_of_error(script, found[1].offset, 15, "x.sql").text() == "x.sql:3:3");
    BOOST_TEST(sql::place_of_error(script, found[1].offset, 1, "x.sql").text() == "x.sql:2:1");
    BOOST_TEST(sql::place_of_error(script, found[1].offset, 999, "x.sql").line == 3);
    BOOST_TEST(sql::place_in(script, 0, "x.sql").text() == "x.sql:1:1");
    BOOST_TEST(sql::place_in("a\r\nb", 3, "x.sql").text() == "x.sql:2:1");
    BOOST_TEST(sql::place_in("a\r\nb", 2, "x.sql").text() == "x.sql:1:2");
}

BOOST_AUTO_TEST_SUITE_END()
