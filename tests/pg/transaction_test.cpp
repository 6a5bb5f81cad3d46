// SPDX-License-Identifier: Apache-2.0
#include "pg/transaction.hpp"

#include "pg/sqlstate.hpp"
#include "support/cutting_proxy.hpp"
#include "support/database.hpp"
#include "support/errors.hpp"

#include <thread>

#include <boost/test/unit_test.hpp>

using namespace slipway;
using namespace std::chrono_literals;
using support::error_of;

namespace pg_transaction {

namespace {

struct Table {
    Table() { db.exec("create table t (a int unique deferrable initially deferred)"); }
    [[nodiscard]] std::int64_t rows() {
        return database.connect().exec("select count(*) from t").one_value<std::int64_t>();
    }
    support::Database database;
    pg::Connection db = database.connect();
};

Error commit_through(support::Cut cut, Table const& table) {
    auto const target = table.database.conninfo();
    support::CuttingProxy const proxy{std::stoi(target.port()), "commit", cut};
    auto db = pg::Connection::open(target.with("port", std::to_string(proxy.port())));
    pg::Transaction tx{db};
    tx.exec("insert into t values (1)");
    return error_of([&] { tx.commit(); });
}

} // namespace

} // namespace pg_transaction

BOOST_FIXTURE_TEST_SUITE(pg_transaction, pg_transaction::Table)

BOOST_AUTO_TEST_CASE(a_commit_keeps_and_a_destructor_undoes) {
    {
        pg::Transaction tx{db};
        tx.exec("insert into t values ($1)", {1});
        tx.commit();
    }
    {
        pg::Transaction tx{db};
        tx.exec("insert into t values (2)");
    }
    {
        pg::Transaction tx{db, "begin isolation level serializable"};
        BOOST_TEST(
            db.exec("show transaction_isolation").one_value<std::string>() == "serializable");
        tx.rollback();
        tx.rollback();
    }
    BOOST_TEST(rows() == 1);
    BOOST_TEST((db.transaction_status() == pg::TransactionStatus::idle));
}

BOOST_AUTO_TEST_CASE(a_commit_of_an_aborted_transaction_is_failed_and_never_silently_ok) {
    pg::Transaction tx{db};
    tx.exec("insert into t values (1)");
    BOOST_TEST((error_of([&] { tx.exec("boom"); }).kind() == ErrorKind::failed));
    BOOST_TEST((db.transaction_status() == pg::TransactionStatus::aborted));
    auto const error = error_of([&] { tx.commit(); });
    BOOST_TEST((error.kind() == ErrorKind::failed));
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_constraint_that_fails_at_the_commit_is_failed) {
    pg::Transaction tx{db};
    tx.exec("insert into t values (1), (1)");
    auto const error = error_of<pg::ServerError>([&] { tx.commit(); });
    BOOST_TEST((error.kind() == ErrorKind::failed));
    BOOST_TEST(error.sqlstate() == pg::sqlstate::unique_violation);
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_commit_and_a_transaction_inside_of_another_are_internal) {
    pg::Transaction tx{db};
    BOOST_TEST((error_of([&] { pg::Transaction inner{db}; }).kind() == ErrorKind::internal));
    tx.commit();
    BOOST_TEST((error_of([&] { tx.commit(); }).kind() == ErrorKind::internal));
    BOOST_TEST((error_of([&] { tx.exec("select 1"); }).kind() == ErrorKind::internal));
}

BOOST_AUTO_TEST_CASE(a_link_cut_before_the_server_sees_the_commit_is_in_doubt) {
    auto const error = commit_through(support::Cut::before_the_server_sees_it, *this);
    BOOST_TEST((error.kind() == ErrorKind::in_doubt));
    BOOST_TEST(!error.hint().empty());
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_link_cut_after_the_server_committed_is_in_doubt) {
    auto const error = commit_through(support::Cut::after_the_server_answers, *this);
    BOOST_TEST((error.kind() == ErrorKind::in_doubt));
    BOOST_TEST(rows() == 1);
}

BOOST_AUTO_TEST_CASE(a_session_that_was_gone_before_the_commit_is_unavailable_not_in_doubt) {
    pg::Transaction tx{db};
    tx.exec("insert into t values (1)");
    auto other = database.connect();
    other.exec("select pg_terminate_backend($1, 5000)", {db.backend_pid()});
    auto const error = error_of([&] { tx.commit(); });
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_commit_cancelled_by_the_deadline_is_a_timeout_and_rolled_back) {
    db.script("create function slow() returns trigger language plpgsql as "
              "'begin perform pg_sleep(60); return null; end';"
              "create constraint trigger slow after insert on t deferrable initially deferred "
              "for each row execute function slow()");
    db.set_limits(time::Deadline::after(300ms));
    pg::Transaction tx{db};
    tx.exec("insert into t values (1)");
    BOOST_TEST((error_of([&] { tx.commit(); }).kind() == ErrorKind::timeout));
    BOOST_TEST(rows() == 0);
    BOOST_TEST(db.is_open());
}

BOOST_AUTO_TEST_CASE(a_stop_in_a_transaction_still_rolls_back_and_frees_its_locks) {
    std::stop_source source;
    db.set_limits(time::Deadline::never(), source.get_token());
    {
        pg::Transaction tx{db};
        tx.exec("lock table t");
        source.request_stop();
        BOOST_TEST((error_of([&] { tx.exec("select 1"); }).kind() == ErrorKind::interrupted));
    }
    BOOST_TEST(db.is_open());
    auto const locks = database.connect().exec("select count(*) from pg_locks where relation = "
                                               "'t'::regclass and mode = 'AccessExclusiveLock'");
    BOOST_TEST(locks.one_value<std::int64_t>() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
