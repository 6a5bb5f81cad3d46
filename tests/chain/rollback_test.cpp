// SPDX-License-Identifier: Apache-2.0
// Rollbacks of the sample application: the database by the gentlest way that works, the application
// by its command, health and smoke afterwards, and the rollback itself undone.
#include "http/client.hpp"
#include "support/database.hpp"
#include "support/migration_site.hpp"
#include "support/sample_app.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
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
        http::Request request;
        request.method = "PUT";
        request.url = app->url() + "/__control";
        request.headers.add("content-type", "application/json");
        request.body = broken;
        BOOST_TEST_REQUIRE(status_of(request) == 200);
    }

    [[nodiscard]] bool is_well() const {
        http::Request request;
        request.url = app->url() + "/api/health";
        return status_of(request) == 200;
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

    // Back to a version without the fault, or to another one.
    [[nodiscard]] std::string app_command(std::string_view control = "{}") const {
        return "node -e 'fetch(\"" + app->url() +
               "/__control\", {method: \"PUT\", headers: {\"content-type\": \"application/json\"}, "
               "body: JSON.stringify(" +
               std::string{control} + ")}).then(r => { if (!r.ok) process.exit(1) })'";
    }

    [[nodiscard]] ToolRun
    roll_back(std::string const& scope, std::vector<std::string> more = {}) const {
        more.emplace_back("--accept-data-loss");
        return roll_back_if_accepted(scope, more);
    }

    [[nodiscard]] ToolRun
    roll_back_if_accepted(std::string const& scope, std::vector<std::string> const& more) const {
        std::vector<std::string> arguments{
            "run",
            "--scope",
            scope,
            "--input",
            records().string(),
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

    static constexpr std::string_view broken = R"({"error_rate": 1, "error_path": "/api"})";
    support::Database database{support::sample_database()};
    std::optional<support::SampleApp> app;
    fs::Path migrations;

private:
    static int status_of(http::Request const& request) {
        http::Client client{{}};
        auto outcome = client.fetch(request, time::Deadline::after(time::Milliseconds{5'000}));
        return http::response_of(outcome).status;
    }

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

// What each scope loses is told and must be accepted; and each is itself undone, with all that was
// written before it.
BOOST_DATA_TEST_CASE(
    the_window_of_each_scope_is_told_and_accepted_and_each_is_undone,
    boost::unit_test::data::make({"app", "db", "full"}),
    scope_name) {
    std::string const scope = scope_name;
    bool const application = scope != "db";
    bool const data = scope != "app";
    Deployed site;
    site.deploy();
    if (!application) {
        site.app->fault("");
    }
    auto const late = [&] {
        return site.ask("select count(*)::text from users where email = 'late@example.com'");
    };
    BOOST_TEST_REQUIRE(
        site.ask("insert into users (email, \"passwordHash\", \"updatedAt\") "
                 "values ('late@example.com', 'x', now()) returning 'done'") == "done");
    std::vector<std::string> const way{"--database-way", "restore"};
    if (data) {
        auto const refused = site.roll_back_if_accepted(scope, way);
        BOOST_TEST(refused.code == 4, refused.all());
        BOOST_TEST(!refused.at("/data/window/from").empty());
        BOOST_TEST(
            refused.err.find(
                "what was written since " + refused.at("/data/window/from") +
                " would leave the live database, and with it the migrations 001_create_") !=
                std::string::npos,
            refused.err);
        BOOST_TEST(refused.at("/error/hint").find("--accept-data-loss") != std::string::npos);
        BOOST_TEST(site.is_well() == !application);
        BOOST_TEST(site.has_history());
    }
    auto with_record = way;
    with_record.insert(with_record.end(), {"--output", site.record("rollback")});
    auto const run =
        data ? site.roll_back(scope, with_record) : site.roll_back_if_accepted(scope, with_record);
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(site.is_well());
    BOOST_TEST(site.has_history() == !data);
    BOOST_TEST(late() == (data ? "0" : "1"));

    std::vector<std::string> undo{"undo", "--input", site.record("rollback")};
    if (application) {
        undo.insert(undo.end(), {"--app-command", site.app_command(Deployed::broken)});
    }
    if (data) {
        auto const refused = site.tool("rollback", undo);
        BOOST_TEST(refused.code == 4, refused.all());
        BOOST_TEST(refused.says("what was written since"));
        BOOST_TEST(!site.has_history());
        undo.emplace_back("--accept-data-loss");
    }
    auto const undone = site.tool("rollback", undo);
    BOOST_TEST_REQUIRE(undone.code == 0, undone.all());
    BOOST_TEST(undone.at("/data/scope") == scope);
    BOOST_TEST(site.is_well() == !application); // the version that was live before
    BOOST_TEST(site.has_history());
    BOOST_TEST(late() == "1");
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
