// SPDX-License-Identifier: Apache-2.0
// What the folders of other programs say, by those programs' own rules.
#include "fs/temp_folder.hpp"
#include "migration/history.hpp"
#include "migration/script.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migration_layouts)

using namespace slipway;
using support::error_of;

namespace {

struct Place {
    fs::TempFolder folder{"slipway-test-"};

    void file(std::string const& name, std::string_view content = "select 1;\n") const {
        fs::make_folder((folder.path() / name).parent_path());
        fs::write_atomic(folder.path() / name, content);
    }

    [[nodiscard]] migration::Folder read() const {
        return migration::read_folder(folder.path(), "auto");
    }

    [[nodiscard]] Error refused() const {
        return error_of([&] { static_cast<void>(read()); });
    }
};

std::string versions(migration::Folder const& folder) {
    std::string out;
    for (auto const& file : folder.files) {
        out += (out.empty() ? "" : ", ") + file.version;
    }
    return out;
}

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

BOOST_AUTO_TEST_CASE(of_a_goose_file_the_annotations_are_followed_in_any_case) {
    Place const place;
    place.file(
        "00002_b.sql",
        "-- a head\n-- +goose no transaction\n-- +goose UP\ncreate table b (a int); -- end\n"
        "-- +goose StatementBegin\ncreate function f() returns int language plpgsql as $$\nbegin\n"
        "  return 1;\nend $$;\n-- +goose StatementEnd\n-- +goose Down\ndrop table b;\n");
    place.file("1_a.sql", "-- +goose Up\nselect 1;\n");
    place.file("zero.sql");
    place.file("helper_test.go");
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "goose");
    BOOST_TEST(versions(folder) == "1, 2");
    auto const script = migration::read_script(folder.files[1]);
    BOOST_TEST(script.steps.size() == 2U);
    BOOST_TEST(!script.transactional);
    BOOST_TEST(script.steps[0].statement.line == 4);
    auto const down = migration::read_down(folder.files[1]);
    BOOST_TEST_REQUIRE(down.steps.size() == 1U);
    BOOST_TEST(down.steps[0].statement.line == 12);
    BOOST_TEST(!down.transactional);
    BOOST_TEST(folder.files[0].down.empty());
    BOOST_TEST(folder.strays.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_goose_would_refuse_is_refused_with_its_line) {
    std::vector<std::pair<std::string, std::string>> const cases{
        {"-- +goose Up\nselect 1\n", "1_a.sql:2: a statement without its semicolon"},
        {"-- +goose Up\nselect 1\n-- +goose Down\n", "1_a.sql:2: a statement without"},
        {"-- +goose Up\n-- +goose StatementBegin\nselect 1;\n", "without a StatementEnd"},
        {"select 0;\n-- +goose Up\nselect 1;\n", "1_a.sql:1: a statement before"},
        {"-- +goose Up\n  -- +goose Down\n", "1_a.sql:2: blanks before an annotation"},
        {"-- +goose Up\n-- +goose Sideways\n", "1_a.sql:2: the annotation `sideways`"},
        {"-- +goose Up\n-- +goose Up\n", "1_a.sql:2: a second -- +goose Up"},
    };
    for (auto const& [content, message] : cases) {
        Place const place;
        place.file("1_a.sql", content);
        BOOST_TEST(has(place.refused().message(), message), place.refused().message());
    }
    Place const program;
    program.file("1_a.sql", "-- +goose Up\nselect 1;\n");
    program.file("00002_b.go", "package migrations");
    BOOST_TEST(has(program.refused().message(), "00002_b.go is a migration that is not SQL"));
}

BOOST_AUTO_TEST_CASE(goose_takes_values_of_the_environment_where_it_is_told_to) {
    Place const place;
    place.file(
        "1_a.sql",
        "-- +goose Up\nselect '$HOME';\n-- +goose ENVSUB ON\n"
        "select '${SLIPWAY_TEST_UNSET:-a b}', '${SLIPWAY_TEST_UNSET-c}', '$SLIPWAY_TEST_UNSET', "
        "$1;\n"
        "-- +goose ENVSUB OFF\nselect '$HOME', '${NO}';\n");
    auto const folder = place.read();
    auto const script = migration::read_script(folder.files[0]);
    BOOST_TEST(script.steps[0].statement.text == "select '$HOME'");
    BOOST_TEST(script.steps[1].statement.text == "select 'a b', 'c', '', $1");
    BOOST_TEST(script.steps[2].statement.text == "select '$HOME', '${NO}'");
    BOOST_TEST(script.steps[2].statement.line == 6);
}

BOOST_AUTO_TEST_CASE(golang_migrates_numbers_are_numbers_and_its_locks_have_two_spellings) {
    Place const place;
    place.file("0010_j.up.sql");
    place.file("0010_j.down.sql");
    place.file("9_i.up.sql");
    place.file("9_i.verify.sql");
    place.file("11_lost.down.sql");
    auto const both = place.refused();
    BOOST_TEST(has(both.message(), "fits two layouts, golang-migrate"), both.message());
    auto const folder = migration::read_folder(place.folder.path(), "golang-migrate");
    BOOST_TEST(versions(folder) == "9, 10");
    BOOST_TEST(folder.files[1].down.filename() == "0010_j.down.sql");
    BOOST_TEST(folder.files[0].verify.filename() == "9_i.verify.sql");
    BOOST_TEST(folder.strays.size() == 1U);
    // Seen in pg_locks of the real program for the database gmx (research, 1.3).
    auto const target =
        pg::ConnInfo::parse(secret::Secret{std::string{"postgresql://localhost/gmx"}});
    auto const locks = migration::ledger_of(folder, target)->foreign_locks();
    BOOST_TEST(locks == (std::vector<std::int64_t>{3817419043, 1106689020}));
    place.file("010_k.up.sql");
    BOOST_TEST(has(
        error_of([&] { migration::read_folder(place.folder.path(), "golang-migrate"); }).message(),
        "two migrations have the number 10"));
}

BOOST_AUTO_TEST_CASE(a_folder_of_supabase_is_known_by_its_place) {
    Place const place;
    place.file("supabase/migrations/20260101000000_a_b.sql");
    place.file("supabase/migrations/20200101000000_init.sql");
    place.file("supabase/migrations/seed.sql");
    auto const folder =
        migration::read_folder(place.folder.path() / "supabase/migrations/", "auto");
    BOOST_TEST(folder.layout == "supabase");
    BOOST_TEST(versions(folder) == "20260101000000");
    BOOST_TEST(folder.files[0].title == "a_b");
    BOOST_TEST(folder.strays.size() == 2U); // its program passes over both
}

BOOST_AUTO_TEST_CASE(of_a_file_of_node_pg_migrate_the_part_behind_up_is_applied) {
    Place const place;
    place.file(
        "1700000000000_a.sql", "--- UP  migration\nselect 1;\n\n -- Down Migration\nselect 2;\n");
    place.file("20200101000000000_earlier.sql", "-- Up Migration\nselect 3;\n");
    place.file("3_whole.sql", "select 4;\nselect 5;\n");
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "node-pg-migrate");
    // 17 digits are a time: 1577836800000 in milliseconds.
    BOOST_TEST(versions(folder) == "3_whole, 20200101000000000_earlier, 1700000000000_a");
    BOOST_TEST(migration::read_script(folder.files[0]).steps.size() == 2U);
    BOOST_TEST(migration::read_script(folder.files[2]).steps.size() == 1U);
    BOOST_TEST(migration::read_down(folder.files[2]).steps[0].statement.text == "select 2");
    place.file("4_b.ts", "export const up = 1");
    BOOST_TEST(has(place.refused().message(), "4_b.ts is a migration that is not SQL"));
}

BOOST_AUTO_TEST_CASE(folders_of_drizzle_and_of_prisma_are_told_apart) {
    Place const place;
    place.file("20260131235959_a/migration.sql");
    BOOST_TEST(place.read().layout == "prisma");
    place.file("20260131235959_a/snapshot.json", "{}");
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "drizzle-1");
    BOOST_TEST(folder.files[0].shown_version == "1769903999000");
    place.file("migration_lock.toml", "provider = \"postgresql\"\n");
    BOOST_TEST(has(place.refused().message(), "fits two layouts, prisma"));
    place.file("meta/_journal.json", journal);
    auto const error = error_of([&] { migration::read_folder(place.folder.path(), "drizzle-1"); });
    BOOST_TEST(has(error.message(), "journal of Drizzle 0.x"));
}

BOOST_AUTO_TEST_CASE(sqitchs_identifiers_are_those_of_sqitch_itself) {
    // As `sqitch plan` prints them.
    Place const place;
    place.file(
        "sqitch.plan",
        "%syntax-version=1.0.0\n%project=shop\n\n"
        "users 2026-01-01T00:00:01Z Ann Ä. Bee <ann@example.com> # makes users\n"
        "api/orders [users !legacy] 2026-01-01T00:00:02Z Bob <bob@example.com>\n"
        "@v1 2026-01-02T00:00:00Z Bob <bob@example.com> # first\\nrelease\n\n"
        "legacy [users@v1 api/orders] 2026-01-03T00:00:00Z Bob <bob@example.com> # a # b\n");
    place.file("deploy/users.sql", "BEGIN;\nselect 1;\nCOMMIT;\n");
    place.file("deploy/api/orders.sql", "select 2;\n");
    place.file("deploy/legacy.sql", "select 3;\n");
    place.file("deploy/lost.sql");
    place.file("revert/users.sql");
    place.file("verify/users.sql");
    auto const folder = place.read();
    BOOST_TEST(folder.layout == "sqitch");
    BOOST_TEST(
        versions(folder) == "24222e94a900724feddac95ad2a66e6193a90b5b,"
                            " 9e92a3ffea3828e43ff7fae9ac4e2fbb5f709b59,"
                            " c27eccd2f7d135cdba372f9e42ba2e9fc470402f");
    BOOST_TEST(folder.files[0].id == "users");
    BOOST_TEST(folder.files[0].down.filename() == "users.sql");
    BOOST_TEST(!folder.files[0].verify.empty());
    BOOST_TEST(folder.files[1].verify.empty());
    BOOST_TEST(migration::read_script(folder.files[0]).steps.size() == 1U);
    BOOST_TEST_REQUIRE(folder.strays.size() == 1U);
    BOOST_TEST(folder.strays[0].filename() == "lost.sql");
    BOOST_TEST(migration::read_folder(place.folder.path() / "deploy", "auto").files.size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_of_sqitch_cannot_be_done_exactly_is_refused_with_its_line) {
    std::string const head = "%project=shop\n";
    std::string const by = " 2026-01-01T00:00:01Z Bob <bob@example.com>\n";
    std::vector<std::pair<std::string, std::string>> const cases{
        {head + "a" + by + "@v1" + by + "a" + by, "sqitch.plan:4: the change a is there a second"},
        {head + "a [other:b]" + by, "sqitch.plan:2: the dependency other:b"},
        {head + "a [b]" + by, "sqitch.plan:2: what is required is not before it"},
        {head + "a [!b]" + by, "conflicts with what is not planned: b"},
        {head + "-a" + by, "sqitch.plan:2: a change that is to be reverted"},
        {head + "a\n", "sqitch.plan:2: there is no date"},
        {"a" + by, "sqitch.plan:1: a change before the %project"},
    };
    for (auto const& [plan, message] : cases) {
        Place const place;
        place.file("sqitch.plan", plan);
        place.file("deploy/a.sql");
        BOOST_TEST(has(place.refused().message(), message), place.refused().message());
    }
    Place const twins;
    twins.file("sqitch.plan", head + "a" + by + "b" + by);
    twins.file("deploy/a.sql");
    twins.file("deploy/b.sql");
    BOOST_TEST(has(twins.refused().message(), "two changes have the same script"));
    Place const settings;
    settings.file("sqitch.plan", head + "a" + by);
    settings.file("deploy/a.sql");
    settings.file("sqitch.conf", "[core]\n\tengine = pg\n[deploy \"variables\"]\n\tx = 1\n");
    BOOST_TEST(has(settings.refused().message(), "deploy variables.x"));
}

BOOST_AUTO_TEST_SUITE_END()
