// SPDX-License-Identifier: Apache-2.0
// What the folders of other programs say, by those programs' own rules.
#include "fs/temp_folder.hpp"
#include "migration/script.hpp"
#include "support/errors.hpp"
#include "support/migration_folder.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migration_layouts)

using namespace slipway;
using Place = support::MigrationFolder;
using support::error_of;
using support::versions;

namespace {

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

constexpr std::string_view journal =
    R"({"version":"7","dialect":"postgresql","entries":[
{"idx":0,"version":"7","when":1700000000000,"tag":"0000_first","breakpoints":true},
{"idx":1,"version":"7","when":1700000001000,"tag":"0001_second","breakpoints":true}]})";

} // namespace

BOOST_AUTO_TEST_CASE(flyways_checksums_are_those_of_flyway_itself) {
    // Rows that the real Flyway wrote (research, 1.2).
    struct Vector {
        std::string_view content;
        std::string_view checksum;
    };
    for (auto const& [content, checksum] :
         {Vector{"CREATE TABLE a (id int);\nCREATE TABLE b (id int);\n", "-956080171"},
          Vector{"CREATE TABLE c (id int);\r\nCREATE TABLE d (id int);\r\n", "1811659847"},
          Vector{"CREATE TABLE e (id int);\nCREATE TABLE f (id int)", "1082127812"},
          Vector{
              "\xEF\xBB\xBF"
              "CREATE TABLE g (id int);\n",
              "845761050"},
          Vector{"", "0"}}) {
        auto const accepted = migration::accepted_checksums("flyway", content);
        BOOST_TEST_REQUIRE(accepted.size() == 1U);
        BOOST_TEST(accepted[0] == checksum);
    }
}

BOOST_AUTO_TEST_CASE(flyways_versions_are_numbers_and_repeatables_come_last) {
    Place const place;
    for (char const* const name :
         {"V10__ten.sql",
          "V2__two.sql",
          "V1_2__one_two.sql",
          "V01.10__one_ten.sql",
          "R__view.sql",
          "V1__one.sql",
          "U1__one.sql",
          "V2__two.sql.conf",
          "notes.txt"}) {
        place.file(
            name,
            std::string_view{name}.ends_with(".conf") ? "executeInTransaction=false\n"
                                                      : "select 1;\n");
    }
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "flyway");
    BOOST_TEST(versions(folder) == "1, 1.2, 1.10, 2, 10, R view");
    BOOST_TEST(folder.files[0].down.filename() == "U1__one.sql");
    BOOST_TEST(folder.files[2].shown_version == "01.10");
    BOOST_TEST(folder.files[2].title == "one ten");
    BOOST_TEST((folder.files[3].transactional == false));
    BOOST_TEST(folder.files[5].repeatable);
    BOOST_TEST(folder.strays.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_of_flyway_is_not_understood_is_refused_by_name) {
    Place const equal;
    equal.file("V1__a.sql");
    equal.file("V1.0__b.sql");
    BOOST_TEST(has(equal.refused().message(), "two migrations have the number 1"));
    Place const callback;
    callback.file("V1__a.sql");
    callback.file("beforeMigrate.sql");
    BOOST_TEST(has(callback.refused().message(), "callback"));
    Place const java;
    java.file("V1__a.sql");
    java.file("V2__B.java");
    BOOST_TEST(has(java.refused().message(), "not SQL"));
    Place const conf;
    conf.file("V1__a.sql");
    conf.file("V1__a.sql.conf", "shouldExecute=false\n");
    BOOST_TEST(has(conf.refused().message(), "shouldExecute"));
}

BOOST_AUTO_TEST_CASE(of_a_dbmate_file_only_the_part_behind_up_is_applied) {
    Place const place;
    place.file(
        "20260101000000_a.sql",
        "-- a comment\n--  Migrate:UP transaction:false\ncreate table a ();\nselect oops;\n"
        "-- migrate:down\ndrop table a;\n");
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "dbmate");
    BOOST_TEST(versions(folder) == "20260101000000");
    auto const script = migration::read_script(folder.files[0]);
    BOOST_TEST_REQUIRE(script.steps.size() == 2U);
    BOOST_TEST(!script.transactional);
    BOOST_TEST(script.place(script.steps[1]).line == 4); // as in the file
    BOOST_TEST(folder.files[0].down == folder.files[0].path);
}

BOOST_AUTO_TEST_CASE(what_dbmate_would_refuse_is_refused_with_its_line) {
    Place const twice;
    twice.file("1_a.sql", "-- migrate:up\nselect 1;\n-- migrate:up\nselect 2;\n");
    BOOST_TEST(has(twice.refused().message(), "1_a.sql:3"));
    Place const before;
    before.file("1_a.sql", "select 0;\n-- migrate:up\nselect 1;\n");
    BOOST_TEST(has(before.refused().message(), "1_a.sql:1"));
    Place const without;
    without.file("1_a.sql", "-- migrate:up\nselect 1;\n");
    without.file("2_b.sql", "select 1;\n");
    BOOST_TEST(has(without.refused().message(), "2_b.sql:1"));
}

BOOST_AUTO_TEST_CASE(drizzles_order_is_that_of_its_journal) {
    Place const place;
    place.file("meta/_journal.json", journal);
    place.file("0001_second.sql", "select 2;--> statement-breakpoint\nselect 3;\n");
    place.file("0000_first.sql");
    place.file("0002_forgotten.sql");
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "drizzle");
    BOOST_TEST(versions(folder) == "1700000000000, 1700000001000");
    BOOST_TEST(migration::read_script(folder.files[1]).steps.size() == 2U);
    BOOST_TEST_REQUIRE(folder.strays.size() == 1U);
    BOOST_TEST(folder.strays[0].filename() == "0002_forgotten.sql");
}

BOOST_AUTO_TEST_CASE(a_broken_journal_is_told_with_its_place) {
    Place const broken;
    broken.file("meta/_journal.json", "{\"entries\": [}");
    BOOST_TEST(has(broken.refused().message(), "_journal.json:1"));
    Place const lost;
    lost.file("meta/_journal.json", journal);
    lost.file("0000_first.sql");
    BOOST_TEST(has(lost.refused().message(), "0001_second.sql"));
    Place const other;
    other.file("meta/_journal.json", R"({"dialect":"mysql","entries":[]})");
    BOOST_TEST(has(other.refused().message(), "mysql"));
}

BOOST_AUTO_TEST_CASE(values_of_placeholders_count_in_the_checksum_of_a_repeatable_one) {
    Place const place;
    place.file("V1__a.sql", "select '${who}', '${flyway:filename}';\n");
    place.file(
        "R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT '${who}'::text AS w;\n"); // research, 1.2
    auto const folder = migration::read_folder(place.folder.path(), "auto", {{"who", "bob"}});
    BOOST_TEST(folder.files[1].recorded == "762298359");
    auto const script = migration::read_script(folder.files[0]);
    BOOST_TEST(script.steps[0].statement.text == "select 'bob', 'V1__a.sql'");
    BOOST_TEST(script.place(script.steps[0], 18).column == 19); // behind the value
    auto const without = place.read();
    auto const error =
        error_of([&] { static_cast<void>(migration::read_script(without.files[0])); });
    BOOST_TEST((error.kind() == ErrorKind::usage));
    BOOST_TEST(has(error.message(), "V1__a.sql:1:9: the placeholder ${who} has no value"));
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_by_flyway_has_no_value_by_accident) {
    Place const place;
    place.file("V1__a.sql", "select '${flyway:workingDirectory}';\n");
    auto const folder = place.read();
    auto const error =
        error_of([&] { static_cast<void>(migration::read_script(folder.files[0])); });
    BOOST_TEST(has(error.message(), "flyway:workingDirectory"));
}

BOOST_AUTO_TEST_SUITE_END()
