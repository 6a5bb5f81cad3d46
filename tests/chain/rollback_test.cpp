// SPDX-License-Identifier: Apache-2.0
// Rollbacks of the sample application: the database by the gentlest way that works, the application
// by its command, health and smoke afterwards, and the rollback itself undone.
#include "http/client.hpp"
#include "support/database.hpp"
#include "support/migration_site.hpp"
#include "support/sample_app.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback)

using namespace slipway;
using support::Environment;
using support::ToolRun;

namespace {

// The application with its migrations of Prisma, backed up; then deployed: two numbered migrations.
class Deployed {
public:
    Deployed() {
        fs::make_folder(records());
        auto const base = tool(
            "migrate-apply",
            {"--dir", (support::sample_app() / "prisma/migrations").string(), "--no-log-table"});
        BOOST_TEST_REQUIRE(base.code == 0, base.all());
        auto const backup = tool("db-backup", {"--output", record("db-backup"), "--id", "before"});
        BOOST_TEST_REQUIRE(backup.code == 0, backup.all());
        migrations = folder_.path() / "migrations";
        std::filesystem::copy(support::sample_app() / "migrations", migrations);
        fs::write_atomic(
            folder_.path() / "suite.yaml",
            "name: after\nsteps:\n  - id: health\n    get: /api/health\n    expect: { status: 200 "
            "}\n"
            "  - id: login\n    post: /api/auth/login\n    json: { email: smoke@example.com, "
            "password: " +
                std::string{support::sample_password} + " }\n    expect: { status: 200 }\n");
    }

    void deploy() {
        auto const run = tool(
            "migrate-apply", {"--dir", migrations.string(), "--output", record("migrate-apply")});
        BOOST_TEST_REQUIRE(run.code == 0, run.all());
        app.emplace(database.conninfo());
        break_app();
    }

    // Every request fails.
    void break_app() const {
        http::Client client{{}};
        http::Request request;
        request.method = "PUT";
        request.url = app->url() + "/__control";
        request.headers.add("content-type", "application/json");
        request.body = R"({"error_rate": 1, "error_path": "/api"})";
        auto outcome = client.fetch(request, time::Deadline::after(time::Milliseconds{5'000}));
        BOOST_TEST_REQUIRE(http::response_of(outcome).status == 200);
    }

    [[nodiscard]] fs::Path records() const { return folder_.path() / "records"; }
    [[nodiscard]] std::string record(std::string const& name) const {
        return (records() / (name + ".json")).string();
    }

    [[nodiscard]] ToolRun tool(std::string const& name, std::vector<std::string> arguments) const {
        Environment environment{
            {"DATABASE_URL", database.conninfo().uri().reveal()},
            {"BACKUP_DIR", (folder_.path() / "backups").string()},
            {"SLIPWAY_RUN_ID", "deployment-1"}};
        if (app) {
            environment.emplace_back("API_BASE", app->url());
        }
        return support::run_tool(name, std::move(arguments), environment);
    }

    // Back to a version without the fault.
    [[nodiscard]] std::string app_command() const {
        return "node -e \"fetch('" + app->url() +
               "/__control', {method: 'PUT', headers: {'content-type': 'application/json'}, body: "
               "'{}'}).then(r => { if (!r.ok) process.exit(1) })\"";
    }

    [[nodiscard]] ToolRun
    roll_back(std::string const& scope, std::vector<std::string> const& more = {}) const {
        std::vector<std::string> arguments{
            "run",
            "--scope",
            scope,
            "--input",
            records().string(),
            "--accept-data-loss",
            "--health-url",
            app->url() + "/api/health",
            "--smoke-suite",
            (folder_.path() / "suite.yaml").string(),
            "--resume-command",
            "touch " + (folder_.path() / "resumed").string()};
        if (scope != "db") {
            arguments.insert(arguments.end(), {"--app-command", app_command()});
        }
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tool("rollback", arguments);
    }

    [[nodiscard]] std::string ask(std::string_view query) const {
        return pg::Connection::open(database.conninfo()).exec(query).one_value<std::string>();
    }

    [[nodiscard]] bool has_history() const {
        return ask("select (to_regclass('task_status_history') is not null)::text") == "true";
    }

    support::Database database{support::sample_database()};
    std::optional<support::SampleApp> app;
    fs::Path migrations;

private:
    fs::TempFolder folder_{"slipway-rollback-"};
};

std::string steps(ToolRun const& run) {
    std::string out;
    for (auto const& step : (*run.record)->at("data").at("steps")) {
        out += step.at("id").get<std::string>() + " " + step.at("state").get<std::string>() + ", ";
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_application_alone_and_the_records_of_the_real_tools_had_advised_it) {
    Deployed site;
    site.deploy();
    auto const health = site.tool(
        "health-check",
        {"--url", site.app->url() + "/api/health", "postgres", "--output", site.record("health")});
    BOOST_TEST(health.code == 1, health.all());
    auto const decided = site.tool("rollback", {"--input", site.records().string()});
    BOOST_TEST(decided.at("/data/decision") == "app", decided.all());
    auto const run = site.roll_back("app");
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(steps(run) == "app passed, resume passed, health passed, smoke passed, ");
    BOOST_TEST(site.has_history());
}

BOOST_AUTO_TEST_CASE(full_by_down_scripts_where_they_do_and_the_rollback_is_itself_undone) {
    Deployed site;
    site.deploy();
    auto const before = site.ask("select count(*)::text from task_status_history");
    auto const refused =
        site.tool("rollback", {"run", "--scope", "db", "--input", site.records().string()});
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(refused.says("002_task_status_history_backfill by its down script"));

    auto const run = site.roll_back("full", {"--output", site.record("rollback")});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    auto const written = json::parse(fs::read_file(site.record("rollback")), "rollback");
    BOOST_TEST(written.at("data").at("database_way") == "undo");
    BOOST_TEST(!site.has_history());
    BOOST_TEST(
        site.ask("select scope || ' ' || outcome from slipway.rollback_log") == "full passed");

    auto const undo = site.tool(
        "rollback",
        {"undo",
         "--input",
         site.record("rollback"),
         "--app-command",
         site.app_command(),
         "--health-url",
         site.app->url() + "/api/health",
         "--accept-data-loss"});
    BOOST_TEST_REQUIRE(undo.code == 0, undo.all());
    BOOST_TEST(undo.at("/data/undoes") == "deployment-1");
    BOOST_TEST(site.has_history());
    BOOST_TEST(site.ask("select count(*)::text from task_status_history") == before);
    BOOST_TEST(site.ask("select count(*)::text from slipway.rollback_log") == "2");
}

BOOST_AUTO_TEST_CASE(a_restore_where_a_script_is_missing_and_where_one_fails) {
    Deployed site;
    std::filesystem::remove(site.migrations / "001_create_task_status_history.down.sql");
    site.deploy();
    auto const forced = site.roll_back("db", {"--database-way", "undo"});
    BOOST_TEST(forced.code == 4, forced.all());
    BOOST_TEST(forced.says("has no down script"));
    site.app->fault("");
    auto const run = site.roll_back("db", {"--output", site.record("rollback")});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    auto const written = json::parse(fs::read_file(site.record("rollback")), "rollback");
    BOOST_TEST(written.at("data").at("database_way") == "restore");
    BOOST_TEST(!site.has_history());

    auto const undo =
        site.tool("rollback", {"undo", "--input", site.record("rollback"), "--accept-data-loss"});
    BOOST_TEST_REQUIRE(undo.code == 0, undo.all());
    BOOST_TEST(undo.at("/data/database_way") == "swap-back");
    BOOST_TEST(site.has_history());
}

BOOST_AUTO_TEST_CASE(a_script_that_fails_is_followed_by_the_restore) {
    Deployed site;
    fs::write_atomic(
        site.migrations / "001_create_task_status_history.down.sql", "drop table no_such_table;");
    site.deploy();
    site.app->fault("");
    auto const run = site.roll_back("db");
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/database_way") == "restore");
    BOOST_TEST(run.at("/data/why_no_undo").find("no_such_table") != std::string::npos);
    BOOST_TEST(!site.has_history());
}

BOOST_AUTO_TEST_CASE(links_are_undone_by_their_own_rollback_before_the_migrations) {
    Deployed site;
    site.deploy();
    site.app->fault("");
    auto const links = site.tool("links-migrate", {"--output", site.record("links-migrate")});
    BOOST_TEST_REQUIRE(links.code == 0, links.all());
    BOOST_TEST(site.ask("select (count(*) > 0)::text from profile_links") == "true");
    auto const run = site.roll_back("db");
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/database_way") == "undo");
    BOOST_TEST(site.ask("select count(*)::text from profile_links") == "0");
    BOOST_TEST(!site.has_history());
    BOOST_TEST(
        run.says("the links by links-migrate rollback, 002_task_status_history_backfill by its "
                 "down script"));
}

BOOST_AUTO_TEST_SUITE_END()
