// SPDX-License-Identifier: Apache-2.0
// rollback detect looks by itself; --to-commit chooses what the application goes back to.
#include "proc/command.hpp"
#include "support/migration_site.hpp"
#include "support/restore_site.hpp"
#include "text/join.hpp"

#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback_detect)

using namespace slipway;
using support::RestoreSite;

namespace {

// Three commits, the last one checked out.
class Repository {
public:
    Repository() {
        git("init -q -b main");
        for (auto const* subject : {"First", "Second", "Third"}) {
            git(std::string{
                    "-c user.name=a -c user.email=a@example.com commit -q --allow-empty -m "} +
                subject);
        }
    }

    std::string git(std::string const& arguments) const {
        proc::Command command;
        command.program = "/bin/sh";
        command.arguments = {"-c", "git -C '" + folder_.path().string() + "' " + arguments};
        auto const outcome = proc::run(command, {});
        BOOST_TEST_REQUIRE(outcome.ok(), outcome.error_tail);
        return std::string{text::trim(outcome.output)};
    }

    // Where rollback finds it.
    [[nodiscard]] support::Environment environment() const {
        return {{"GIT_DIR", (folder_.path() / ".git").string()}};
    }

private:
    fs::TempFolder folder_{"slipway-git-"};
};

} // namespace

BOOST_AUTO_TEST_CASE(a_sound_database_advises_nothing_and_a_query_that_fails_is_undecided) {
    RestoreSite const site;
    // dbmate's, whose name golang-migrate's table has as well.
    site.sql("create table schema_migrations (version varchar primary key)");
    auto const sound =
        site.run("rollback", {"detect", "--data-check", "select count(*) = 500 from items"});
    BOOST_TEST(sound.code == 0, sound.all());
    BOOST_TEST(sound.at("/data/decision") == "none");
    BOOST_TEST(sound.at("/status") == "passed");
    auto const blind = site.run(
        "rollback",
        {"detect", "--data-check", "select count(*) from nowhere", "--on-undecided", "fail"});
    BOOST_TEST(blind.code == 7, blind.all());
}

BOOST_AUTO_TEST_CASE(wrong_data_failed_migrations_and_invalid_indexes_are_found_and_advise) {
    RestoreSite const site;
    site.sql("create table twice (n int); insert into twice values (1), (1)");
    auto connection = site.database().connect();
    BOOST_CHECK_THROW(
        connection.exec("create unique index concurrently on twice (n)"), pg::ServerError);
    auto const index = site.run("rollback", {"detect"});
    BOOST_TEST(index.at("/data/decision") == "plan-fix", index.all());
    BOOST_TEST(index.at("/data/detected/indexes/0") == "public.twice_n_idx");

    auto const data = site.run(
        "rollback", {"detect", "--exit-code", "--data-check", "select count(*) = 501 from items"});
    BOOST_TEST(data.code == 1, data.all());
    BOOST_TEST(data.at("/data/decision") == "db");

    support::MigrationSite migrations;
    migrations.add_prisma("1_fails", "create table a (n int); select 1/0;");
    auto const failed = migrations.run();
    BOOST_TEST(failed.code != 0);
    auto const detected = support::run_tool("rollback", {"detect"}, migrations.environment());
    BOOST_TEST(
        (detected.at("/data/decision") == "db") ==
            (migrations.ask("select count(*) from _prisma_migrations "
                            "where finished_at is null and rolled_back_at is null") == "1"),
        detected.all());
    migrations.db.run(
        "delete from _prisma_migrations; insert into _prisma_migrations "
        "(id, checksum, migration_name, logs) values ('x', 'y', '2_half', 'it broke')");
    auto const half = support::run_tool("rollback", {"detect"}, migrations.environment());
    BOOST_TEST(half.at("/data/decision") == "db", half.all());
    BOOST_TEST(half.says("2_half"));
}

BOOST_AUTO_TEST_CASE(blocked_sessions_and_an_outage_are_found) {
    RestoreSite const site;
    auto holder = site.database().connect();
    holder.exec("begin");
    holder.exec("lock table items");
    auto waiting = site.database().connect();
    std::jthread const waiter{[&] {
        try {
            waiting.exec("set statement_timeout = '20s'");
            waiting.exec("select from items");
        } catch (Error const&) { // NOLINT(bugprone-empty-catch)
            // Its end is no part of the test.
        }
    }};
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    auto const blocked = site.run("rollback", {"detect", "--blocked-after", "100ms"});
    holder.exec("rollback");
    BOOST_TEST(blocked.at("/data/decision") == "watch", blocked.all());
    BOOST_TEST(blocked.says("on public.items has waited"));

    auto const outage = site.run(
        "rollback",
        {"detect", "--exit-code"},
        {{"DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x"}});
    BOOST_TEST(outage.code == 1, outage.all());
    BOOST_TEST(outage.at("/data/decision") == "full");
}

BOOST_AUTO_TEST_CASE(a_matrix_of_ones_own_decides) {
    RestoreSite const site;
    fs::Path const file = site.folder() / "matrix.yaml";
    fs::write_atomic(
        file,
        "rows:\n  - id: strict\n    action: full\n    reason: we say so\n"
        "    when: [{ signal: failed_data_checks, above: 0 }]\n");
    auto const run =
        site.run("rollback", {"detect", "--matrix", file.string(), "--data-check", "select false"});
    BOOST_TEST(run.at("/data/decision") == "full", run.all());
    BOOST_TEST(run.says("\"matrix.strict\""), run.all());
    auto const print = site.run("rollback", {"--print-matrix"});
    BOOST_TEST(print.code == 0, print.all());
    BOOST_TEST(print.at("/data/print_matrix/rows/0/id") == "corruption");
}

BOOST_AUTO_TEST_CASE(the_command_is_told_the_commit_to_go_back_to) {
    RestoreSite const site;
    Repository const repository;
    std::string const second = repository.git("rev-parse HEAD~1");
    auto const run = site.run(
        "rollback",
        {"run",
         "--scope",
         "app",
         "--to-commit",
         second.substr(0, 8),
         "--app-command",
         "echo $SLIPWAY_CURRENT_COMMIT to $SLIPWAY_TARGET_COMMIT"},
        repository.environment());
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(
        run.at("/data/steps/0/message") == repository.git("rev-parse HEAD") + " to " + second);
    BOOST_TEST(run.at("/data/to_commit/sha") == second);
    auto const unknown = site.run(
        "rollback",
        {"run", "--scope", "app", "--to-commit", "no-such", "--app-command", "true"},
        repository.environment());
    BOOST_TEST(unknown.code == 2, unknown.all());
    auto const nobody = site.run(
        "rollback",
        {"run", "--scope", "app", "--to-commit", "choose", "--app-command", "true"},
        repository.environment());
    BOOST_TEST(nobody.code == 4, nobody.all());
}

BOOST_AUTO_TEST_CASE(on_a_terminal_it_is_chosen_among_the_recent_ones) {
    RestoreSite const site;
    Repository const repository;
    fs::Path const told = site.folder() / "told";
    proc::Command command; // `script` gives it a terminal
    command.program = "script";
    command.arguments = {
        "-qec",
        std::string{SLIPWAY_BUILD_DIR} +
            "/bin/rollback run --scope app --to-commit choose --output " +
            (site.folder() / "record.json").string() +
            " --app-command 'echo $SLIPWAY_TARGET_COMMIT >" + told.string() + "'",
        "/dev/null"};
    command.input = "2\n";
    command.environment = repository.environment();
    command.environment.emplace_back("DATABASE_URL", "");
    command.remove_environment = {"CI", "GITHUB_ACTIONS", "GITHUB_SHA"};
    auto const outcome = proc::run(command, {});
    BOOST_TEST(outcome.ok(), outcome.output);
    BOOST_TEST(outcome.output.find("Second") != std::string::npos, outcome.output);
    BOOST_TEST(text::trim(fs::read_file(told)) == repository.git("rev-parse HEAD~2"));
}

BOOST_AUTO_TEST_SUITE_END()
