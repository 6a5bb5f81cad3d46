// SPDX-License-Identifier: Apache-2.0
// health-check against the real sample application and server.
#include "json/schema.hpp"
#include "support/database.hpp"
#include "support/http_listener.hpp"
#include "support/kills.hpp"
#include "support/migration_site.hpp"
#include "support/sample_app.hpp"

#include <algorithm>
#include <csignal>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(health)

using namespace slipway;
using support::Environment;
using support::SampleApp;
using support::ToolRun;

namespace {

fs::Path const source{SLIPWAY_SOURCE_DIR};

ToolRun run(std::vector<std::string> args, Environment const& env = {}) {
    return support::run_tool("health-check", std::move(args), env);
}

Environment database_of(pg::ConnInfo const& conninfo) {
    return {{"DATABASE_URL", conninfo.uri().reveal()}};
}

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string statuses(ToolRun const& run) {
    std::string out;
    for (auto const& check : (*run.record)->at("checks")) {
        out += (out.empty() ? "" : " ") + check.at("id").get<std::string>() + "=" +
               check.at("status").get<std::string>();
    }
    return out;
}

// Answers each request with what it is told.
support::HttpListener::Handler
always(int status, std::string body, std::string headers = "content-type: application/json\r\n") {
    return [=](support::Peer& peer) {
        while (!peer.read_request().empty()) {
            if (!peer.answer(status, body, headers)) {
                return;
            }
        }
    };
}

} // namespace

BOOST_AUTO_TEST_CASE(all_kinds_of_probes_are_healthy_at_a_migrated_application) {
    support::Database const database{support::migrated_sample_database()};
    SampleApp const app{database.conninfo()};
    auto const port = app.url().substr(app.url().rfind(':') + 1);
    auto const made =
        run({app.url() + "/api/health",
             "postgres",
             "tcp:127.0.0.1:" + port,
             "sql:select count(*) from users",
             "--jq",
             ".services.database.status == \"healthy\"",
             "--role",
             "primary"},
            database_of(database.conninfo()));
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(
        statuses(made) == "http=passed http.database=passed http.migrations=passed "
                          "http.auth=passed http.storage=passed postgres=passed tcp=passed "
                          "sql=passed");
    BOOST_TEST(made.at("/data/attempts") == "1");
    BOOST_TEST(made.at("/data/probes/1/kind") == "postgres");
    auto const password = database.conninfo().password().value_or("");
    BOOST_TEST((password.empty() || !made.says(password)));
}

BOOST_AUTO_TEST_CASE(pending_migrations_are_unhealthy_and_not_unreachable) {
    support::Database const database{support::sample_database()};
    SampleApp const app{database.conninfo(), {{"REQUIRE_MIGRATIONS", "1"}}};
    auto const made = run({app.url() + "/api/health"});
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(made.at("/data/probes/0/state") == "wrong");
    BOOST_TEST(has(made.at("/summary"), "answers 503 Service Unavailable, says unhealthy"));
    BOOST_TEST(has(made.at("/summary"), "migrations is pending"), made.at("/summary"));
    BOOST_TEST(has(statuses(made), "http.database=passed http.migrations=warned"), statuses(made));
}

BOOST_AUTO_TEST_CASE(migrations_are_compared_with_the_history_in_both_layouts) {
    support::Database const database{support::sample_database()};
    auto const env = database_of(database.conninfo());
    auto const prisma = support::sample_app() / "prisma" / "migrations";
    auto const plain = support::sample_app() / "migrations";
    auto const before = run({"migrations:" + prisma.string(), "--migrations", plain.string()}, env);
    BOOST_TEST(before.code == 1, before.all());
    BOOST_TEST(statuses(before) == "migrations=failed migrations-2=failed");
    BOOST_TEST(has(before.at("/checks/0/message"), "4 pending: 20260105090000_add_theme"));
    BOOST_TEST(has(before.at("/checks/1/message"), "2 pending: 001"));
    for (auto const& dir : {prisma, plain}) {
        auto const applied = support::run_tool("migrate-apply", {"--dir", dir.string()}, env);
        BOOST_TEST(applied.code == 0, applied.all());
    }
    auto const after = run({"migrations:" + prisma.string(), "--migrations", plain.string()}, env);
    BOOST_TEST(after.code == 0, after.all());
}

BOOST_AUTO_TEST_CASE(it_waits_for_an_application_that_comes_up_later) {
    support::Database const database{support::migrated_sample_database()};
    auto const port = std::to_string(support::free_port());
    // The application belongs to this thread, whose end it would not outlive.
    auto waiting = std::async(std::launch::async, [&] {
        return support::run_tool(
            "health-check",
            {"http://127.0.0.1:" + port + "/api/health",
             "--wait",
             "30s",
             "--every",
             "200ms",
             "--consecutive",
             "2"});
    });
    // Ten seconds in the full form.
    std::chrono::seconds const later{support::full_faults() ? 10 : 2};
    std::this_thread::sleep_for(later);
    SampleApp const app{database.conninfo(), {{"PORT", port}}};
    auto const made = waiting.get();
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST((made.duration >= later - std::chrono::milliseconds{100}));
    BOOST_TEST(has(made.err, "waiting for http: cannot connect to 127.0.0.1:" + port), made.err);
    BOOST_TEST(std::stoi(made.at("/data/attempts")) > 3);
}

BOOST_AUTO_TEST_CASE(nobody_there_is_unavailable_when_the_waiting_is_over) {
    auto const port = std::to_string(support::free_port());
    auto const made = run(
        {"http://127.0.0.1:" + port + "/",
         "tcp:127.0.0.1:" + port,
         "--wait",
         "600ms",
         "--every",
         "100ms"});
    BOOST_TEST(made.code == 3, made.all());
    BOOST_TEST(made.at("/error/kind") == "unavailable");
    BOOST_TEST(made.at("/data/probes/1/state") == "unreached");
    BOOST_TEST(made.duration.count() >= 600);
    BOOST_TEST(made.duration.count() < 5000);
}

BOOST_AUTO_TEST_CASE(what_waiting_cannot_heal_is_not_waited_for) {
    for (int const status : {401, 403, 404}) {
        support::HttpListener listener{always(status, "{}")};
        auto const made = run({listener.url("/health"), "--wait", "30s"});
        BOOST_TEST(made.code == 1, made.all());
        BOOST_TEST(made.duration.count() < 5000);
        BOOST_TEST(made.at("/data/attempts") == "1");
    }
}

BOOST_AUTO_TEST_CASE(an_error_of_the_server_is_waited_for) {
    std::atomic<int> asked = 0;
    support::HttpListener listener{[&](support::Peer& peer) {
        while (!peer.read_request().empty()) {
            bool const well = ++asked > 3;
            peer.answer(well ? 200 : 503, well ? "Healthy" : "Unhealthy");
        }
    }};
    auto const made = run({listener.url("/health"), "--wait", "20s", "--every", "50ms"});
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(made.at("/data/attempts") == "4");
    BOOST_TEST(has(made.err, "waiting for http: answers 503 Service Unavailable, says Unhealthy"));
}

BOOST_AUTO_TEST_CASE(a_component_that_is_down_fails_though_the_status_is_200) {
    support::HttpListener listener{always(
        200,
        R"({"status": "UP", "components": {"db": {"status": "DOWN", "details": {"error": "no"}}}})")};
    auto const made = run({listener.url("/actuator/health")});
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(statuses(made) == "http=passed http.db=failed");
    BOOST_TEST(has(made.at("/summary"), "db is DOWN"), made.at("/summary"));
}

BOOST_AUTO_TEST_CASE(each_component_of_the_four_formats_is_a_check) {
    struct Row {
        std::string_view format;
        std::string_view body;
        std::string_view checks;
    };
    for (auto const& row :
         {Row{"application/health+json",
              R"({"status": "warn", "checks": {"db:connections": [{"status": "pass"}],
                  "disk:room": [{"status": "fail", "output": "full"}]}})",
              "http=warned http.db:connections=passed http.disk:room=failed"},
          Row{"Spring Actuator",
              R"({"status": "DOWN", "components": {"db": {"status": "UP"},
                  "redis": {"status": "DOWN", "details": {"error": "refused"}}}})",
              "http=failed http.db=passed http.redis=failed"},
          Row{"ASP.NET",
              R"({"status": "Degraded", "entries": {"sql": {"status": "Healthy"},
                  "queue": {"status": "Unhealthy", "description": "no consumer"}}})",
              "http=warned http.sql=passed http.queue=failed"},
          Row{"plain",
              R"({"status": "unhealthy", "services": {"database": {"status": "healthy"},
                  "mail": "unhealthy"}})",
              "http=failed http.database=passed http.mail=failed"}}) {
        support::HttpListener listener{always(200, std::string{row.body})};
        auto const made = run({listener.url("/health")});
        BOOST_TEST(made.code == 1, made.all());
        BOOST_TEST(statuses(made) == row.checks, row.format << ": " << statuses(made));
    }
}

BOOST_AUTO_TEST_CASE(a_monitoring_plugin_prints_one_line_of_state_and_numbers) {
    support::HttpListener good{always(200, R"({"status": "UP"})")};
    support::HttpListener bad{always(503, R"({"status": "DOWN | out"})")};
    auto const ok = run({good.url("/health"), "--nagios"});
    BOOST_TEST(ok.code == 0, ok.all());
    BOOST_TEST(ok.out.starts_with("HEALTH OK - 1 probe healthy after "), ok.out);
    BOOST_TEST(has(ok.out, " | 'http'="), ok.out);
    BOOST_TEST(ok.err.empty(), ok.err); // Icinga would take it for a part of the line
    auto const critical = run({bad.url("/health"), "--nagios"});
    BOOST_TEST(critical.code == 2, critical.all());
    BOOST_TEST(critical.at("/exit_code") == "1");
    BOOST_TEST(critical.out.starts_with("HEALTH CRITICAL - http: answers 503"), critical.out);
    auto const first = critical.out.substr(0, critical.out.find('\n'));
    BOOST_TEST(std::count(first.begin(), first.end(), '|') == 1, first);
    BOOST_TEST(run({"tcp:127.0.0.1:1", "--nagios"}).code == 2);
    auto const unknown = run({"--nagios", "--no-such-option"});
    BOOST_TEST(unknown.code == 3, unknown.all());
    BOOST_TEST(unknown.out == "HEALTH UNKNOWN - unknown option --no-such-option\n");
    auto const late = run({"tcp:127.0.0.1:1", "--wait", "60s", "--timeout", "300ms", "--nagios"});
    BOOST_TEST(late.code == 2, late.all());
}

BOOST_AUTO_TEST_CASE(a_database_that_refuses_for_good_ends_the_waiting_as_a_usage_error) {
    support::Database const database;
    auto const made =
        run({"postgres", "--wait", "30s"},
            database_of(database.conninfo().with_database("no_such_database")));
    BOOST_TEST(made.code == 2, made.all());
    BOOST_TEST(made.duration.count() < 5000);
    BOOST_TEST(has(made.err, "no_such_database"), made.err);
    auto const role =
        run({"postgres", "--wait", "30s"},
            database_of(database.conninfo().with("user", "no_such_role")));
    BOOST_TEST(role.code == 2, role.all());
}

BOOST_AUTO_TEST_CASE(a_primary_is_no_replica) {
    support::Database const database;
    auto const made = run({"postgres", "--role", "replica"}, database_of(database.conninfo()));
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(has(made.at("/summary"), "is the primary, not a replica"), made.at("/summary"));
}

BOOST_AUTO_TEST_CASE(probes_of_a_file_have_names_and_expectations) {
    support::Database const database;
    support::HttpListener listener{always(418, R"({"status": "ok", "depth": 7})")};
    fs::TempFolder const folder{"slipway-probes-"};
    auto const file = folder.path() / "probes.yaml";
    fs::write_atomic(
        file,
        "probes:\n"
        "- http: ${SERVICE}/tea\n  id: teapot\n  expect: {status: 418, jq: {.depth: '> 6'}}\n"
        "- postgres: true\n  id: shop\n"
        "- sql: select 41 + 1\n  expect: 42\n");
    auto env = database_of(database.conninfo());
    env.emplace_back("SERVICE", listener.url(""));
    auto const made = run({"--file", file.string()}, env);
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(statuses(made) == "teapot=passed shop=passed sql=passed");
    fs::write_atomic(file, "probes:\n- htp: http://x/\n");
    auto const wrong = run({"--file", file.string()});
    BOOST_TEST(wrong.code == 2, wrong.all());
    BOOST_TEST(has(wrong.err, file.string() + ":2:"), wrong.err);
    BOOST_TEST(has(wrong.err, "Did you mean \"http\"?"), wrong.err);
}

BOOST_AUTO_TEST_CASE(nothing_to_look_at_and_malformed_probes_are_usage_errors) {
    BOOST_TEST(run({}).code == 2);
    for (char const* const probe : {"nonsense", "tcp:host", "tcp:", "ftp://host/", "migrations:"}) {
        auto const made = run({probe, "--wait", "20s"}, {{"DATABASE_URL", "postgresql:///x"}});
        BOOST_TEST(made.code == 2, probe << made.all());
        BOOST_TEST(made.duration.count() < 5000);
    }
}

BOOST_AUTO_TEST_CASE(a_signal_during_the_wait_leaves_an_aborted_record) {
    auto const port = std::to_string(support::free_port());
    auto const made = (support::start_and_kill(
        "health-check",
        {"http://127.0.0.1:" + port + "/", "--wait", "60s"},
        {},
        std::chrono::milliseconds{500},
        SIGTERM));
    BOOST_TEST(made.code == 143, made.all());
    BOOST_TEST(made.at("/status") == "aborted");
    BOOST_TEST(made.at("/checks/0/status") == "failed");
    BOOST_TEST(made.duration.count() < 2500);
}

BOOST_AUTO_TEST_CASE(the_deadline_of_the_run_is_a_timeout) {
    auto const port = std::to_string(support::free_port());
    auto const made =
        run({"http://127.0.0.1:" + port + "/", "--wait", "60s", "--timeout", "700ms"});
    BOOST_TEST(made.code == 5, made.all());
}

BOOST_AUTO_TEST_SUITE_END()
