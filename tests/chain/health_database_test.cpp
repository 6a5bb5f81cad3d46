// SPDX-License-Identifier: Apache-2.0
// health-check's looks at servers, replicas, schemas and migrations.
#include "pg/connection.hpp"
#include "support/migration_site.hpp"
#include "support/replication.hpp"
#include "support/tls_server.hpp"

#include <future>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(health_database)

using namespace slipway;
using support::Environment;
using support::MigrationSite;
using support::Replication;
using support::ToolRun;

namespace {

Environment at(pg::ConnInfo const& server) {
    return {{"DATABASE_URL", server.uri().reveal()}};
}

ToolRun look(std::vector<std::string> args, Environment const& env) {
    return support::run_tool("health-check", std::move(args), env);
}

std::string check(ToolRun const& run, std::string const& id) {
    for (int i = 0; !run.at("/checks/" + std::to_string(i) + "/id").empty(); ++i) {
        auto const place = "/checks/" + std::to_string(i);
        if (run.at(place + "/id") == id) {
            return run.at(place + "/status") + " " + run.at(place + "/message");
        }
    }
    return {};
}

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_replica_is_known_by_its_lag_on_both_sides) {
    Replication servers;
    auto const primary = at(servers.primary());
    auto const replica = at(servers.replica());
    std::vector<std::string> const waiting{"postgres", "--max-lag", "500kB", "--wait", "20s"};
    auto as = [&](std::string const& role, std::vector<std::string> more = {}) {
        more.insert(more.begin(), waiting.begin(), waiting.end());
        more.insert(more.end(), {"--role", role});
        return more;
    };
    auto const good = look(as("replica"), replica);
    BOOST_TEST(good.code == 0, good.all());
    BOOST_TEST(has(check(good, "postgres.lag"), "passed this replica is "), good.all());
    BOOST_TEST(good.at("/metrics/0/name") == "replication.lag");
    auto const seen = look(as("primary"), primary);
    BOOST_TEST(seen.code == 0, seen.all());
    BOOST_TEST(has(check(seen, "postgres.lag"), "passed the replica walreceiver at 127.0.0.1 is"));

    // What is received and not replayed: seconds would show nothing.
    Replication::run(servers.replica(), "select pg_wal_replay_pause()");
    servers.write_wal();
    for (auto const* const& side : {&primary, &replica}) {
        auto const behind = look({"postgres", "--max-lag", "500kB"}, *side);
        BOOST_TEST(behind.code == 1, behind.all());
        BOOST_TEST(has(check(behind, "postgres.lag"), " bytes behind, more than 500000"));
        BOOST_TEST(std::stod(behind.at("/metrics/0/value")) > 500'000);
    }
    auto caught = std::async(std::launch::async, [&] { return look(as("replica"), replica); });
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    Replication::run(servers.replica(), "select pg_wal_replay_resume()");
    auto const after = caught.get();
    BOOST_TEST(after.code == 0, after.all());
    BOOST_TEST(after.at("/data/attempts") != "1", after.all());

    // Who may not see it is told so, not that all is well.
    Replication::run(
        servers.primary(),
        "create role watcher login; create role monitor login in "
        "role pg_monitor");
    auto const blind =
        look({"postgres", "--max-lag", "500kB"}, at(servers.primary().with("user", "watcher")));
    BOOST_TEST(blind.code == 1, blind.all());
    BOOST_TEST(has(check(blind, "postgres.lag"), "does not tell its replication"), blind.all());
    BOOST_TEST(has(blind.at("/checks/1/hint"), "pg_monitor"), blind.all());
    auto const monitor =
        look({"postgres", "--max-lag", "5MB"}, at(servers.primary().with("user", "monitor")));
    BOOST_TEST(monitor.code == 0, monitor.all());

    servers.stop_replica();
    auto const alone = look({"postgres", "--max-lag", "500kB"}, primary);
    BOOST_TEST(check(alone, "postgres.lag") == "failed no replica is connected to the primary");
    BOOST_TEST(look({"postgres"}, replica).code == 3);

    // A server without room for one more is there, and not well.
    std::vector<pg::Connection> sessions;
    for (int left = 9; left > 0; --left) {
        sessions.push_back(pg::Connection::open(servers.primary().with("user", "watcher")));
    }
    auto const full = look({"postgres"}, at(servers.primary().with("user", "watcher")));
    BOOST_TEST(full.code == 1, full.all());
    BOOST_TEST(full.at("/data/probes/0/state") == "wrong");
    BOOST_TEST(has(full.at("/summary"), "connection slots are reserved"), full.all());
}

BOOST_AUTO_TEST_CASE(the_certificate_of_a_server_of_postgresql_is_seen) {
    support::Certificate const certificate{"db.example"};
    cluster::hand_over(certificate.key());
    cluster::hand_over(certificate.file());
    cluster::hand_over(fs::Path{certificate.key()}.parent_path());
    cluster::Settings settings;
    settings.tcp = true;
    settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    settings.parameters = {
        {"ssl", "on"}, {"ssl_cert_file", certificate.file()}, {"ssl_key_file", certificate.key()}};
    auto const server = cluster::Cluster::start(settings);
    fs::TempFolder const folder{"slipway-probes-"};
    auto const file = folder.path() / "probes.yaml";
    auto const port = server.conninfo().port();
    std::string const entry = "probes:\n- tls: 127.0.0.1:" + port +
                              "\n  name: db.example\n  ca_file: " + certificate.file() + "\n";
    fs::write_atomic(file, entry + "  starttls: postgres\n");
    auto const made = look({"--file", file.string()}, {});
    BOOST_TEST(made.code == 0, made.all());
    BOOST_TEST(has(check(made, "tls.days"), "passed "), made.all());
    fs::write_atomic(file, entry);
    BOOST_TEST(look({"--file", file.string()}, {}).code == 1);
}

BOOST_AUTO_TEST_CASE(a_schema_is_compared_part_by_part) {
    support::Database const database;
    database.run(
        "create type mood as enum ('ok', 'sad');"
        "create table users (id bigint primary key, email varchar(80) not null default '',"
        " seen timestamptz(3), tags text[], mood mood);"
        "create unique index users_email on users (lower(email));"
        "create table \"Orders\" (id bigint primary key, user_id bigint references users);"
        "alter table users add constraint users_email_at check (email like '%@%') not valid;");
    fs::TempFolder const folder{"slipway-schema-"};
    auto const file = folder.path() / "schema.yaml";
    auto const env = at(database.conninfo());
    auto const judged = [&](std::string const& yaml) {
        fs::write_atomic(file, yaml);
        return look({"schema:" + file.string()}, env);
    };
    auto const good =
        judged("tables:\n"
               "  users:\n"
               "    columns: {id: int8, email: {type: varchar(80), nullable: false},"
               " seen: timestamptz(3), tags: 'text[]', mood: mood}\n"
               "    indexes: [users_pkey, (lower((email)::text))]\n"
               "  Orders: {columns: [id, user_id], constraints: ['FOREIGN KEY (user_id)']}\n"
               "enums: {mood: [ok, sad]}\n");
    BOOST_TEST(good.code == 0, good.all());
    BOOST_TEST(check(good, "schema") == "passed 2 tables, 1 enum as expected");
    auto const bad =
        judged("tables:\n"
               "  users:\n"
               "    columns: {id: integer, e_mail: text, email: {nullable: true, default: x}}\n"
               "    indexes: [users_seen]\n"
               "    constraints: [users_email_at]\n"
               "  Orders: {columns: [id]}\n"
               "  carts: {}\n"
               "enums: {mood: [ok, angry], colour: [red]}\n");
    BOOST_TEST(bad.code == 1, bad.all());
    BOOST_TEST(check(bad, "schema") == "failed 4 of 3 tables, 2 enums are not");
    BOOST_TEST(
        check(bad, "schema.users") ==
        "failed the table users id is bigint, not integer; lacks the column e_mail (there is "
        "email); email may not be null; email has the default ''::character varying, not x; lacks "
        "the index users_seen; the constraint users_email_at is not validated");
    BOOST_TEST(check(bad, "schema.Orders") == "passed as expected");
    BOOST_TEST(check(bad, "schema.carts") == "failed the table carts is not there");
    BOOST_TEST(check(bad, "schema.mood") == "failed the enum mood lacks the value angry");
    BOOST_TEST(check(bad, "schema.colour") == "failed the enum colour is no enum with values");
    database.run(
        "update pg_index set indisvalid = false where indexrelid = 'users_email'::regclass");
    auto const invalid = judged("tables: {users: {indexes: [users_email]}}\n");
    BOOST_TEST(
        check(invalid, "schema.users") ==
        "failed the table users the index users_email is invalid");
    BOOST_TEST(judged("tables: {}\n").code == 2);
    BOOST_TEST(judged("tables: {users: {column: [id]}}\n").code == 2);
}

BOOST_AUTO_TEST_CASE(migrations_of_every_layout_are_pending_and_then_applied) {
    using Files = std::vector<std::pair<std::string, std::string>>;
    struct Row {
        std::string layout;
        Files first;
        Files second;
    };
    std::string const a = "create table a (x int);\n";
    std::string const b = "create table b (x int);\n";
    auto const journal = [](int entries) {
        std::string text = R"({"version": "7", "dialect": "postgresql", "entries": [)";
        for (int i = 0; i < entries; ++i) {
            text += (i == 0 ? "" : ",") + std::string{R"({"idx": )"} + std::to_string(i) +
                    R"(, "version": "7", "when": 176722560000)" + std::to_string(i) +
                    R"(, "tag": "000)" + std::to_string(i) + R"(_t", "breakpoints": true})";
        }
        return text + "]}";
    };
    auto const change = [](std::string const& name) {
        return name + " 2026-01-01T00:00:01Z Bob <bob@example.com> # note\n";
    };
    std::string const plan = "%syntax-version=1.0.0\n%project=shop\n\n";
    std::vector<Row> const rows{
        {"plain", {{"001_a.sql", a}}, {{"002_b.sql", b}}},
        {"prisma",
         {{"20260101000001_a/migration.sql", a}},
         {{"20260101000002_b/migration.sql", b}}},
        {"flyway", {{"V1__a.sql", a}}, {{"V2__b.sql", b}}},
        {"dbmate",
         {{"20260101000001_a.sql", "-- migrate:up\n" + a + "-- migrate:down\ndrop table a;\n"}},
         {{"20260101000002_b.sql", "-- migrate:up\n" + b + "-- migrate:down\ndrop table b;\n"}}},
        {"drizzle",
         {{"0000_t.sql", a}, {"meta/_journal.json", journal(1)}},
         {{"0001_t.sql", b}, {"meta/_journal.json", journal(2)}}},
        {"drizzle-1",
         {{"20260101000001_a/migration.sql", a}, {"20260101000001_a/snapshot.json", "{}"}},
         {{"20260101000002_b/migration.sql", b}, {"20260101000002_b/snapshot.json", "{}"}}},
        {"goose",
         {{"00001_a.sql", "-- +goose Up\n" + a + "-- +goose Down\ndrop table a;\n"}},
         {{"00002_b.sql", "-- +goose Up\n" + b + "-- +goose Down\ndrop table b;\n"}}},
        {"golang-migrate",
         {{"1_a.up.sql", a}, {"1_a.down.sql", "drop table a;\n"}},
         {{"2_b.up.sql", b}, {"2_b.down.sql", "drop table b;\n"}}},
        {"supabase", {{"20260101000001_a.sql", a}}, {{"20260101000002_b.sql", b}}},
        {"node-pg-migrate",
         {{"1700000000001_a.sql", "-- Up Migration\n" + a + "-- Down Migration\ndrop table a;\n"}},
         {{"1700000000002_b.sql", "-- Up Migration\n" + b + "-- Down Migration\ndrop table b;\n"}}},
        {"sqitch",
         {{"sqitch.plan", plan + change("a")}, {"deploy/a.sql", "BEGIN;\n" + a + "COMMIT;\n"}},
         {{"sqitch.plan", plan + change("a") + change("b")},
          {"deploy/b.sql", "BEGIN;\n" + b + "COMMIT;\n"}}},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.layout) {
            MigrationSite site;
            auto const probe = "migrations:" + row.layout + ":" + site.dir.string();
            auto const env = at(site.db.conninfo());
            auto const add = [&](Files const& files) {
                for (auto const& [name, content] : files) {
                    site.add(name, content);
                }
            };
            add(row.first);
            auto const before = look({probe}, env);
            BOOST_TEST(before.code == 1, before.all());
            BOOST_TEST(has(check(before, "migrations"), "failed 1 pending: "), before.all());
            auto const applied = site.run({"--layout", row.layout});
            BOOST_TEST(applied.code == 0, applied.all());
            auto const after = look({probe}, env);
            BOOST_TEST(after.code == 0, after.all());
            BOOST_TEST(
                check(after, "migrations") == "passed 1 migration applied (" + row.layout + ")");
            add(row.second);
            auto const more = look({probe}, env);
            BOOST_TEST(more.code == 1, more.all());
            BOOST_TEST(has(check(more, "migrations"), "failed 1 pending: "), more.all());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_failed_and_an_edited_migration_are_named) {
    MigrationSite site;
    auto const probe = "migrations:" + site.dir.string();
    auto const env = at(site.db.conninfo());
    site.add("001_a.sql", "create table a (x int);\n");
    site.add("002_b.sql", "create table b (x int);\ninsert into b values (1), (1);\n");
    site.add("003_c.sql", "create unique index concurrently b_x on b (x);\n");
    BOOST_TEST(site.run().code == 1);
    auto const failed = look({probe}, env);
    BOOST_TEST(failed.code == 1, failed.all());
    BOOST_TEST(has(check(failed, "migrations"), "failed 1 failed: 003"), failed.all());
    site.add("001_a.sql", "create table a (x bigint);\n");
    auto const edited = look({probe}, env);
    BOOST_TEST(
        has(check(edited, "migrations"), "1 edited since it was applied: 001"), edited.all());
}

BOOST_AUTO_TEST_SUITE_END()
