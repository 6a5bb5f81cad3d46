// SPDX-License-Identifier: Apache-2.0
// migrate-apply lint: what is judged, what fails the run, and what the record says.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_lint)

using namespace slipway;
using support::MigrationSite;

namespace {

// No database is named, not even by libpq's variables.
support::ToolRun without_database(std::vector<std::string> args) {
    return support::run_tool("migrate-apply", std::move(args), {});
}

} // namespace

BOOST_AUTO_TEST_CASE(lint_without_a_database_judges_all_files_and_fails_on_errors_alone) {
    MigrationSite site;
    site.add("001_t.sql", "create table t (a json);\ncreate index i on t (a);\n");
    site.add("002_i.sql", "select 1;\n  create index j on t (a);\ndrop table o;\n");
    auto const run = without_database({"lint", "--dir", site.dir.string()});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/summary") == "2 files, 1 error, 1 warning, 1 advice");
    BOOST_TEST(run.at("/data/layout") == "plain");
    BOOST_TEST(run.at("/data/lint/server_version") == "0");
    BOOST_TEST(run.at("/data/lint/findings/0/rule") == "prefer-jsonb");
    BOOST_TEST(run.at("/data/lint/findings/1/rule") == "require-concurrent-index-creation");
    BOOST_TEST(run.at("/data/lint/findings/1/statement") == "create index j on t (a)");
    BOOST_TEST(
        run.at("/data/lint/findings/1/page") == "docs/lint/require-concurrent-index-creation.md");
    BOOST_TEST(run.at("/checks/1/id") == "lint.require-concurrent-index-creation");
    BOOST_TEST(run.at("/checks/1/status") == "failed");
    BOOST_TEST(run.at("/checks/1/where/file") == (site.dir / "002_i.sql").string());
    BOOST_TEST(run.at("/checks/1/where/line") == "2");
    BOOST_TEST(run.at("/checks/1/where/column") == "3");
    BOOST_TEST(
        run.at("/checks/1/hint").ends_with("See docs/lint/require-concurrent-index-creation.md."));
    BOOST_TEST(run.at("/checks/2/id") == "lint.ban-drop-table");
    BOOST_TEST(run.at("/checks/2/status") == "warned");
    auto const lenient =
        without_database({"lint", "--dir", site.dir.string(), "--fail-on", "none"});
    BOOST_TEST(lenient.code == 0, lenient.all());
    BOOST_TEST(lenient.at("/status") == "warned");
    auto const strict = without_database(
        {"lint", "--dir", site.dir.string(), "--fail-on", "warning", "--disable", "add_index"});
    BOOST_TEST(strict.code == 1, strict.all());
    BOOST_TEST(strict.at("/checks/1/id") == "lint.ban-drop-table");
    BOOST_TEST(strict.at("/checks/1/status") == "failed");
}

BOOST_AUTO_TEST_CASE(lint_with_a_database_judges_what_is_pending_for_its_server) {
    MigrationSite site;
    site.add("001_t.sql", "create table t (a varchar(9)); drop table if exists gone;");
    BOOST_TEST(site.run().code == 0);
    site.add("002_u.sql", "create table u (a int);");
    site.add("003_i.sql", "create index on u (a); create index on t (a);");
    // The server knows the type that it has, so that this one is no finding.
    site.add("004_a.sql", "alter table public.t alter a type varchar(20);");
    auto const before = site.dump();
    auto const run = site.run({"lint"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/summary") == "3 files, 1 error");
    BOOST_TEST(run.at("/data/lint/findings/0/statement") == "create index on t (a)");
    BOOST_TEST(run.at("/data/lint/server_version") == site.ask("show server_version_num"));
    BOOST_TEST(run.at("/data/migrations/0/status") == "applied");
    auto const all = site.run({"lint", "--all", "--pg-version", "14.2"});
    BOOST_TEST(all.at("/summary") == "4 files, 2 errors, 1 warning", all.all());
    BOOST_TEST(all.at("/data/lint/server_version") == "140002");
    BOOST_TEST(site.dump() == before);
}

BOOST_AUTO_TEST_CASE(
    lint_judges_named_files_the_parts_that_are_applied_and_refuses_what_it_cannot) {
    MigrationSite site;
    auto const file = site.add(
        "20260101000000_t.sql",
        "-- migrate:up transaction:false\ncreate index i on t (a);\n-- migrate:down\ndrop table "
        "t;");
    // By its name it is a migration too, where its folder is one of migrations.
    auto const named = without_database({"lint", file.string()});
    BOOST_TEST(named.at("/summary") == "1 file, 1 error", named.all());
    auto const text = "create index i\n  on t (a);\ndrop table t;";
    auto const beside = site.add("../other.sql", text);
    auto const whole = without_database({"lint", beside.string()});
    BOOST_TEST(whole.at("/summary") == "1 file, 1 error, 1 warning", whole.all());
    BOOST_TEST(whole.at("/data/lint/findings/0/statement") == "create index i on t (a)");
    auto const part = without_database({"lint", "--dir", site.dir.string()});
    BOOST_TEST(part.at("/summary") == "1 file, 1 error", part.all());
    BOOST_TEST(part.at("/data/layout") == "dbmate");
    auto const clean = without_database({"lint", "--disable", "all", file.string()});
    BOOST_TEST(clean.code == 0, clean.all());
    BOOST_TEST(clean.at("/summary") == "1 file, nothing found");
    for (std::vector<std::string> const& wrong :
         {std::vector<std::string>{"--pg-version", "x"},
          {"--pg-version", "14."},
          {"--enable", "no-such-rule"},
          {(site.dir / "none.sql").string()},
          {"--fail-on", "advice"}}) {
        std::vector<std::string> args{"lint", "--dir", site.dir.string()};
        args.insert(args.end(), wrong.begin(), wrong.end());
        auto const run = without_database(args);
        BOOST_TEST(run.code == 2, run.all());
    }
}

BOOST_AUTO_TEST_CASE(findings_are_annotations_in_github) {
    MigrationSite site;
    auto const file = site.add("001_t.sql", "drop database d;");
    auto const run =
        support::run_tool("migrate-apply", {"lint", file.string(), "--log-format", "github"}, {});
    BOOST_TEST(
        run.err.find(
            "::error file=" + file.string() +
            ",line=1,col=1,title=error "
            "ban-drop-database::") != std::string::npos,
        run.err);
}

BOOST_AUTO_TEST_SUITE_END()
