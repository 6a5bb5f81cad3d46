// SPDX-License-Identifier: Apache-2.0
#include "pg/connection.hpp"

#include "pg/sqlstate.hpp"
#include "support/database.hpp"
#include "support/errors.hpp"

#include <csignal>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(pg_connection)

using namespace slipway;
using namespace std::chrono_literals;
using support::error_of;
using support::time_of;

BOOST_AUTO_TEST_CASE(parameters_go_and_come_back_as_they_were) {
    support::Database const database;
    auto db = database.connect();
    std::vector<std::string> const words{"a", "b,c", "q\"\\"};
    auto const row = db.exec(
                           "select $1::text, $2::bigint, $3::float8, $4::bool, $5::text, "
                           "cardinality($6::text[]), ($6::text[])[3]",
                           {"it's ünïcode", 1 << 30, 0.1, true, nullptr, pg::text_array(words)})
                         .one_row();
    BOOST_TEST(row.get<std::string>(0) == "it's ünïcode");
    BOOST_TEST(row.get<std::int64_t>(1) == 1 << 30);
    BOOST_TEST(row.get<double>(2) == 0.1);
    BOOST_TEST(row.get<bool>(3));
    BOOST_TEST(row.is_null(4));
    BOOST_TEST(row.get<std::int32_t>(5) == 3);
    BOOST_TEST(row.get<std::string>(6) == "q\"\\");
}

BOOST_AUTO_TEST_CASE(the_session_is_utf8_and_named) {
    support::Database const database;
    auto db = database.connect({.application_name = "slipway/" + std::string(100, 'x')});
    BOOST_TEST(db.parameter("client_encoding") == "UTF8");
    BOOST_TEST(db.parameter("nonsense").empty());
    auto const name = db.exec("show application_name").one_value<std::string>();
    BOOST_TEST(name == "slipway/" + std::string(55, 'x'));
    BOOST_TEST(db.backend_pid() == db.exec("select pg_backend_pid()").one_value<std::int32_t>());
    BOOST_TEST(db.server_version() >= 130000);
    BOOST_TEST(db.target().database() == database.name());
}

BOOST_AUTO_TEST_CASE(a_server_error_has_all_its_fields_and_leaves_the_session_usable) {
    support::Database const database;
    auto db = database.connect();
    db.exec("create table t (id int constraint t_pk primary key)");
    db.exec("insert into t values (1)");
    auto const error =
        error_of<pg::ServerError>([&] { db.exec("insert into t values ($1)", {1}); });
    BOOST_TEST((error.kind() == ErrorKind::failed));
    BOOST_TEST(error.sqlstate() == pg::sqlstate::unique_violation);
    BOOST_TEST(error.server().severity == "ERROR");
    BOOST_TEST(error.server().table == "t");
    BOOST_TEST(error.server().constraint == "t_pk");
    BOOST_TEST(error.server().detail.find("(1)") != std::string::npos);
    auto const syntax = error_of<pg::ServerError>([&] { db.exec("select *  frm t"); });
    BOOST_TEST(syntax.server().statement_position == 11);
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(a_lack_of_privilege_is_a_usage_error_that_names_grant) {
    support::Database const database;
    auto db = database.connect();
    std::string const role = "r_" + database.name();
    db.exec("create table secrets (a int)");
    db.exec("create role " + role);
    db.exec("set role " + role);
    auto const error = error_of([&] { db.exec("select * from secrets"); });
    db.exec("reset role");
    db.exec("drop role " + role);
    BOOST_TEST((error.kind() == ErrorKind::usage));
    BOOST_TEST(error.hint().find("GRANT") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_lock_timeout_is_refused) {
    support::Database const database;
    auto holder = database.connect();
    auto db = database.connect();
    holder.exec("create table t (a int)");
    holder.script("begin; lock table t");
    db.exec("set lock_timeout = '50ms'");
    auto const error = error_of([&] { db.exec("select * from t"); });
    BOOST_TEST((error.kind() == ErrorKind::refused));
    BOOST_TEST(error.sqlstate() == pg::sqlstate::lock_not_available);
}

BOOST_AUTO_TEST_CASE(a_deadline_cancels_on_the_server_and_the_connection_remains_usable) {
    support::Database const database;
    auto db = database.connect();
    auto watcher = database.connect();
    auto const took = time_of([&] {
        auto const error =
            error_of([&] { db.exec("select pg_sleep(60)", {}, time::Deadline::after(200ms)); });
        BOOST_TEST((error.kind() == ErrorKind::timeout));
        BOOST_TEST(error.sqlstate() == pg::sqlstate::query_canceled);
    });
    BOOST_TEST(took.count() >= 200);
    BOOST_TEST(took.count() < 1200);
    auto const state =
        watcher.exec("select state from pg_stat_activity where pid = $1", {db.backend_pid()});
    BOOST_TEST(state.one_value<std::string>() == "idle");
    BOOST_TEST(db.exec("select 7").one_value<std::int32_t>() == 7);
}

BOOST_AUTO_TEST_CASE(the_connections_own_deadline_bounds_every_call) {
    support::Database const database;
    auto db = database.connect({.deadline = time::Deadline::after(300ms)});
    auto const error = error_of([&] { db.exec("select pg_sleep(60)"); });
    BOOST_TEST((error.kind() == ErrorKind::timeout));
    BOOST_TEST((error_of([&] { db.exec("select 1"); }).kind() == ErrorKind::timeout));
    db.set_limits(time::Deadline::never());
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_cancels_within_a_second_and_the_connection_remains_usable) {
    support::Database const database;
    std::stop_source source;
    auto db = database.connect({.stop = source.get_token()});
    std::thread stopper{[&] {
        std::this_thread::sleep_for(200ms);
        source.request_stop();
    }};
    auto const took = time_of([&] {
        auto const error = error_of([&] { db.exec("select pg_sleep(60)"); });
        BOOST_TEST((error.kind() == ErrorKind::interrupted));
    });
    stopper.join();
    BOOST_TEST(took.count() < 1200);
    BOOST_TEST((error_of([&] { db.exec("select 1"); }).kind() == ErrorKind::interrupted));
    db.set_limits(time::Deadline::never());
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(
    a_deadline_that_strikes_before_the_server_reads_the_statement_ends_it_all_the_same) {
    support::Database const database;
    auto db = database.connect();
    auto const pid = db.exec("select pg_backend_pid()").one_value<std::int32_t>();
    BOOST_REQUIRE(::kill(pid, SIGSTOP) == 0);
    std::jthread const waker{[pid] {
        std::this_thread::sleep_for(50ms);
        ::kill(pid, SIGCONT);
    }};
    auto const error =
        error_of([&] { db.exec("select pg_sleep(60)", {}, time::Deadline::after(5ms)); });
    BOOST_TEST((error.kind() == ErrorKind::timeout));
    BOOST_TEST(db.is_open());
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(a_server_process_that_does_not_even_cancel_is_given_up_after_seconds) {
    support::Database const database;
    auto db = database.connect();
    int const pid = db.backend_pid();
    std::thread freezer{[&] {
        std::this_thread::sleep_for(100ms);
        ::kill(pid, SIGSTOP);
    }};
    auto const took = time_of([&] {
        auto const error =
            error_of([&] { db.exec("select pg_sleep(60)", {}, time::Deadline::after(300ms)); });
        BOOST_TEST((error.kind() == ErrorKind::timeout));
    });
    freezer.join();
    ::kill(pid, SIGCONT);
    BOOST_TEST(took.count() < 8000);
    BOOST_TEST(!db.is_open());
    BOOST_TEST((error_of([&] { db.exec("select 1"); }).kind() == ErrorKind::unavailable));
}

BOOST_AUTO_TEST_CASE(a_session_that_is_terminated_is_unavailable_with_its_sqlstate) {
    support::Database const database;
    auto db = database.connect();
    auto other = database.connect();
    std::thread killer{[&] {
        std::this_thread::sleep_for(100ms);
        other.exec("select pg_terminate_backend($1)", {db.backend_pid()});
    }};
    auto const error = error_of([&] { db.exec("select pg_sleep(60)"); });
    killer.join();
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
    BOOST_TEST(error.sqlstate() == pg::sqlstate::admin_shutdown);
    BOOST_TEST(!db.is_open());
}

BOOST_AUTO_TEST_CASE(a_script_hands_over_each_result_and_stops_at_the_first_error) {
    support::Database const database;
    auto db = database.connect();
    std::vector<std::string> tags;
    auto const error = error_of<pg::ServerError>([&] {
        db.script(
            "create table t (a int); insert into t values (1), (2);\nselect boom; drop table t",
            [&](pg::Result&& result) { tags.push_back(result.command_tag()); });
    });
    BOOST_TEST(tags == (std::vector<std::string>{"CREATE TABLE", "INSERT 0 2"}));
    BOOST_TEST(error.sqlstate() == pg::sqlstate::undefined_column);
    BOOST_TEST(error.server().statement_position == 63);
    BOOST_TEST(db.exec("select to_regclass('t') is null").one_value<bool>());
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_leaves_the_connection_usable) {
    support::Database const database;
    auto db = database.connect();
    // The server sends the end of the first result with the bytes of the second.
    auto const took = time_of([&] {
        BOOST_CHECK_THROW(
            db.script(
                "select 1; select repeat('flushes', 10000); select pg_sleep(60)",
                [](pg::Result&&) { throw std::runtime_error{"x"}; }),
            std::runtime_error);
    });
    BOOST_TEST(took.count() < 3000);
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(notices_reach_their_receiver) {
    support::Database const database;
    auto db = database.connect();
    std::vector<pg::Notice> notices;
    db.on_notice([&](pg::Notice const& notice) { notices.push_back(notice); });
    db.exec("do $$ begin raise warning 'careful' using errcode = '01234'; end $$");
    BOOST_REQUIRE(notices.size() == 1);
    BOOST_TEST(notices[0].severity == "WARNING");
    BOOST_TEST(notices[0].message == "careful");
    BOOST_TEST(notices[0].sqlstate == "01234");
    db.on_notice([](pg::Notice const&) { throw std::runtime_error{"from a receiver"}; });
    db.exec("drop table if exists nothing");
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(a_copy_through_exec_is_refused_or_ignored_and_nothing_hangs) {
    support::Database const database;
    auto db = database.connect();
    db.exec("create table t (a int)");
    auto const error = error_of([&] { db.exec("copy t from stdin"); });
    BOOST_TEST((error.kind() == ErrorKind::failed));
    BOOST_TEST(db.exec("copy (select generate_series(1, 3)) to stdout").affected() == 3);
    BOOST_TEST(db.exec("select count(*) from t").one_value<std::int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(a_zero_byte_in_a_statement_or_value_is_refused_before_sending) {
    support::Database const database;
    auto db = database.connect();
    using namespace std::string_literals;
    BOOST_TEST((error_of([&] { db.exec("select 1\0"s); }).kind() == ErrorKind::usage));
    BOOST_TEST((error_of([&] { db.exec("select $1", {"a\0b"s}); }).kind() == ErrorKind::usage));
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(a_direct_connection_does_not_look_pooled) {
    support::Database const database;
    auto db = database.connect();
    BOOST_TEST(!db.looks_pooled());
}

BOOST_AUTO_TEST_CASE(a_moved_connection_lives_on_and_a_closed_one_ends_its_session) {
    support::Database const database;
    auto first = database.connect();
    int const pid = first.backend_pid();
    auto db = std::move(first);
    BOOST_TEST(db.exec("select pg_backend_pid()").one_value<std::int32_t>() == pid);
    BOOST_TEST((db.transaction_status() == pg::TransactionStatus::idle));
    db.close();
    BOOST_TEST(!db.is_open());
    BOOST_TEST((db.transaction_status() == pg::TransactionStatus::unknown));
}

BOOST_AUTO_TEST_SUITE_END()
