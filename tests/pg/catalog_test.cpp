// SPDX-License-Identifier: Apache-2.0
#include "catalog/activity.hpp"
#include "catalog/identity.hpp"
#include "catalog/tables.hpp"
#include "cluster/cluster.hpp"
#include "pg/connection.hpp"
#include "support/database.hpp"

#include <algorithm>
#include <thread>

#include <boost/test/unit_test.hpp>

using namespace slipway;
using namespace std::chrono_literals;

namespace catalog_catalog {

namespace {

struct Session {
    support::Database database;
    pg::Connection db = database.connect({.application_name = "slipway/test/1"});

    // A role that may do little; gone before the database is, whose objects it may name.
    std::string guest() {
        std::string const role = "guest_" + database.name();
        db.exec("create role " + role);
        return role;
    }
};

} // namespace

} // namespace catalog_catalog

BOOST_FIXTURE_TEST_SUITE(catalog_catalog, catalog_catalog::Session)

BOOST_AUTO_TEST_CASE(identity_names_server_and_database) {
    auto const found = catalog::identity(db);
    BOOST_TEST(found.database == database.name());
    BOOST_TEST(found.oid > 0);
    BOOST_TEST(found.system_identifier.size() >= 18);
    BOOST_TEST(found.server_version_num == db.server_version());
    BOOST_TEST(found.server_version.find(' ') == std::string::npos);
    BOOST_TEST(!found.is_in_recovery);
}

BOOST_AUTO_TEST_CASE(identity_does_without_a_right_that_managed_servers_withhold) {
    db.exec("revoke execute on function pg_control_system() from public");
    std::string const role = guest();
    db.exec("set role " + role);
    auto const found = catalog::identity(db);
    db.exec("reset role");
    db.exec("drop role " + role);
    BOOST_TEST(found.system_identifier.empty());
    BOOST_TEST(found.database == database.name());
}

BOOST_AUTO_TEST_CASE(tables_are_listed_with_size_and_estimate_and_counted_exactly) {
    db.script("create schema \"od d\"; create table \"od d\".\"T\" (a int);"
              "insert into \"od d\".\"T\" select generate_series(1, 1000);"
              "create table parted (a int) partition by range (a);"
              "create table part_1 partition of parted for values from (0) to (100);"
              "insert into parted select generate_series(0, 99);");
    db.exec("analyze");
    auto const tables = catalog::tables(db);
    BOOST_REQUIRE(tables.size() == 2);
    BOOST_TEST(tables[0].schema == "od d");
    BOOST_TEST(tables[0].name == "T");
    BOOST_TEST(tables[0].bytes > 30'000);
    BOOST_TEST(tables[0].estimated_rows == 1000);
    BOOST_TEST(tables[1].name == "parted");
    BOOST_TEST(tables[1].estimated_rows == 100);
    BOOST_TEST(tables[1].bytes >= 8192);
    auto const rows = catalog::exact_rows(db, {{"od d", "T"}, {"public", "parted"}});
    BOOST_TEST(rows == (std::vector<std::int64_t>{1000, 100}));
    BOOST_TEST(catalog::size(db) > 5'000'000);
}

BOOST_AUTO_TEST_CASE(columns_and_existence_are_told) {
    db.exec("create table t (a bigint primary key, \"B\" varchar(20) default 'x', gone int)");
    db.exec("alter table t drop column gone");
    auto const columns = catalog::columns(db, "public", "t");
    BOOST_REQUIRE(columns.size() == 2);
    BOOST_TEST(columns[0].name == "a");
    BOOST_TEST(columns[0].type == "bigint");
    BOOST_TEST(!columns[0].nullable);
    BOOST_TEST(!columns[0].default_expression.has_value());
    BOOST_TEST(columns[1].type == "character varying(20)");
    BOOST_TEST(columns[1].default_expression.value() == "'x'::character varying");
    BOOST_TEST(catalog::columns(db, "public", "nothing").empty());
    BOOST_TEST(catalog::relation_exists(db, "public.t"));
    BOOST_TEST(catalog::relation_exists(db, "t"));
    BOOST_TEST(!catalog::relation_exists(db, "public.nothing"));
    BOOST_TEST(!catalog::relation_exists(db, "no_schema.t"));
}

BOOST_AUTO_TEST_CASE(leftovers_of_failed_migrations_are_found) {
    db.exec("create table t (a int)");
    db.exec("insert into t values (1), (1)");
    BOOST_CHECK_THROW(db.exec("create unique index concurrently t_a on t (a)"), Error);
    db.exec("alter table t add constraint positive check (a > 0) not valid");
    auto const indexes = catalog::invalid_indexes(db);
    BOOST_REQUIRE(indexes.size() == 1);
    BOOST_TEST(indexes[0].name == "t_a");
    BOOST_TEST(indexes[0].table == "t");
    BOOST_TEST(!indexes[0].being_built);
    auto const constraints = catalog::unvalidated_constraints(db);
    BOOST_REQUIRE(constraints.size() == 1);
    BOOST_TEST(constraints[0].name == "positive");
    BOOST_TEST(constraints[0].definition == "CHECK ((a > 0)) NOT VALID");
}

BOOST_AUTO_TEST_CASE(privileges_that_are_missing_are_named) {
    db.exec("create table open_one (a int)");
    db.exec("create table closed_one (a int)");
    std::string const role = guest();
    db.exec("grant select on open_one to " + role);
    db.exec("set role " + role);
    bool const may_create = catalog::has_database_privilege(db, "create");
    bool const may_connect = catalog::has_database_privilege(db, "connect");
    bool const may_create_databases = catalog::may_create_databases(db);
    auto const missing = catalog::missing_table_privileges(db, {"select", "insert"});
    db.exec("reset role");
    bool const owner_may_create = catalog::has_database_privilege(db, "create");
    db.exec("drop owned by " + role);
    db.exec("drop role " + role);
    BOOST_TEST(!may_create);
    BOOST_TEST(may_connect);
    BOOST_TEST(!may_create_databases);
    BOOST_TEST(owner_may_create);
    BOOST_TEST(catalog::may_create_databases(db));
    BOOST_REQUIRE(missing.size() == 3);
    BOOST_TEST(missing[0].name == "closed_one");
    BOOST_TEST(missing[0].privilege == "select");
    BOOST_TEST(missing[1].privilege == "insert");
    BOOST_TEST(missing[2].name == "open_one");
}

BOOST_AUTO_TEST_CASE(extensions_are_listed) {
    auto const found = catalog::extensions(db);
    BOOST_REQUIRE(found.size() == 1);
    BOOST_TEST(found[0].name == "plpgsql");
    BOOST_TEST(found[0].schema == "pg_catalog");
    BOOST_TEST(!found[0].version.empty());
}

BOOST_AUTO_TEST_CASE(activity_counts_others_by_state) {
    // A server of its own: on the shared one other tests come and go.
    auto const server = cluster::Cluster::start({});
    auto own = pg::Connection::open(server.conninfo("postgres"));
    auto const before = catalog::activity(own);
    auto other = pg::Connection::open(server.conninfo("postgres"));
    other.script("begin; select 1");
    auto const after = catalog::activity(own);
    BOOST_TEST(after.connections == before.connections + 1);
    BOOST_TEST(after.idle_in_transaction == before.idle_in_transaction + 1);
    BOOST_TEST(after.max_connections == 97);
    BOOST_TEST(after.complete);
}

BOOST_AUTO_TEST_CASE(a_role_that_may_not_look_still_counts_the_others_and_says_that_it_is_blind) {
    auto const server = cluster::Cluster::start({});
    auto other = pg::Connection::open(server.conninfo("postgres"));
    other.exec("create role guest login");
    auto guest = pg::Connection::open(server.conninfo("postgres").with("user", "guest"));
    auto const seen = catalog::activity(guest);
    BOOST_TEST(seen.connections == 1);
    BOOST_TEST(!seen.complete);
}

BOOST_AUTO_TEST_CASE(blockers_tell_who_waits_for_whom_on_what) {
    db.exec("create table users (a int)");
    BOOST_TEST(catalog::blockers(db).empty());
    auto holder = database.connect({.application_name = "holder"});
    auto waiter = database.connect({.application_name = "waiter"});
    holder.script("begin; lock table users in access exclusive mode");
    int const waiting = waiter.backend_pid();
    std::thread wait{[&] {
        waiter.exec("select count(*) from users", {});
    }};
    std::vector<catalog::Blocked> found;
    auto const deadline = time::Deadline::after(5s);
    while ((found.empty() || found[0].waited_ms < 100) && !deadline.expired()) {
        found = catalog::blockers(db, waiting);
    }
    auto const others = catalog::blockers(db, db.backend_pid());
    auto const oldest = catalog::oldest_transaction(db);
    holder.exec("rollback");
    wait.join();
    BOOST_REQUIRE(found.size() == 1);
    BOOST_TEST(found[0].pid == waiting);
    BOOST_TEST(found[0].blocked_by == (std::vector<std::int32_t>{holder.backend_pid()}));
    BOOST_TEST(found[0].relation == "public.users");
    BOOST_TEST(found[0].lock_mode == "AccessShareLock");
    BOOST_TEST(found[0].query == "select count(*) from users");
    BOOST_TEST(found[0].application_name == "waiter");
    BOOST_TEST(found[0].waited_ms >= 100);
    BOOST_TEST(others.empty());
    BOOST_REQUIRE(oldest.has_value());
    BOOST_TEST(oldest->pid == holder.backend_pid());
    BOOST_TEST(oldest->state == "idle in transaction");
    BOOST_TEST(oldest->age.count() >= 100);
}

BOOST_AUTO_TEST_CASE(the_oldest_transaction_is_zero_where_there_is_none) {
    BOOST_TEST(catalog::oldest_transaction_age(db).count() == 0);
    auto other = database.connect();
    other.script("begin; select pg_sleep(0.05)");
    BOOST_TEST(catalog::oldest_transaction_age(db).count() >= 50);
}

BOOST_AUTO_TEST_SUITE_END()
