// SPDX-License-Identifier: Apache-2.0
// db-backup where it cannot or must not go on: the cause is named, and nothing is left behind.
#include "cluster/cluster.hpp"
#include "pg/advisory_lock.hpp"
#include "support/shop.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_backup_refusals)

using namespace slipway;
using support::Ended;
using support::Shop;

namespace {

constexpr std::string_view password = "pa55/w:rd@%20x";

std::string url(pg::ConnInfo const& info) {
    return info.uri().reveal();
}

// Ended with this exit code and these words in the error, and left nothing but the record.
void require_clean_end(
    Shop const& shop,
    Ended const& ended,
    int exit_code,
    std::string const& words) {
    BOOST_TEST(ended.exit_code == exit_code, ended.output);
    BOOST_TEST(
        (ended.at("error.message").find(words) != std::string::npos), ended.at("error.message"));
    BOOST_TEST(shop.files().empty());
}

// A role of this case, dropped with what it was granted.
class Role {
public:
    explicit Role(Shop const& shop) : shop_(shop), name("role_of_" + shop.database().name()) {
        shop_.database().run(
            "create role " + name + " login password '" + std::string{password} + "'");
    }
    Role(Role const&) = delete;
    Role& operator=(Role const&) = delete;
    ~Role() {
        try {
            shop_.database().run("drop owned by " + name + "; drop role " + name);
        } catch (Error const& error) {
            BOOST_TEST_MESSAGE(error.message());
        }
    }

    [[nodiscard]] pg::ConnInfo conninfo() const {
        return shop_.database()
            .conninfo()
            .with("user", name)
            .with("password", std::string{password});
    }

private:
    Shop const& shop_;

public:
    std::string const name;
};

} // namespace

BOOST_AUTO_TEST_CASE(no_server_and_an_unknown_database_are_named) {
    Shop const shop;
    require_clean_end(
        shop,
        shop.run({}, {{"DATABASE_URL", "postgresql://u@127.0.0.1:1/shop"}}),
        3,
        "127.0.0.1:1");
    require_clean_end(
        shop,
        shop.run({}, {{"DATABASE_URL", url(shop.database().conninfo().with_database("nosuch"))}}),
        2,
        "nosuch");
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_named_and_not_shown) {
    Shop const shop;
    cluster::Settings settings;
    settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    settings.tcp = true;
    settings.hba = {"host all guest 127.0.0.1/32 scram-sha-256"};
    auto const server = cluster::Cluster::start(settings);
    pg::Connection::open(server.conninfo()).exec("create role guest login password 'right'");
    auto const target = server.conninfo().with("user", "guest").with("password", "wrong-guess");
    auto const ended = shop.run({}, {{"DATABASE_URL", url(target)}});
    require_clean_end(shop, ended, 2, "password");
    BOOST_TEST((ended.output.find("wrong-guess") == std::string::npos));
    BOOST_TEST((ended.text().find("wrong-guess") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_password_is_in_no_output_no_record_and_no_argument) {
    Shop const shop;
    Role const role{shop};
    shop.database().run("grant pg_read_all_data to " + role.name);
    fs::Path const seen = shop.folder() / "seen";
    auto const bin = shop.programs(
        "echo \"$@\" >" + seen.string() + "; cat /proc/[0-9]*/cmdline >>" + seen.string() +
        " 2>/dev/null; exec $REAL \"$@\"");
    auto const ended = shop.run(
        {"--log-level", "debug"},
        {{"DATABASE_URL", url(role.conninfo())}, {"SLIPWAY_PG_BIN", bin.string()}});
    BOOST_TEST_REQUIRE(ended.exit_code == 0, ended.output);
    std::string everything = ended.output + ended.text() + fs::read_file(seen);
    for (auto const& file : shop.files()) {
        if (file.ends_with(".json")) {
            everything += fs::read_file(shop.backups() / file);
        }
    }
    for (auto const secret : {password, std::string_view{"pa55"}}) {
        BOOST_TEST((everything.find(secret) == std::string::npos), secret);
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_is_named_before_the_server_is_asked) {
    Shop const shop;
    auto const ended =
        shop.run({"--to", "/dev/null/x"}, {{"DATABASE_URL", "postgresql://u@127.0.0.1:1/shop"}});
    require_clean_end(shop, ended, 2, "/dev/null/x");
    require_clean_end(shop, shop.run({"--to", "/proc/x"}), 2, "/proc/x");
    require_clean_end(shop, shop.run({"--to", "gs://bucket/x"}), 2, "gs://bucket/x");
    require_clean_end(shop, shop.run({"--to", "s3://bucket/x"}), 2, "no credentials for S3");
}

BOOST_AUTO_TEST_CASE(a_table_that_the_role_may_not_read_is_named) {
    Shop const shop;
    Role const role{shop};
    shop.database().run(
        "grant select on all tables in schema public to " + role.name +
        "; revoke select on audit_log from " + role.name);
    auto const ended = shop.run({}, {{"DATABASE_URL", url(role.conninfo())}});
    require_clean_end(shop, ended, 2, "audit_log");
    BOOST_TEST((ended.at("error.hint").find("pg_read_all_data") != std::string::npos));
    BOOST_TEST(ended.at("error.sqlstate") == "42501");
}

BOOST_AUTO_TEST_CASE(rows_that_row_level_security_would_hide_are_not_left_out_silently) {
    Shop const shop;
    Role const role{shop};
    shop.database().run(
        "grant pg_read_all_data to " + role.name +
        "; alter table tasks enable row level security; "
        "create policy few on tasks using (status = 'done')");
    require_clean_end(shop, shop.run({}, {{"DATABASE_URL", url(role.conninfo())}}), 2, "tasks");
}

BOOST_AUTO_TEST_CASE(a_sudden_shrink_is_refused_and_can_be_allowed) {
    Shop const shop;
    BOOST_TEST_REQUIRE(shop.run({}).exit_code == 0);
    shop.database().run("delete from audit_log where id % 3 = 0"); // a third may go
    BOOST_TEST(shop.run({}).exit_code == 0);
    shop.database().run("delete from audit_log");
    auto const refused = shop.run({});
    BOOST_TEST(refused.exit_code == 4, refused.output);
    BOOST_TEST((refused.at("error.message").find("public.audit_log had") != std::string::npos));
    BOOST_TEST(refused.check("tables.shrink") == "failed");
    BOOST_TEST(refused.check("dump.exit").empty());
    BOOST_TEST(shop.files().size() == 4);
    shop.database().run("drop table _prisma_migrations");
    BOOST_TEST(
        (shop.run({}).at("error.message").find("_prisma_migrations had 1 rows and is gone") !=
         std::string::npos));
    auto const allowed = shop.run({"--allow-shrink"});
    BOOST_TEST(allowed.exit_code == 0, allowed.output);
    BOOST_TEST(allowed.at("status") == "warned");
    BOOST_TEST(shop.run({}).at("status") == "passed");
}

BOOST_AUTO_TEST_CASE(a_running_migration_is_waited_for_and_then_named) {
    Shop const shop;
    pg::Options options;
    options.application_name = "slipway/migrate-apply/9";
    auto migration = shop.database().connect(options);
    auto lock = pg::AdvisoryLock::try_take(migration, pg::deployment_lock);
    auto const ended = shop.run({"--lock-wait", "300ms"});
    require_clean_end(shop, ended, 4, "slipway/migrate-apply/9");
    lock.reset();
    BOOST_TEST(shop.run({"--lock-wait", "300ms"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_locked_table_is_named_after_the_time_allowed) {
    Shop const shop;
    auto other = shop.database().connect();
    other.exec("begin; lock table tasks in access exclusive mode");
    auto const ended = shop.run({"--lock-wait", "300ms"});
    require_clean_end(shop, ended, 4, "\"tasks\" is locked by another session");
}

BOOST_AUTO_TEST_CASE(a_pg_dump_older_than_the_server_is_refused_before_anything_starts) {
    Shop const shop;
    fs::Path const bin = shop.programs("exit 1");
    fs::write_atomic(bin / "pg_dump", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n");
    std::filesystem::permissions(bin / "pg_dump", std::filesystem::perms{0755});
    auto const ended = shop.run({}, {{"SLIPWAY_PG_BIN", bin.string()}});
    require_clean_end(shop, ended, 4, "pg_dump 9.6.24 is older than the server");
    BOOST_TEST((ended.at("error.hint").find("postgresql-client-") != std::string::npos));
    std::filesystem::remove(bin / "pg_dump");
    require_clean_end(
        shop, shop.run({}, {{"SLIPWAY_PG_BIN", bin.string()}}), 3, "no pg_dump found");
}

BOOST_AUTO_TEST_CASE(a_dump_that_fails_half_way_leaves_nothing) {
    Shop const shop;
    auto const bin = shop.programs(
        "$REAL \"$@\"; echo 'pg_dump: error: Dumping the contents of table \"users\" failed' >&2; "
        "echo 'pg_dump: detail: server closed the connection unexpectedly' >&2; exit 1");
    auto const ended = shop.run({}, {{"SLIPWAY_PG_BIN", bin.string()}});
    require_clean_end(shop, ended, 3, "server closed the connection");
    BOOST_TEST(ended.check("dump.exit") == "failed");
}

BOOST_AUTO_TEST_CASE(a_dump_that_lacks_a_table_although_pg_dump_said_nothing_is_not_kept) {
    Shop const shop;
    for (auto const* script :
         {"$REAL \"$@\" && rm $(ls $OUT/*.dat.gz | head -1)",
          "$REAL --exclude-table=tasks \"$@\""}) {
        auto const bin = shop.programs(script);
        auto const ended = shop.run({}, {{"SLIPWAY_PG_BIN", bin.string()}});
        require_clean_end(shop, ended, 1, "did not pass its verification");
        BOOST_TEST(ended.check("tables.complete") == "failed");
    }
}

BOOST_AUTO_TEST_CASE(an_archive_that_pg_restore_cannot_read_is_not_kept) {
    Shop const shop;
    auto const bin = shop.programs("$REAL \"$@\" && echo garbage >$OUT/toc.dat");
    auto const ended = shop.run({}, {{"SLIPWAY_PG_BIN", bin.string()}});
    require_clean_end(shop, ended, 1, "did not pass its verification");
    BOOST_TEST(ended.check("archive.listed") == "failed");
}

BOOST_AUTO_TEST_CASE(a_restore_that_has_other_rows_fails_and_the_backup_stays_listed) {
    Shop const shop;
    auto const bin = shop.programs(
        "$REAL \"$@\" && for f in $OUT/*.dat.gz; do printf '\\\\.\\n\\n\\n' | gzip >$f; done");
    auto const ended = shop.run({"--verify", "restore"}, {{"SLIPWAY_PG_BIN", bin.string()}});
    BOOST_TEST(ended.exit_code == 1, ended.output);
    BOOST_TEST(ended.check("archive.restored") == "failed");
    BOOST_TEST(ended.at("data.level") == "listed");
    BOOST_TEST((ended.text().find("has 0 rows, not 5000") != std::string::npos), ended.text());
}

BOOST_AUTO_TEST_CASE(production_s_rows_go_into_no_bucket_unencrypted_unless_that_is_allowed) {
    Shop const shop;
    auto const refused = [&](std::vector<std::string> arguments) {
        arguments.insert(
            arguments.end(), {"--to", "s3://backups/shop", "--s3-endpoint", "http://127.0.0.1:1"});
        auto const ended = shop.run(
            arguments, {{"AWS_ACCESS_KEY_ID", "key"}, {"AWS_SECRET_ACCESS_KEY", "secret-of-it"}});
        BOOST_TEST(ended.exit_code != 0, ended.output);
        return ended.exit_code == 4 &&
               ended.at("error.message") ==
                   "rows of production would be in s3://backups/shop unencrypted";
    };
    std::string const key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    BOOST_TEST(refused({"--environment", "production"}));
    BOOST_TEST(refused({"--environment", "live", "--s3-sse", "aws:kms"}));
    BOOST_TEST(refused({"--environment", "production", "--dry-run"}));
    BOOST_TEST(refused({"adopt", "shop.sql", "--environment", "production"}));
    BOOST_TEST(!refused({"--environment", "staging"}));
    BOOST_TEST(!refused({"--environment", "production", "--allow-unencrypted"}));
    BOOST_TEST(!refused({"--environment", "production", "--encrypt", key}));
    BOOST_TEST(!refused({})); // without an environment, a local server is none of production
    BOOST_TEST(shop.partials().empty());
}

BOOST_AUTO_TEST_SUITE_END()
