// SPDX-License-Identifier: Apache-2.0
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "proc/command.hpp"
#include "support/database.hpp"
#include "support/migration_site.hpp"
#include "support/replication.hpp"
#include "support/run_tool.hpp"

#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace slipway;
using namespace std::chrono_literals;

namespace preflight_cli {

namespace {

using Words = std::vector<std::string>;

struct Checked {
    support::ToolRun run;

    [[nodiscard]] std::string status(std::string const& id) const { return field(id, "status"); }
    [[nodiscard]] std::string message(std::string const& id) const { return field(id, "message"); }

private:
    [[nodiscard]] std::string field(std::string const& id, char const* name) const {
        if (!run.record) {
            return "no record";
        }
        for (auto const& check : json::at(**run.record, "checks")) {
            if (json::text_at(check, "id") == id) {
                return json::text_at(check, name);
            }
        }
        return "no such check";
    }
};

// A database, and what one run of preflight says of it.
struct Site {
    support::MigrationSite migrations;
    fs::TempFolder folder{"slipway-preflight-"};

    [[nodiscard]] Checked look(Words args, support::Environment more = {}) const {
        more.emplace_back("DATABASE_URL", migrations.db.conninfo().uri().reveal());
        return bare(std::move(args), more);
    }

    [[nodiscard]] static Checked bare(Words args, support::Environment const& more = {}) {
        args.insert(args.end(), {"--environment", "staging"});
        return {support::run_tool("preflight", args, more)};
    }

    fs::Path put(char const* name, std::string_view content) const {
        fs::Path const path = folder.path() / name;
        fs::write_atomic(path, content);
        return path;
    }

    // A repository of one commit; git finds it by these variables.
    [[nodiscard]] support::Environment repository() const {
        fs::Path const work = folder.path() / "work";
        fs::make_folder(work);
        fs::write_atomic(work / "a", "1\n");
        for (Words const& words :
             {Words{"init", "-q", "-b", "feature"},
              Words{"add", "a"},
              Words{"-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "one"}}) {
            proc::Command git;
            git.program = "git";
            git.arguments = words;
            git.folder = work;
            BOOST_REQUIRE(proc::run(git, {}).ok());
        }
        return {{"GIT_DIR", (work / ".git").string()}, {"GIT_WORK_TREE", work.string()}};
    }
};

} // namespace

} // namespace preflight_cli

BOOST_FIXTURE_TEST_SUITE(preflight_cli, preflight_cli::Site)

BOOST_AUTO_TEST_CASE(a_healthy_set_up_scores_high_and_prints_its_arithmetic) {
    migrations.add("001_t.sql", "create table t (a int);\n");
    auto const seen = look(
        {"--migrations", migrations.dir.string(), "--backup-to", (folder.path() / "b").string()});
    BOOST_TEST(seen.run.code == 0, seen.run.all());
    for (char const* id :
         {"tools.pg_dump",
          "tools.pg_restore",
          "env.environment",
          "database.reachable",
          "database.primary",
          "database.writable",
          "database.pooler",
          "database.connections",
          "database.blocked",
          "database.deployment_lock",
          "database.invalid_indexes",
          "database.create",
          "database.select",
          "migrations.readable",
          "migrations.failed",
          "migrations.drift",
          "backup.store",
          "backup.room"}) {
        BOOST_TEST(seen.status(id) == "passed", id << ": " << seen.message(id));
    }
    BOOST_TEST(seen.message("migrations.pending") == "001_t");
    BOOST_TEST(std::stoi(seen.run.at("/data/score")) > 90);
    BOOST_TEST(seen.run.out.find("points: critical") != std::string::npos, seen.run.out);
    BOOST_TEST(seen.run.at("/target/database") == migrations.db.name());
}

BOOST_AUTO_TEST_CASE(an_unreachable_server_is_told_and_the_rest_is_looked_at_all_the_same) {
    auto const seen = bare({}, {{"DATABASE_URL", "postgresql://u@127.0.0.1:1/x"}});
    BOOST_TEST(seen.run.code == 3, seen.run.all());
    BOOST_TEST(seen.status("database.reachable") == "failed");
    BOOST_TEST(seen.status("tools.git") == "passed");
    BOOST_TEST(seen.status("database.primary") == "skipped");
}

BOOST_AUTO_TEST_CASE(a_replica_is_told_and_the_primary_passes) {
    support::Replication const servers;
    auto const at = [](pg::ConnInfo const& server) {
        return bare({"--only", "database"}, {{"DATABASE_URL", server.uri().reveal()}});
    };
    auto const replica = at(servers.replica());
    BOOST_TEST(replica.run.code == 1, replica.run.all());
    BOOST_TEST(replica.status("database.primary") == "failed");
    BOOST_TEST(replica.run.says("Give the address of the primary"));
    auto const primary = at(servers.primary());
    BOOST_TEST(primary.status("database.primary") == "passed", primary.run.all());
}

BOOST_AUTO_TEST_CASE(the_history_of_migrations_is_looked_through) {
    migrations.add("001_a.sql", "create table a (i int);\n");
    migrations.add("003_c.sql", "create table c (i int);\n");
    migrations.add("004_d.sql", "create table d (i int);\n");
    BOOST_REQUIRE(migrations.run().code == 0);
    migrations.add("001_a.sql", "create table a (i bigint);\n");
    migrations.add("002_b.sql", "-- nothing yet\n");
    migrations.remove("004_d.sql");
    migrations.add("notes.txt", "hello\n");
    auto const seen = look({"--migrations", migrations.dir.string(), "--only", "migrations"});
    BOOST_TEST(seen.run.code == 1, seen.run.all());
    BOOST_TEST(seen.status("migrations.drift") == "failed");
    BOOST_TEST(seen.message("migrations.drift") == "001_a");
    BOOST_TEST(seen.message("migrations.missing") == "004_d");
    BOOST_TEST(seen.message("migrations.order") == "002_b");
    BOOST_TEST(seen.message("migrations.empty") == "002_b");
    BOOST_TEST(seen.status("migrations.strays") == "warned");
    BOOST_TEST(seen.status("database.primary") == "no such check");
}

BOOST_AUTO_TEST_CASE(a_failed_migration_and_an_unreadable_folder_are_told) {
    migrations.add_prisma("20260101000000_a", "create table a (i int);\nselect 1/0;\n");
    BOOST_REQUIRE(migrations.run().code == 1);
    migrations.db.run(
        "update _prisma_migrations set logs = 'of another program' where finished_at is null");
    auto const seen = look({"--migrations", migrations.dir.string(), "--only", "migrations"});
    BOOST_TEST(seen.status("migrations.failed") == "failed", seen.run.all());
    auto const none = look({"--migrations", "/nowhere", "--only", "migrations"});
    BOOST_TEST(none.run.code == 1);
    BOOST_TEST(none.status("migrations.readable") == "failed");
    BOOST_TEST(none.message("migrations.readable").find("/nowhere") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_amiss_in_the_database_is_named) {
    migrations.db.run("create table t (a int); insert into t values (1), (1);"
                      "alter table t add constraint positive check (a > 0) not valid");
    auto db = migrations.db.connect();
    BOOST_CHECK_THROW(db.exec("create unique index concurrently t_a on t (a)"), Error);
    auto const seen = look({"--only", "database"});
    BOOST_TEST(seen.run.code == 0, seen.run.all());
    BOOST_TEST(seen.message("database.invalid_indexes") == "public.t_a");
    BOOST_TEST(seen.message("database.unvalidated_constraints") == "public.t.positive");
    BOOST_TEST(look({"--only", "database", "--strict"}).run.code == 1);
    auto const skipped = look(
        {"--only",
         "database",
         "--strict",
         "--skip",
         "database.invalid_indexes",
         "--skip",
         "database.unvalidated_constraints"});
    BOOST_TEST(skipped.message("database.invalid_indexes") == "left out by --skip");
    BOOST_TEST(skipped.run.code == 0, skipped.run.all());
}

BOOST_AUTO_TEST_CASE(who_blocks_whom_and_since_when_is_told) {
    migrations.db.run("create table t (a int)");
    auto holder = migrations.db.connect();
    auto waiter = migrations.db.connect();
    auto const lock = pg::AdvisoryLock::try_take(holder, pg::deployment_lock);
    BOOST_REQUIRE(lock.has_value());
    pg::Transaction held{holder};
    holder.exec("lock table t in access exclusive mode");
    std::jthread const waiting{[&] {
        try {
            waiter.exec("select * from t", {}, time::Deadline::after(20s));
        } catch (Error const&) { // NOLINT(bugprone-empty-catch)
            // It is cancelled at the end; what it was told does not matter.
        }
    }};
    auto watcher = migrations.db.connect();
    auto const deadline = time::Deadline::after(10s);
    while (
        watcher.exec("select count(*) from pg_locks where not granted").one_value<std::int64_t>() ==
            0 &&
        !deadline.expired()) {
        std::this_thread::sleep_for(20ms);
    }
    auto const seen = look({"--only", "database", "--max-transaction-age", "1ms"});
    BOOST_TEST(seen.run.code == 1, seen.run.all());
    BOOST_TEST(
        seen.message("database.blocked").find(std::to_string(holder.backend_pid())) !=
        std::string::npos);
    BOOST_TEST(seen.status("database.long_transactions") == "failed");
    BOOST_TEST(seen.status("database.deployment_lock") == "failed");
    watcher.exec("select pg_cancel_backend($1)", {waiter.backend_pid()});
}

BOOST_AUTO_TEST_CASE(a_role_without_rights_is_told_what_it_lacks) {
    auto const role = "guest_of_" + migrations.db.name();
    migrations.db.run(
        "create table t (a int); create role " + role +
        " login;"
        "revoke create on schema public from public");
    auto const url = migrations.db.conninfo().with("user", role).uri().reveal();
    auto const other = migrations.db.connect();
    auto const seen = bare({"--only", "database"}, {{"DATABASE_URL", url}});
    BOOST_TEST(seen.run.code == 1, seen.run.all());
    BOOST_TEST(seen.status("database.create") == "failed");
    BOOST_TEST(seen.message("database.select") == "public.t");
    BOOST_TEST(seen.status("database.visible") == "warned");
    migrations.db.run("drop role " + role);
}

BOOST_AUTO_TEST_CASE(variables_are_judged_without_being_told) {
    auto const seen = bare(
        {"--only", "env", "--require-env", "WANTED", "--require-env", "HOME"},
        {{"JWT_SECRET", "changeme-hunter2"},
         {"SESSION_SECRET", "short"},
         {"DATABASE_URL", "postgresql://u@db.prod.example.com/shop"},
         {"PGDATABASE", "other"}});
    BOOST_TEST(seen.run.code == 1, seen.run.all());
    BOOST_TEST(seen.message("env.required") == "WANTED");
    BOOST_TEST(
        seen.message("env.placeholder") == "JWT_SECRET is a placeholder, SESSION_SECRET is short");
    BOOST_TEST(!seen.run.says("hunter2"));
    BOOST_TEST(seen.message("env.production_url") == "db.prod.example.com");
    BOOST_TEST(seen.status("env.conflict") == "warned");
    auto const good = bare({"--only", "env"}, {{"DATABASE_URL", "postgresql://u@products/shop"}});
    BOOST_TEST(good.status("env.production_url") == "passed", good.run.all());
}

BOOST_AUTO_TEST_CASE(production_wants_encryption_its_branch_and_durable_commits) {
    auto more = repository();
    more.emplace_back("DATABASE_URL", "postgresql://u@db.example.invalid/shop?sslmode=require");
    auto const args = Words{"--environment", "production", "--only", "env", "--only", "repo"};
    auto const seen = Checked{support::run_tool("preflight", args, more)};
    BOOST_TEST(seen.run.code == 1, seen.run.all());
    BOOST_TEST(seen.message("env.sslmode") == "sslmode is require");
    BOOST_TEST(seen.status("repo.branch") == "failed");
    auto named = args;
    named.insert(named.end(), {"--branch", "feat*"});
    BOOST_TEST(
        Checked{support::run_tool("preflight", named, more)}.status("repo.branch") == "passed");
    auto const local = Checked{support::run_tool(
        "preflight",
        {"--environment", "production", "--only", "database"},
        {{"DATABASE_URL", migrations.db.conninfo().uri().reveal()}})};
    BOOST_TEST(local.status("database.durable") == "failed", local.run.all());
}

BOOST_AUTO_TEST_CASE(the_checkout_has_to_be_clean_and_the_commit_of_the_run) {
    auto more = repository();
    auto const clean = bare({"--only", "repo"}, more);
    BOOST_TEST(clean.status("repo.clean") == "passed", clean.run.all());
    BOOST_TEST(clean.status("repo.pushed") == "warned");
    fs::write_atomic(folder.path() / "work" / "a", "2\n");
    BOOST_TEST(bare({"--only", "repo"}, more).message("repo.clean") == "a");
    more.emplace_back("GITHUB_ACTIONS", "true");
    more.emplace_back("GITHUB_SHA", "0123456789012345678901234567890123456789");
    auto const other = bare({"--only", "repo"}, more);
    BOOST_TEST(other.run.code == 1, other.run.all());
    BOOST_TEST(other.status("repo.commit") == "failed");
}

BOOST_AUTO_TEST_CASE(reports_of_quality_are_held_to_their_gates) {
    auto const coverage = put("lcov.info", "SF:a\nLF:10\nLH:7\nend_of_record\n");
    auto const audit =
        put("audit.json", R"({"metadata": {"vulnerabilities": {"high": 2, "critical": 0}}})");
    Words const args{
        "--only",
        "quality",
        "--coverage",
        coverage.string(),
        "--npm-audit",
        audit.string(),
        "--build-output",
        (folder.path() / "dist").string()};
    auto const seen = bare(args);
    BOOST_TEST(seen.run.code == 1, seen.run.all());
    BOOST_TEST(seen.message("quality.coverage") == "7 of 10 lines (70.0 %), wanted 80.0 %");
    BOOST_TEST(seen.message("quality.audit") == "2 high");
    BOOST_TEST(seen.status("quality.build_output") == "failed");
    put("audit.json", R"({"metadata": {"vulnerabilities": {"high": 0, "critical": 0}}})");
    put("dist", "built");
    auto lower = args;
    lower.insert(lower.end(), {"--min-coverage", "70%"});
    auto const good = bare(lower);
    BOOST_TEST(good.run.code == 0, good.run.all());
    BOOST_TEST(good.run.at("/data/score") == "100");
    put("audit.json", "{");
    BOOST_TEST(bare(args).status("quality.audit") == "failed");
}

BOOST_AUTO_TEST_CASE(backups_are_looked_at_by_age_and_what_is_broken_is_named) {
    auto const store = (folder.path() / "store").string();
    auto const url = migrations.db.conninfo().uri().reveal();
    auto const args = Words{"--only", "backup", "--backup-to", store};
    BOOST_TEST(look(args).status("backup.latest") == "warned");
    BOOST_REQUIRE(
        support::run_tool(
            "db-backup", {"--to", store, "--environment", "staging"}, {{"DATABASE_URL", url}})
            .code == 0);
    BOOST_TEST(look(args).status("backup.latest") == "passed", look(args).run.all());
    auto old = args;
    old.insert(old.end(), {"--backup-max-age", "1ms"});
    BOOST_TEST(look(old).status("backup.latest") == "warned");
    fs::write_atomic(fs::Path{store} / "20260101T000000Z-x-0000.manifest.json", "{");
    BOOST_TEST(look(args).status("backup.broken") == "warned");
    BOOST_TEST(
        look({"--only", "backup", "--backup-to", put("file", "").string() + "/below"})
            .status("backup.store") == "failed");
}

BOOST_AUTO_TEST_CASE(a_low_score_fails_where_one_is_wanted_and_words_are_checked) {
    BOOST_TEST(bare({"--only", "env", "--min-score", "101"}).run.code == 1);
    auto const skip = bare({"--skip", "database.invalid_index"});
    BOOST_TEST(skip.run.code == 2);
    BOOST_TEST(skip.run.says("database.invalid_indexes"), skip.run.all());
    auto const webhook = "https://hooks.slack.com/services/T00/B00/verysecretpath";
    auto const good = bare({"--only", "notify"}, {{"SLACK_WEBHOOK_URL", webhook}});
    BOOST_TEST(good.status("notify.slack") == "passed", good.run.all());
    BOOST_TEST(!good.run.says("verysecretpath"));
    BOOST_TEST(
        bare({"--only", "notify"}, {{"SLACK_WEBHOOK_URL", "http://example.com"}})
            .status("notify.slack") == "warned");
    BOOST_TEST(
        bare({"--only", "tools", "--require-tool", "no-such-program"}).message("tools.required") ==
        "no-such-program");
}

BOOST_AUTO_TEST_SUITE_END()
