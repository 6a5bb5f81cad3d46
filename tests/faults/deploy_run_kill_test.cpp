// SPDX-License-Identifier: Apache-2.0
// kill -9 of deploy-run in each of its steps, and between them: the next run with --resume repeats
// that step and no other, and a record that somebody edited meanwhile is not trusted.
#include "support/deploy_run_site.hpp"
#include "support/kills.hpp"
#include "support/migration_site.hpp"

#include <csignal>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run_kill)

using namespace slipway;
using support::DeploySite;

namespace {

// A real backup and migrations around commands that wait, each until it is allowed to end.
constexpr std::string_view pipeline = R"(name: shop
environment: staging
steps:
  - id: prepare
    run: echo run >> prepare.count; test -e go || sleep 60
  - id: backup
    uses: db-backup
    with: { to: [backups], verify: list }
  - id: between
    run: echo run >> between.count; test -e go || sleep 60
    inputs: [backup]
  - id: migrate
    uses: migrate-apply
    confirm: Apply?
    inputs: [backup]
    with: { dir: migrations, require-backup: true }
  - id: left
    needs: [migrate]
    run: echo run >> left.count; test -e go || sleep 60
  - id: right
    needs: [migrate]
    run: echo run >> right.count; test -e go || sleep 60
  - id: last
    run: echo run >> last.count; test -e go || sleep 60
)";

struct Killed {
    DeploySite site;
    support::MigrationSite database;

    Killed() {
        site.write("p.yaml", pipeline);
        std::filesystem::create_directory(site.path("migrations"));
        site.write("migrations/001_a.sql", "create table a (i int);\n");
        site.write("migrations/002_b.sql", "create table b (i int);\n");
    }

    [[nodiscard]] DeploySite::Environment environment() const {
        return {{"DATABASE_URL", database.db.conninfo().uri().reveal()}};
    }

    // Kills it while that step runs, with all before it let through.
    void kill_in(std::string const& id) const {
        // A step is let through by the file `go`, so the one that waits is reached without it.
        std::string text{pipeline};
        for (char const* other : {"prepare", "between", "left", "right", "last"}) {
            if (other != id) {
                auto const from = fmt::format(">> {}.count; test -e go || sleep 60", other);
                auto const at = text.find(from);
                text.replace(
                    at, from.size(), fmt::format(">> {}.count; test -e go || true", other));
            }
        }
        site.write("p.yaml", text);
        auto child = site.start_until(id + ".count", {"p.yaml", "--yes"}, environment());
        child.kill(SIGKILL);
        BOOST_TEST(support::ends_within(child, std::chrono::seconds{10}));
        site.write("go", "");
    }

    [[nodiscard]] std::size_t runs(std::string const& id) const {
        return support::lines_of(site.read(id + ".count"));
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(killed_in_each_step_it_goes_on_with_that_step) {
    for (std::string const id : {"prepare", "between", "left", "right", "last"}) {
        BOOST_TEST_CONTEXT(id) {
            Killed const killed;
            killed.kill_in(id);
            auto const ran = killed.site.run({"p.yaml", "--yes", "--resume"}, killed.environment());
            BOOST_TEST(ran.exit_code == 0, ran.error_tail);
            BOOST_TEST(killed.runs(id) == 2U);
            // What had ended before is not repeated; what ran beside it may have been.
            for (std::string const other : {"prepare", "between", "left", "right", "last"}) {
                bool const beside = id == "left" || id == "right";
                if (other != id && !(beside && (other == "left" || other == "right"))) {
                    BOOST_TEST(killed.runs(other) == 1U, other);
                }
            }
            BOOST_TEST(killed.database.ask("select count(*) from slipway.migrations") == "2");
            auto const record = killed.site.record();
            BOOST_TEST(support::at(record, "/data/steps/6/status") == "passed");
        }
    }
}

BOOST_AUTO_TEST_CASE(killed_at_any_instant_it_ends_with_every_step_passed) {
    int const kills = support::full_faults() ? 60 : 6;
    Killed const measured;
    measured.site.write("go", "");
    auto const started = std::chrono::steady_clock::now();
    BOOST_TEST_REQUIRE(
        measured.site.run({"p.yaml", "--yes"}, measured.environment()).exit_code == 0);
    support::Instants instants{std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - started)};
    for (int each = 0; each < kills; ++each) {
        Killed const killed;
        killed.site.write("go", "");
        auto child = killed.site.start({"p.yaml", "--yes"}, killed.environment());
        std::this_thread::sleep_for(instants.next());
        child.kill(SIGKILL);
        BOOST_TEST(support::ends_within(child, std::chrono::seconds{10}));
        // The tools of the killed run get SIGTERM and clean up; their locks may be held till then.
        std::string last;
        bool passed = false;
        for (int tries = 0; tries < 50 && !passed; ++tries) {
            auto const ran = killed.site.run({"p.yaml", "--yes", "--resume"}, killed.environment());
            passed = ran.exit_code == 0;
            last = ran.error_tail;
            std::this_thread::sleep_for(std::chrono::milliseconds{passed ? 0 : 100});
        }
        BOOST_TEST(passed, last);
        BOOST_TEST(killed.database.ask("select count(*) from slipway.migrations") == "2");
        for (char const* id : {"prepare", "between", "left", "right", "last"}) {
            BOOST_TEST(killed.runs(id) >= 1U, id);
            BOOST_TEST(killed.runs(id) <= 2U, id);
        }
        for (auto const& step : killed.site.record().at("data").at("steps")) {
            auto const status = json::text_at(step, "status");
            BOOST_TEST((status == "passed" || status == "warned"), step.dump());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_record_edited_between_the_kill_and_the_resume_is_not_trusted) {
    Killed const killed;
    killed.kill_in("last");

    std::string const record = "slipway-out/deploy-run-run.d/2-backup.json";
    std::string text = killed.site.read(record);
    auto const at = text.find("\"passed\"");
    BOOST_TEST_REQUIRE(at != std::string::npos);
    text.insert(text.find("\"summary\"") + 12, "edited ");
    killed.site.write(record, text);
    auto const ran = killed.site.run({"p.yaml", "--yes", "--resume"}, killed.environment());
    BOOST_TEST(ran.exit_code == 0, ran.error_tail);
    auto const told = killed.site.record();
    BOOST_TEST(support::at(told, "/data/steps/1/again_because") == "its record was changed");
    // What relied on it is not trusted either.
    BOOST_TEST(support::at(told, "/data/steps/2/again_because") == "its input backup runs again");
    BOOST_TEST(support::at(told, "/data/steps/3/again_because") == "its input backup runs again");
    BOOST_TEST(killed.runs("prepare") == 1U);
    BOOST_TEST(killed.runs("between") == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
