// SPDX-License-Identifier: Apache-2.0
// goose, golang-migrate, Supabase, node-pg-migrate, Drizzle 1.0 and sqitch: what their folders say,
// by those programs' own rules.
#include "fs/temp_folder.hpp"
#include "migration/history.hpp"
#include "migration/script.hpp"
#include "migration/supabase_split.hpp"
#include "support/errors.hpp"
#include "support/migration_folder.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migration_more_layouts)

using namespace slipway;
using Place = support::MigrationFolder;
using support::error_of;
using support::versions;

namespace {

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

} // namespace

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

BOOST_AUTO_TEST_CASE(supabases_statements_are_cut_by_its_own_rules) {
    // tests/peers compares them with those that the CLI writes.
    auto const cut = migration::supabase_statements(
        "-- one;\nselect 1;; \n/* a; /* b; */ ; */ select ';', \"x;\", $a$ ; $a$ ;\n"
        "create function f() begin atomic select 1; select (';'); end;\nselect (1; 2), $1;\n  \n");
    std::vector<std::string> const wanted{
        "-- one;\nselect 1",
        "/* a; /* b; */ ; */ select ';', \"x;\", $a$ ; $a$",
        "create function f() begin atomic select 1; select (';'); end",
        "select (1; 2), $1"};
    BOOST_TEST(cut == wanted, boost::test_tools::per_element());
    BOOST_TEST(migration::supabase_statements("select 'never ends;").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_folder_may_name_its_layout) {
    Place const place;
    place.file("1_a.up.sql");
    std::string const path = place.folder.path().string();
    BOOST_TEST(migration::read_named_folder("golang-migrate:" + path).layout == "golang-migrate");
    BOOST_TEST(migration::read_named_folder("plain:" + path).layout == "plain");
    BOOST_TEST(error_of([&] { migration::read_named_folder(path); }).message().find(path) == 0U);
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
    place.file("meta/_journal.json", "{}");
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
