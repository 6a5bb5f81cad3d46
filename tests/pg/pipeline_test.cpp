// SPDX-License-Identifier: Apache-2.0
#include "pg/pipeline.hpp"

#include "pg/sqlstate.hpp"
#include "pg/transaction.hpp"
#include "support/database.hpp"
#include "support/errors.hpp"

#include <csignal>
#include <thread>

#include <boost/test/unit_test.hpp>

using namespace slipway;
using namespace std::chrono_literals;
using support::error_of;
using support::time_of;

namespace pg_pipeline {

namespace {

struct Session {
    Session() { db.exec("create table t (a int unique)"); }
    support::Database database;
    pg::Connection db = database.connect();

    std::int64_t rows() { return db.exec("select count(*) from t").one_value<std::int64_t>(); }
};

} // namespace

} // namespace pg_pipeline

BOOST_FIXTURE_TEST_SUITE(pg_pipeline, pg_pipeline::Session)

BOOST_AUTO_TEST_CASE(results_come_in_the_order_of_sending) {
    pg::Pipeline pipeline{db};
    for (int i = 0; i < 500; ++i) {
        BOOST_TEST(pipeline.send("select $1::int * 2", {i}) == static_cast<std::size_t>(i));
    }
    pipeline.sync();
    for (int i = 0; i < 500; ++i) {
        BOOST_REQUIRE(pipeline.take().one_value<std::int32_t>() == 2 * i);
    }
    BOOST_TEST(pipeline.pending() == 0);
    pipeline.finish();
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(a_result_can_be_taken_before_a_sync) {
    pg::Pipeline pipeline{db};
    pipeline.send("select 1");
    BOOST_TEST(pipeline.take(time::Deadline::after(5s)).one_value<std::int32_t>() == 1);
    pipeline.send("select 2");
    BOOST_TEST(pipeline.take(time::Deadline::after(5s)).one_value<std::int32_t>() == 2);
    pipeline.finish();
}

BOOST_AUTO_TEST_CASE(a_flush_has_results_sent_that_stand_before_it) {
    pg::Pipeline pipeline{db};
    pipeline.send("select 1");
    pipeline.send("select 2");
    pipeline.flush();
    pipeline.send("select pg_sleep(5)");
    BOOST_TEST((time_of([&] {
                    BOOST_TEST(pipeline.take().one_value<std::int32_t>() == 1);
                    BOOST_TEST(pipeline.take().one_value<std::int32_t>() == 2);
                }) < 4s));
}

BOOST_AUTO_TEST_CASE(several_transactions_without_a_sync_end_at_the_first_that_fails) {
    pg::Pipeline pipeline{db};
    for (char const* const value : {"1", "1 / 0", "3"}) {
        pipeline.send("begin");
        pipeline.send(std::string{"insert into t values ("} + value + ")");
        pipeline.send("commit");
    }
    BOOST_TEST((error_of<pg::ServerError>([&] { pipeline.finish(); }).sqlstate() == "22012"));
    db.exec("rollback");
    BOOST_TEST(db.exec("select sum(a) from t").one_value<std::int64_t>() == 1);
}

// The server is ahead of what was taken: a cancellation must meet what it is at.
BOOST_AUTO_TEST_CASE(what_is_given_up_while_the_server_is_ahead_ends_soon) {
    for (int each = 0; each < 10; ++each) {
        auto const taken = time_of([&] {
            pg::Pipeline pipeline{db};
            for (int i = 0; i < 300; ++i) {
                pipeline.send("select 1");
            }
            pipeline.send("select pg_sleep(30)");
            pipeline.send("insert into t values (1)");
            pipeline.flush();
            pipeline.take();
        });
        BOOST_TEST((taken < 4s));
        BOOST_TEST(db.is_open());
        BOOST_TEST(rows() == 0);
    }
}

BOOST_AUTO_TEST_CASE(statements_in_one_round_trip_answer_in_their_order) {
    auto const answers = pg::exec_all(db, {{"select 1"}, {"select $1::int", {2}}});
    BOOST_REQUIRE(answers.size() == 2U);
    BOOST_TEST(answers[1].one_value<std::int32_t>() == 2);
    BOOST_TEST(pg::exec_all(db, {}).empty());
    BOOST_TEST((error_of<pg::ServerError>([&] {
                    pg::exec_all(db, {{"insert into t values (1)"}, {"select 1 / 0"}});
                }).sqlstate() == "22012"));
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(after_an_error_the_rest_is_not_run_up_to_the_next_sync) {
    {
        pg::Pipeline pipeline{db};
        pipeline.send("insert into t values (1)");
        pipeline.send("insert into t values ('x')");
        pipeline.send("insert into t values (2)");
        pipeline.sync();
        pipeline.send("insert into t values (3)");
        pipeline.sync();
        BOOST_TEST(pipeline.take().affected() == 1);
        auto const error = error_of<pg::ServerError>([&] { pipeline.take(); });
        BOOST_TEST(error.sqlstate() == "22P02");
        auto const aborted = error_of([&] { pipeline.take(); });
        BOOST_TEST((aborted.kind() == ErrorKind::failed));
        BOOST_TEST(aborted.message().find("not run") != std::string::npos);
        BOOST_TEST(pipeline.take().affected() == 1);
        pipeline.finish();
    }
    BOOST_TEST(rows() == 1);
}

BOOST_AUTO_TEST_CASE(finish_throws_the_first_error_and_leaves_the_session_usable) {
    pg::Pipeline pipeline{db};
    pipeline.send("insert into t values (1)");
    pipeline.send("insert into t values (1)");
    pipeline.send("select 1");
    auto const error = error_of<pg::ServerError>([&] { pipeline.finish(); });
    BOOST_TEST(error.sqlstate() == pg::sqlstate::unique_violation);
    BOOST_TEST(rows() == 0);
    BOOST_TEST((error_of([&] { pipeline.send("select 1"); }).kind() == ErrorKind::internal));
}

BOOST_AUTO_TEST_CASE(other_commands_meanwhile_and_taking_from_nothing_are_internal) {
    pg::Pipeline pipeline{db};
    BOOST_TEST((error_of([&] { db.exec("select 1"); }).kind() == ErrorKind::internal));
    BOOST_TEST((error_of([&] { pg::Pipeline second{db}; }).kind() == ErrorKind::internal));
    BOOST_TEST((error_of([&] { pipeline.take(); }).kind() == ErrorKind::internal));
}

BOOST_AUTO_TEST_CASE(a_pipeline_left_in_the_middle_is_cancelled_and_the_session_usable) {
    auto const took = time_of([&] {
        pg::Pipeline pipeline{db};
        pipeline.send("select pg_sleep(60)");
        pipeline.sync();
        pipeline.send("select pg_sleep(60)");
        pipeline.send("select pg_sleep(60)");
    });
    BOOST_TEST(took.count() < 3000);
    BOOST_TEST(db.is_open());
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_deadline_ends_the_pipeline_and_the_session_is_usable) {
    pg::Pipeline pipeline{db};
    pipeline.send("select pg_sleep(60)");
    pipeline.sync();
    auto const error = error_of([&] { pipeline.take(time::Deadline::after(200ms)); });
    BOOST_TEST((error.kind() == ErrorKind::timeout));
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_cancellation_that_overtakes_its_statement_is_repeated) {
    auto const pid = db.exec("select pg_backend_pid()").one_value<std::int32_t>();
    // A stopped process finds the request before it reads the statement, and drops it.
    BOOST_REQUIRE(::kill(pid, SIGSTOP) == 0);
    std::jthread const waker{[pid] {
        std::this_thread::sleep_for(50ms);
        ::kill(pid, SIGCONT);
    }};
    {
        pg::Pipeline pipeline{db};
        pipeline.send("select pg_sleep(60)");
    }
    BOOST_TEST(db.is_open());
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(large_statements_and_answers_do_not_block_each_other) {
    std::string const big(1 << 20U, 'x');
    pg::Pipeline pipeline{db};
    for (int i = 0; i < 8; ++i) {
        pipeline.send("select $1 || $1", {big});
    }
    pipeline.sync();
    std::size_t bytes = 0;
    for (int i = 0; i < 8; ++i) {
        bytes += pipeline.take(time::Deadline::after(30s)).text(0, 0).size();
    }
    BOOST_TEST(bytes == 16 * big.size());
    pipeline.finish();
}

BOOST_AUTO_TEST_CASE(a_lost_connection_in_a_pipeline_is_unavailable) {
    auto other = database.connect();
    pg::Pipeline pipeline{db};
    pipeline.send("select pg_terminate_backend(pg_backend_pid())");
    pipeline.send("select 1");
    pipeline.sync();
    auto const error = error_of([&] {
        pipeline.take();
        pipeline.take();
    });
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
}

BOOST_AUTO_TEST_CASE(a_pipeline_runs_inside_of_a_transaction) {
    {
        pg::Transaction tx{db};
        pg::Pipeline pipeline{db};
        pipeline.send("insert into t values (1)");
        BOOST_TEST((error_of([&] { tx.commit(); }).kind() == ErrorKind::internal));
        pipeline.finish();
        tx.commit();
    }
    BOOST_TEST(rows() == 1);
}

BOOST_AUTO_TEST_CASE(a_transaction_may_begin_and_end_on_a_pipeline) {
    {
        pg::Pipeline pipeline{db};
        pg::Transaction transaction{pipeline};
        pipeline.send("insert into t values (1)");
        pipeline.send("commit");
        pipeline.finish();
        BOOST_TEST(transaction.ended_on_pipeline());
    }
    BOOST_TEST(rows() == 1);
    {
        pg::Transaction const later{db}; // nothing is left of the first
    }
}

BOOST_AUTO_TEST_CASE(what_a_pipeline_did_in_a_transaction_without_commit_is_rolled_back) {
    auto const begun = [&](std::string_view statement) {
        std::optional<pg::Transaction> transaction;
        pg::Pipeline pipeline{db};
        transaction.emplace(pipeline);
        pipeline.send("insert into t values (2)");
        pipeline.send(statement);
        pipeline.send("commit");
        pipeline.sync();
        pipeline.take();
        pipeline.take();
        auto const error = error_of<pg::ServerError>([&] { pipeline.take(); });
        pipeline.finish(); // tells of no other error
        BOOST_TEST(!transaction->ended_on_pipeline());
        return error.sqlstate();
    };
    BOOST_TEST(begun("insert into t values (2)") == pg::sqlstate::unique_violation);
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
