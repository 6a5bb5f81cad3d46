// SPDX-License-Identifier: Apache-2.0
#include "migration/script.hpp"

#include "fs/temp_folder.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migration_script)

using namespace slipway;
using support::error_of;

namespace {

migration::Script read(std::string_view sql) {
    fs::TempFolder const place{"slipway-test-"};
    migration::File file;
    file.path = place.path() / "001_a.sql";
    fs::write_atomic(file.path, sql);
    return migration::read_script(file);
}

std::vector<std::string> texts(migration::Script const& script) {
    std::vector<std::string> out;
    for (auto const& step : script.steps) {
        out.emplace_back(step.statement.text);
    }
    return out;
}

Error refused(std::string_view sql) {
    return error_of([&] { static_cast<void>(read(sql)); });
}

using Texts = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(begin_and_commit_around_the_whole_file_are_set_aside) {
    for (char const* const sql :
         {"BEGIN; select 1; select 2; COMMIT;",
          "start transaction;\nselect 1;\nselect 2;\nend;\n",
          "-- head\nBegin Work;\nselect 1;select 2;\ncommit and no chain;"}) {
        auto const script = read(sql);
        BOOST_TEST(texts(script) == (Texts{"select 1", "select 2"}), sql);
        BOOST_TEST(script.set_aside == 2, sql);
        BOOST_TEST(script.transactional, sql);
    }
}

BOOST_AUTO_TEST_CASE(a_transaction_inside_of_a_file_is_refused_with_file_and_line) {
    std::vector<std::pair<std::string, std::string>> const cases{
        {"select 1;\nCOMMIT;\nselect 2;", ":2:1"},
        {"begin;\nselect 1;\ncommit;\nbegin;\nselect 2;\ncommit;", ":3:1"},
        {"select 1;\n  ROLLBACK;", ":2:3"},
        {"begin;\nselect 1;\n", ":1:1"},
        {"select 1; commit;", ":1:11"},
        {"select 1;\n\nprepare transaction 'x';", ":3:1"},
    };
    for (auto const& one : cases) {
        auto const error = refused(one.first);
        BOOST_TEST((error.kind() == ErrorKind::usage), one.first);
        BOOST_TEST(
            error.message().find("001_a.sql" + one.second + ":") != std::string::npos,
            error.message());
        BOOST_TEST(error.where().line > 0);
        BOOST_TEST(!error.hint().empty());
    }
}

BOOST_AUTO_TEST_CASE(savepoints_are_run_as_they_are) {
    auto const script =
        read("savepoint a; select 1; rollback to a; release savepoint a; select 2;");
    BOOST_TEST(script.steps.size() == 5U);
    BOOST_TEST(script.transactional);
}

BOOST_AUTO_TEST_CASE(words_of_transactions_inside_of_bodies_are_no_transactions) {
    auto const script =
        read("create function f() returns int language plpgsql as $$ begin return 1; end $$;\n"
             "do $x$ begin perform 1; end $x$;\n"
             "comment on function f() is 'commit; rollback;';");
    BOOST_TEST(script.steps.size() == 3U);
}

BOOST_AUTO_TEST_CASE(harmless_psql_commands_are_set_aside_and_others_refused_with_their_line) {
    auto const script = read("\\set ON_ERROR_STOP on\n\\echo hello\n\\timing\nselect 1;\n");
    BOOST_TEST(texts(script) == Texts{"select 1"});
    BOOST_TEST(script.set_aside == 3);
    for (char const* const meta :
         {"\\i other.sql", "\\copy a from 'x'", "\\connect other", "\\gexec", "\\set a `date`"}) {
        auto const error = refused("select 1;\n" + std::string{meta} + "\n");
        BOOST_TEST((error.kind() == ErrorKind::usage), meta);
        BOOST_TEST(error.where().line == 2, meta);
    }
}

BOOST_AUTO_TEST_CASE(one_statement_that_refuses_a_transaction_makes_the_file_not_transactional) {
    for (char const* const sql :
         {"create index concurrently i on t (a);",
          "create unique index concurrently if not exists i on t (a);",
          "drop index concurrently i;",
          "reindex table concurrently t;",
          "vacuum t;",
          "alter system set work_mem = '1MB';",
          "create database x;"}) {
        auto const script = read("select 1;\n" + std::string{sql} + "\nselect 2;");
        BOOST_TEST(!script.transactional, sql);
        BOOST_TEST(script.steps.size() == 3U);
        BOOST_TEST(!script.steps[0].nature.refuses_transaction);
        BOOST_TEST(script.steps[1].nature.refuses_transaction, sql);
    }
    BOOST_TEST(read("create index i on t (a); -- concurrently").transactional);
}

BOOST_AUTO_TEST_CASE(
    a_file_that_wraps_a_concurrent_index_in_begin_and_commit_is_not_transactional) {
    auto const script = read("begin;\ncreate index concurrently i on t (a);\ncommit;\n");
    BOOST_TEST(!script.transactional);
    BOOST_TEST(script.steps.size() == 1U);
}

BOOST_AUTO_TEST_CASE(empty_files_and_those_of_comments_have_no_steps) {
    for (char const* const sql :
         {"", "\n\n", "-- nothing\n", "/* a /* b */ c */", ";;;", "\xEF\xBB\xBF"}) {
        auto const script = read(sql);
        BOOST_TEST(script.steps.empty(), sql);
        BOOST_TEST(script.transactional);
    }
}

BOOST_AUTO_TEST_CASE(the_place_of_a_server_error_counts_lines_and_characters_of_the_file) {
    auto const script = read("\xEF\xBB\xBFselect 'ä';\r\n\r\nselect 'größe',\r\n  nowhere;\r\n");
    auto const where = script.place(script.steps[1], 20);
    BOOST_TEST(where.line == 4);
    BOOST_TEST(where.column == 3);
    auto const unknown = script.place(script.steps[1]);
    BOOST_TEST(unknown.line == 3);
    BOOST_TEST(unknown.column == 1);
}

BOOST_AUTO_TEST_CASE(the_steps_stay_valid_when_the_script_is_moved) {
    auto script = read("select 1;");
    auto const moved = std::move(script);
    BOOST_TEST(moved.steps.front().statement.text == "select 1");
}

BOOST_AUTO_TEST_CASE(variables_of_psql_take_the_place_of_their_names_outside_of_quotes) {
    auto const script =
        read("select :a, ':a', 'x'::text, (array[1,2])[1:2], $$:a$$; -- :a\n"
             "\\set a 12\n"
             "\\set name 'o''neill \\n' x\n"
             "\\set nested ':a + 1'\n"
             "select :a, ':a', 'x'::a, b[1::a], \"x:a\", $$:a$$, :aa /* :a */ -- :a\n;\n"
             "select :'name', :\"a\", :nested, :{?a}, :{?other};\n"
             "\\set two 'select 1; select 2'\n:two;\n"
             "\\unset a\nselect :a;\n");
    BOOST_TEST(
        texts(script) == (Texts{
                             "select :a, ':a', 'x'::text, (array[1,2])[1:2], $$:a$$",
                             "select 12, ':a', 'x'::a, b[1::a], \"x:a\", $$:a$$, :aa",
                             "select 'o''neill \nx', \"12\", 12 + 1, TRUE, FALSE",
                             "select 1",
                             "select 2",
                             "select :a"}));
    BOOST_TEST(script.steps[1].statement.line == 5);
    // What the server says about the text with its values is told in the file's own lines.
    BOOST_TEST(script.place(script.steps[1], 18).column == 18);
    BOOST_TEST(script.place(script.steps[4]).line == 9);
}

BOOST_AUTO_TEST_CASE(of_many_statements_each_is_where_it_was_put) {
    constexpr std::size_t many = 20'000;
    std::string sql = "\\echo first\nbegin;\n";
    for (std::size_t number = 0; number < many; ++number) {
        sql += "insert into ä values (" + std::to_string(number) + ");\n";
    }
    sql += "\\echo last\ncommit;\n";
    auto const made = read(sql);
    migration::Script moved = read("select 1;");
    moved = read(sql);
    for (auto const* const script : {&made, &std::as_const(moved)}) {
        BOOST_REQUIRE(script->steps.size() == many);
        std::size_t number = 0;
        for (auto const& step : script->steps) {
            BOOST_REQUIRE(
                step.statement.text == "insert into ä values (" + std::to_string(number) + ")");
            BOOST_REQUIRE(&step == &script->steps[number]);
            BOOST_REQUIRE(step.statement.line == static_cast<std::int64_t>(number) + 3);
            BOOST_REQUIRE(step.nature.command == "INSERT");
            ++number;
        }
        BOOST_TEST(number == many);
        BOOST_TEST(script->place(script->steps.back(), 13).column == 13);
        BOOST_TEST(script->place(script->steps.back(), 14).line == 20'002);
        auto const& says = script->steps.front().says;
        BOOST_TEST(Texts(says.begin(), says.end()) == Texts{"first"});
        BOOST_TEST(script->says_last == Texts{"last"});
    }
    moved.steps.drop_front(many - 1);
    BOOST_TEST(texts(moved) == Texts{"insert into ä values (19999)"});
}

BOOST_AUTO_TEST_CASE(a_file_that_was_edited_since_the_folder_was_read_is_refused) {
    fs::TempFolder const place{"slipway-test-"};
    fs::Path const path = place.path() / "001_a.sql";
    fs::write_atomic(path, "select 1;\n");
    auto const folder = migration::read_folder(place.path(), "auto");
    BOOST_TEST(migration::read_script(folder.files[0]).steps.size() == 1U);
    fs::write_atomic(path, "select 2;\n");
    auto const error =
        error_of([&] { static_cast<void>(migration::read_script(folder.files[0])); });
    BOOST_TEST((error.kind() == ErrorKind::refused));
    BOOST_TEST(error.message().find("001_a.sql was changed") != std::string::npos, error.message());
}

BOOST_AUTO_TEST_CASE(included_files_are_read_where_psql_looks_for_them) {
    fs::TempFolder const place{"slipway-test-"};
    migration::File file;
    file.path = place.path() / "001_a.sql";
    fs::make_folder(place.path() / "parts");
    fs::write_atomic(
        file.path, "begin;\n\\echo one 'and two'\nselect 1;\n\\ir parts/b.sql\ncommit;\n");
    fs::write_atomic(place.path() / "parts/b.sql", "\\ir c.sql\n\n  select 2;\n");
    fs::write_atomic(place.path() / "parts/c.sql", "\\set x 3\nselect :x;\n");
    auto const script = migration::read_script(file);
    BOOST_TEST(texts(script) == (Texts{"select 1", "select 3", "select 2"}));
    auto const& says = script.steps[0].says;
    BOOST_TEST(Texts(says.begin(), says.end()) == Texts{"one and two"});
    auto const where = script.place(script.steps[2], 8);
    BOOST_TEST(where.text() == (place.path() / "parts/b.sql").string() + ":3:10");
    // A circle, and a file that is not there, are told with the place of the command.
    fs::write_atomic(place.path() / "parts/c.sql", "select 3;\n\\ir ../001_a.sql\n");
    auto error = error_of([&] { static_cast<void>(migration::read_script(file)); });
    BOOST_TEST(error.message().find("parts/c.sql:2:1:") != std::string::npos, error.message());
    BOOST_TEST(error.message().find("includes itself") != std::string::npos, error.message());
    fs::write_atomic(place.path() / "parts/c.sql", "\\i nowhere.sql\n");
    error = error_of([&] { static_cast<void>(migration::read_script(file)); });
    BOOST_TEST(error.message().find("parts/c.sql:1:1:") != std::string::npos, error.message());
    fs::write_atomic(place.path() / "parts/c.sql", "select 1;\n\nrollback;\n");
    error = error_of([&] { static_cast<void>(migration::read_script(file)); });
    BOOST_TEST(
        error.message().find("parts/c.sql:3:1: ROLLBACK") != std::string::npos, error.message());
}

BOOST_AUTO_TEST_CASE(the_way_back_is_the_part_that_undoes_or_the_blocks_of_a_text) {
    fs::TempFolder const place{"slipway-test-"};
    fs::write_atomic(
        place.path() / "1_a.sql",
        "-- migrate:up\ncreate table a ();\n-- migrate:down transaction:false\ndrop table a;\n");
    auto const dbmate = migration::read_folder(place.path(), "auto");
    auto const script = migration::read_down(dbmate.files[0]);
    BOOST_TEST(texts(script) == Texts{"drop table a"});
    BOOST_TEST(script.steps[0].statement.line == 4);
    BOOST_TEST(!script.transactional);

    fs::make_folder(place.path() / "prisma/1_a");
    fs::write_atomic(place.path() / "prisma/1_a/migration.sql", "create table a ();");
    fs::write_atomic(
        place.path() / "prisma/1_a/ROLLBACK.md",
        "# Undo\n\n```sh\nselect 'no';\n```\n\n```sql\ndrop table a;\n```\nand then\n"
        "  ```SQL\n  select 2\n  ```\n");
    auto const prisma = migration::read_folder(place.path() / "prisma", "auto");
    auto const blocks = migration::read_down(prisma.files[0]);
    BOOST_TEST(texts(blocks) == (Texts{"drop table a", "select 2"}));
    BOOST_TEST(blocks.steps[1].statement.line == 12);
    fs::write_atomic(place.path() / "prisma/1_a/ROLLBACK.md", "```sql\nselect 1;\n");
    auto error = error_of([&] { static_cast<void>(migration::read_down(prisma.files[0])); });
    BOOST_TEST(error.message().find("ROLLBACK.md:1:1:") != std::string::npos, error.message());
    migration::File none;
    error = error_of([&] { static_cast<void>(migration::read_down(none)); });
    BOOST_TEST((error.kind() == ErrorKind::refused));
}

BOOST_AUTO_TEST_SUITE_END()
