// SPDX-License-Identifier: Apache-2.0
// smoke-http against the real sample application: the shipped suite passes, and each fault of the
// application fails the step that is about it.
#include "json/schema.hpp"
#include "smoke_faults.hpp"
#include "support/database.hpp"
#include "support/migration_site.hpp"
#include "support/sample_app.hpp"

#include <array>
#include <csignal>
#include <ostream>
#include <thread>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(smoke)

using namespace slipway;
using support::Environment;
using support::SampleApp;
using support::ToolRun;
namespace data = boost::unit_test::data;

namespace {

constexpr char const* accounts = "sample-app-auth.yaml";

fs::Path const source{SLIPWAY_SOURCE_DIR};

// One application for all cases: its faults are switched while it runs.
struct Service {
    support::Database database{support::migrated_sample_database()};
    SampleApp app{database.conninfo()};
};

Service& service() {
    static Service running;
    return running;
}

Environment environment(Environment const& more = {}) {
    Environment out{
        {"API_BASE", service().app.url()},
        {"DATABASE_URL", service().database.conninfo().uri().reveal()},
        {"SMOKE_PASSWORD", std::string{support::sample_password}}};
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

ToolRun run(std::vector<std::string> args, Environment const& more = {}) {
    return support::run_tool("smoke-http", std::move(args), environment(more));
}

ToolRun run_shipped(std::vector<std::string> args = {}, char const* suite = "sample-app.yaml") {
    args.insert(args.begin(), (source / "docs/examples/smoke" / suite).string());
    return run(std::move(args));
}

// A suite of one case.
class Suite {
public:
    explicit Suite(std::string_view text) { fs::write_atomic(path, text); }

private:
    fs::TempFolder folder_{"slipway-suite-"};

public:
    fs::Path path = folder_.path() / "suite.yaml";
    [[nodiscard]] std::string name() const { return path.string(); }
};

// The ids of the checks with that status.
std::string with_status(ToolRun const& run, std::string_view status) {
    std::string out;
    for (auto const& check : (*run.record)->at("checks")) {
        if (check.at("status") == std::string{status}) {
            out += (out.empty() ? "" : " ") + check.at("id").get<std::string>();
        }
    }
    return out;
}

std::string message_of(ToolRun const& run, std::string_view id) {
    for (auto const& check : (*run.record)->at("checks")) {
        if (check.at("id") == std::string{id}) {
            return check.at("message").get<std::string>();
        }
    }
    return "no check " + std::string{id};
}

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

class Fault {
public:
    explicit Fault(std::string_view name) { service().app.fault(name); }
    Fault(Fault const&) = delete;
    Fault& operator=(Fault const&) = delete;
    Fault(Fault&&) = delete;
    Fault& operator=(Fault&&) = delete;
    ~Fault() { service().app.fault(""); }
};

} // namespace

BOOST_AUTO_TEST_CASE(the_shipped_suite_passes_and_leaves_nothing_behind) {
    auto const before = service().database.connect().exec("select count(*) from profile_links");
    auto const made = run_shipped();
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(made.at("/status") == "passed");
    BOOST_TEST((*made.record)->at("checks").size() >= 30U);
    BOOST_TEST(with_status(made, "passed").starts_with("health health.live root login"));
    BOOST_TEST(made.at("/target/database") == service().database.name());
    BOOST_TEST(made.at("/data/suite_sha256").size() == 64U);
    BOOST_TEST(made.at("/metrics/0/name") == "http.latency");
    BOOST_TEST(made.at("/metrics/0/labels/step") == "health");
    BOOST_TEST(has(made.out, "32 steps passed against " + service().app.url()), made.out);
    auto const after = service().database.connect().exec("select count(*) from profile_links");
    BOOST_TEST(before.one_value<std::int64_t>() == after.one_value<std::int64_t>());
}

BOOST_DATA_TEST_CASE(
    a_fault_fails_the_step_that_is_about_it,
    data::make(smoke_faults::all()),
    one) {
    Fault const fault{one.fault};
    if (std::string_view{one.fault} == "no_retry_after") {
        // The burst of the case before has used up a second, and nobody would say for how long.
        std::this_thread::sleep_for(std::chrono::milliseconds{1100});
    }
    auto const made = run_shipped({}, one.suite);
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(with_status(made, "failed") == one.failed);
    BOOST_TEST(with_status(made, "skipped") == one.skipped);
    auto const message = message_of(made, one.step);
    BOOST_TEST(has(message, one.message), message);
    BOOST_TEST(has(made.err, std::string{"docs/examples/smoke/"} + one.suite + ":"), made.err);
}

BOOST_AUTO_TEST_CASE(the_suite_of_accounts_passes_and_closes_those_that_it_makes) {
    auto const count = [] {
        return service()
            .database.connect()
            .exec("select count(*) from users")
            .one_value<std::int64_t>();
    };
    auto const before = count();
    auto const made = run_shipped({}, accounts);
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(with_status(made, "failed").empty());
    BOOST_TEST(with_status(made, "skipped").empty());
    BOOST_TEST(count() == before);
    BOOST_TEST(!made.says("horse-battery"), made.all());
}

BOOST_AUTO_TEST_CASE(independent_steps_run_together_and_are_told_in_order) {
    auto const alone = run_shipped();
    auto const together = run_shipped({"--jobs", "8"});
    BOOST_TEST(together.code == 0, together.all());
    BOOST_TEST(with_status(together, "passed") == with_status(alone, "passed"));
}

BOOST_AUTO_TEST_CASE(an_index_or_a_column_that_is_gone_fails_the_step_about_it) {
    support::Database const database{support::migrated_sample_database()};
    SampleApp const app{database.conninfo()};
    Environment const place{
        {"API_BASE", app.url()}, {"DATABASE_URL", database.conninfo().uri().reveal()}};
    auto const suite = (source / "docs/examples/smoke/sample-app.yaml").string();
    database.connect().exec("drop index task_status_history_task_id_timestamp_idx");
    auto const slow = run({suite}, place);
    BOOST_TEST(with_status(slow, "failed") == "schema.history_index", slow.all());
    BOOST_TEST(
        has(message_of(slow, "schema.history_index"),
            "uses_index: expected an index, the plan uses sequential scan of task_status_history"),
        message_of(slow, "schema.history_index"));
    database.connect().exec("alter table profile_links drop column \"createdAt\" cascade");
    auto const broken = run({suite, "--tag", "database"}, place);
    BOOST_TEST(with_status(broken, "failed") == "schema.links schema.history_index", broken.all());
    BOOST_TEST(
        has(message_of(broken, "schema.links"), "value: expected >= 9, got 8"),
        message_of(broken, "schema.links"));
}

BOOST_AUTO_TEST_CASE(a_failed_check_has_the_place_of_its_step_and_both_values) {
    Fault const fault{"wrong_status"};
    auto const made = run_shipped({"--tag", "none", "--tag", "critical"});
    BOOST_TEST(made.code == 0, made.all());
    auto const whole = run_shipped();
    for (auto const& check : (*whole.record)->at("checks")) {
        if (check.at("id") == "links.create") {
            BOOST_TEST(check.at("expected") == "201");
            BOOST_TEST(check.at("actual") == 200);
            BOOST_TEST(check.at("where").at("line").get<int>() > 100);
        }
    }
}

BOOST_AUTO_TEST_CASE(no_secret_is_in_any_output_or_record) {
    for (char const* const name : {"", "password_in_body", "missing_field", "wrong_status"}) {
        Fault const fault{name};
        auto const made = run_shipped({"--log-level", "debug"});
        BOOST_TEST(!made.says(support::sample_password), name);
        BOOST_TEST(!made.says("eyJ"), name); // how every token of this kind begins
        auto const password = service().database.conninfo().password().value_or("");
        BOOST_TEST((password.empty() || !made.says(password)), name);
    }
}

BOOST_AUTO_TEST_CASE(a_captured_secret_is_hidden_when_it_comes_back_encoded) {
    Suite const suite{
        "steps:\n"
        "- id: one\n  get: /\n"
        "  capture: {odd: {jq: '\"a b/c?d&e=\" + .name', secret: true}}\n"
        "- id: two\n  get: /x/{{odd}}/y\n  expect: {status: 404, jq: {.error.message: nothing}}\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(!made.says("a%20b"), made.all());
    BOOST_TEST(!made.says("a b/c"), made.all());
}

BOOST_AUTO_TEST_CASE(credentials_of_urls_and_of_basic_authentication_are_hidden) {
    auto const host = service().app.url().substr(std::string_view{"http://"}.size());
    Suite const suite{
        "steps:\n"
        "- id: url\n  get: http://user:hidden-in-url@" +
        host +
        "/api/auth/me\n  expect: {status: 401}\n"
        "- id: basic\n  get: /api/auth/me\n  basic: {user: u, password: hidden-in-basic}\n"
        "  expect: {status: 401}\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(!made.says("hidden-in"), made.all());
}

BOOST_AUTO_TEST_CASE(tags_run_a_part_with_what_it_needs) {
    auto const made = run_shipped({"--tag", "security"});
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(
        with_status(made, "passed") ==
        "login lockout me.without_token admin.wrong_role links.refused");
    // The teardown needs what was not captured this time.
    BOOST_TEST(with_status(made, "skipped") == "teardown.theme");
}

BOOST_AUTO_TEST_CASE(an_empty_suite_and_a_tag_that_matches_nothing_are_errors) {
    Suite const empty{"name: nothing\nsteps: []\n"};
    auto const made = run({empty.name()});
    BOOST_TEST(made.code == 2, made.all());
    BOOST_TEST(has(made.err, "the suite has no steps"), made.err);
    auto const tagged = run_shipped({"--tag", "nonsense"});
    BOOST_TEST(tagged.code == 2, tagged.all());
    BOOST_TEST(has(tagged.err, "no step has the tag nonsense"), tagged.err);
}

BOOST_AUTO_TEST_CASE(a_suite_of_which_all_is_skipped_decides_nothing) {
    Suite const suite{"steps:\n- {id: a, get: /, when: false}\n- {id: b, get: /, needs: a}\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(made.code == 7, made.all());
    BOOST_TEST(made.at("/status") == "undecided");
    BOOST_TEST(with_status(made, "skipped") == "a b");
    BOOST_TEST(message_of(made, "b") == "needs a, which was skipped");
}

BOOST_AUTO_TEST_CASE(a_missing_variable_is_told_with_file_and_line) {
    Suite const suite{"steps:\n- id: a\n  get: /${NOT_SET_ANYWHERE}\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(made.code == 2, made.all());
    BOOST_TEST(has(made.err, suite.name() + ":3:8: "), made.err);
    BOOST_TEST(run({suite.name(), "--var", "NOT_SET_ANYWHERE="}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_down_is_unavailable_and_asked_once) {
    auto const nobody = "http://127.0.0.1:" + std::to_string(support::free_port());
    Suite const suite{"steps:\n- {id: a, get: /a}\n- {id: b, get: /b}\n"};
    auto const made = run({suite.name(), "--base-url", nobody});
    BOOST_TEST(made.code == 3, made.all());
    BOOST_TEST(made.at("/error/kind") == "unavailable");
    BOOST_TEST(with_status(made, "failed") == "a");
    BOOST_TEST(has(message_of(made, "a"), "Connection refused"), message_of(made, "a"));
    BOOST_TEST(has(message_of(made, "b"), "not tried"), message_of(made, "b"));
}

BOOST_AUTO_TEST_CASE(a_missing_capture_skips_what_uses_it_and_says_so) {
    Suite const suite{"steps:\n"
                      "- {id: a, get: /, capture: {x: .no.such}}\n"
                      "- {id: b, get: \"/{{x}}\"}\n"
                      "- {id: c, get: /}\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(with_status(made, "failed") == "a");
    BOOST_TEST(has(message_of(made, "a"), "capture x: .no.such is null"), message_of(made, "a"));
    BOOST_TEST(message_of(made, "b") == "{{x}} was not captured");
    BOOST_TEST(with_status(made, "passed") == "c");
}

BOOST_AUTO_TEST_CASE(fail_fast_skips_the_rest_but_not_the_teardown) {
    Suite const suite{"steps:\n"
                      "- {id: a, get: /nothing-here}\n"
                      "- {id: b, get: /}\n"
                      "teardown:\n- {id: t, get: /}\n"};
    auto const made = run({suite.name(), "--fail-fast"});
    BOOST_TEST(with_status(made, "failed") == "a", made.all());
    BOOST_TEST(with_status(made, "skipped") == "b");
    BOOST_TEST(with_status(made, "passed") == "t");
}

BOOST_AUTO_TEST_CASE(a_failed_setup_skips_the_steps) {
    Suite const suite{"setup:\n- {id: s, get: /nothing-here}\n"
                      "steps:\n- {id: a, get: /}\n"
                      "teardown:\n- {id: t, get: /}\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(message_of(made, "a") == "the setup failed");
    BOOST_TEST(with_status(made, "passed") == "t");
}

BOOST_AUTO_TEST_CASE(retries_and_lesser_severities_are_honoured) {
    Suite const suite{"steps:\n"
                      "- {id: a, get: /nothing-here, severity: minor, retries: 1}\n"
                      "- {id: b, get: /}\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(made.at("/status") == "warned");
    BOOST_TEST(std::stoi(made.at("/checks/0/duration_ms")) >= 100);
}

BOOST_AUTO_TEST_CASE(queries_are_read_only_unless_they_say_otherwise) {
    Suite const suite{
        "steps:\n"
        "- id: refused\n  sql: create table t_smoke (a int)\n"
        "- id: allowed\n  sql: create table t_smoke (a int)\n  writes: true\n"
        "- id: rows\n  sql: select i, i > 1 as big from generate_series(1, 3) i\n"
        "  expect: {rows: 3, value: 1, jq: {'map(.i) | add': 6, '.[2].big': t}}\n"
        "  capture: {last: '.[-1].i'}\n"
        "- id: uses\n  sql: select $1::int + 1\n  params: ['{{last}}']\n  expect: {value: 4}\n"
        "- id: wrong\n  sql: select true\n  expect: {value: false}\n"
        "- id: error\n  sql: select nothing\n"
        "- id: drop\n  sql: drop table t_smoke\n  writes: true\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(with_status(made, "failed") == "refused wrong error", made.all());
    BOOST_TEST(with_status(made, "passed") == "allowed rows uses drop");
    BOOST_TEST(has(message_of(made, "refused"), "read-only transaction"));
    BOOST_TEST(has(made.at("/checks/0/hint"), "writes: true"));
    BOOST_TEST(has(message_of(made, "error"), "\"nothing\" does not exist"));
}

BOOST_AUTO_TEST_CASE(plans_without_an_index_fail) {
    Suite const suite{"steps:\n"
                      "- id: by_id\n  explain: select * from users where email = $1\n"
                      "  params: [smoke@example.com]\n  expect: {uses_index: true, latency: < 1s}\n"
                      "- id: by_name\n  explain: select * from profiles where bio = 'x'\n"
                      "  expect: {uses_index: true}\n"
                      "- id: deletes\n  explain: delete from profiles where bio = 'x'\n"};
    auto const made = run({suite.name()});
    BOOST_TEST(with_status(made, "failed") == "by_name", made.all());
    BOOST_TEST(has(message_of(made, "by_name"), "sequential scan of profiles"));
}

BOOST_AUTO_TEST_CASE(a_wrong_database_password_touches_nothing) {
    Suite const suite{"steps:\n- {id: a, get: /}\n- {id: b, sql: select 1}\n"};
    auto const made =
        run({suite.name()},
            {{"DATABASE_URL",
              service().database.conninfo().with_database("no_such_database").uri().reveal()}});
    BOOST_TEST(made.code == 2, made.all());
    BOOST_TEST(has(made.err, "no_such_database"), made.err);
}

BOOST_AUTO_TEST_CASE(a_signal_runs_the_teardown_and_leaves_a_record) {
    Suite const suite{"steps:\n"
                      "- id: slow\n  sql: select pg_sleep(20)\n  timeout: 30s\n"
                      "- {id: never, get: /}\n"
                      "teardown:\n- {id: t, get: /}\n"};
    auto const made = support::start_and_kill(
        "smoke-http", {suite.name()}, environment(), std::chrono::milliseconds{700}, SIGTERM);
    BOOST_TEST(made.code == 143, made.all());
    BOOST_TEST(made.at("/status") == "aborted");
    BOOST_TEST(with_status(made, "passed") == "t");
    BOOST_TEST(with_status(made, "skipped") == "slow never");
    BOOST_TEST(made.duration.count() < 3200);
}

BOOST_AUTO_TEST_SUITE_END()
