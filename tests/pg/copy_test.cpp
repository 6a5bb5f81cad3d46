// SPDX-License-Identifier: Apache-2.0
#include "pg/copy.hpp"

#include "hash/digest.hpp"
#include "pg/sqlstate.hpp"
#include "support/cutting_proxy.hpp"
#include "support/database.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

using namespace slipway;
using namespace std::chrono_literals;
using support::error_of;
using support::time_of;

namespace pg_copy {

namespace {

struct Session {
    Session() { db.exec("create table t (id int primary key, body text)"); }
    support::Database database;
    pg::Connection db = database.connect();

    std::int64_t rows() { return db.exec("select count(*) from t").one_value<std::int64_t>(); }
};

} // namespace

} // namespace pg_copy

BOOST_FIXTURE_TEST_SUITE(pg_copy, pg_copy::Session)

BOOST_AUTO_TEST_CASE(ten_megabytes_go_in_and_come_out_the_same) {
    std::string const body =
        pg::copy_field("tab\there, line\nthere, back\\slash " + std::string(980, 'x'));
    hash::Digest sent{hash::Algorithm::sha256};
    constexpr int count = 10'000;
    {
        pg::CopyIn copy{db, "copy t from stdin"};
        for (int i = 0; i < count; ++i) {
            std::string const line = std::to_string(i) + "\t" + body + "\n";
            sent.update(line);
            copy.write(line);
        }
        BOOST_TEST(copy.finish() == count);
    }
    hash::Digest received{hash::Algorithm::sha256};
    std::size_t bytes = 0;
    pg::CopyOut copy{db, "copy (select * from t order by id) to stdout"};
    std::string chunk;
    while (copy.read(chunk)) {
        received.update(chunk);
        bytes += chunk.size();
    }
    BOOST_TEST(bytes > 10'000'000);
    BOOST_TEST(copy.rows() == count);
    BOOST_TEST(received.hex() == sent.hex());
    BOOST_TEST(db.exec("select body from t where id = 7")
                   .one_value<std::string>()
                   .starts_with("tab\there, line\nthere, back\\slash x"));
}

BOOST_AUTO_TEST_CASE(a_bad_row_is_told_with_its_line_and_nothing_stays) {
    pg::CopyIn copy{db, "copy t from stdin"};
    copy.write("1\ta\n2\tb\nx\tc\n");
    auto const error = error_of<pg::ServerError>([&] { copy.finish(); });
    BOOST_TEST(error.sqlstate() == "22P02");
    BOOST_TEST(error.server().context.find("line 3") != std::string::npos);
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_copy_that_is_not_finished_is_aborted) {
    {
        pg::CopyIn copy{db, "copy t from stdin"};
        copy.write("1\ta\n");
    }
    BOOST_TEST(db.is_open());
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_copy_that_is_not_read_to_its_end_is_cancelled) {
    auto const took = time_of([&] {
        pg::CopyOut copy{
            db, "copy (select repeat('x', 1000), generate_series(1, 100000000)) to stdout"};
        std::string chunk;
        BOOST_TEST(copy.read(chunk));
        BOOST_TEST(chunk.size() >= 1000);
    });
    BOOST_TEST(took.count() < 3000);
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(an_error_in_the_middle_of_a_copy_out_is_thrown_after_the_rows_before_it) {
    pg::CopyOut copy{
        db, "copy (select 1000 / (500 - i) from generate_series(1, 1000) i) to stdout"};
    std::string chunk;
    std::string all;
    auto const error = error_of<pg::ServerError>([&] {
        while (copy.read(chunk)) {
            all += chunk;
        }
    });
    BOOST_TEST(error.sqlstate() == "22012");
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(statements_that_are_no_copy_of_the_direction_are_internal) {
    BOOST_TEST((error_of([&] { pg::CopyOut{db, "select 1"}; }).kind() == ErrorKind::internal));
    BOOST_TEST((error_of([&] {
                    pg::CopyIn{db, "copy t to stdout"};
                }).kind() == ErrorKind::internal));
    BOOST_TEST((error_of([&] {
                    pg::CopyOut{db, "copy t from stdin"};
                }).kind() == ErrorKind::failed));
    auto const missing = error_of([&] { pg::CopyIn{db, "copy nothing from stdin"}; });
    BOOST_TEST(missing.sqlstate() == pg::sqlstate::undefined_table);
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(other_commands_meanwhile_are_internal) {
    pg::CopyIn copy{db, "copy t from stdin"};
    BOOST_TEST((error_of([&] { db.exec("select 1"); }).kind() == ErrorKind::internal));
    copy.write("5\tx\n");
    BOOST_TEST(copy.finish() == 1);
    BOOST_TEST((error_of([&] { copy.write("6\tx\n"); }).kind() == ErrorKind::internal));
    BOOST_TEST((error_of([&] { copy.finish(); }).kind() == ErrorKind::internal));
}

BOOST_AUTO_TEST_CASE(a_deadline_ends_a_copy_that_waits_for_a_lock) {
    auto holder = database.connect();
    holder.script("begin; lock table t");
    auto const error = error_of([&] {
        pg::CopyIn const copy{db, "copy t from stdin", time::Deadline::after(200ms)};
    });
    BOOST_TEST((error.kind() == ErrorKind::timeout));
    holder.exec("rollback");
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_deadline_ends_a_copy_out_that_sends_nothing) {
    pg::CopyOut copy{
        db,
        "copy (select repeat('x', 9000), case i when 2 then pg_sleep(60) end from "
        "generate_series(1, 2) i) to stdout",
        time::Deadline::after(400ms)};
    std::string chunk;
    auto const error = error_of([&] {
        while (copy.read(chunk)) {
        }
    });
    BOOST_TEST((error.kind() == ErrorKind::timeout));
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_connection_cut_in_the_middle_of_a_row_is_unavailable) {
    auto const direct = database.conninfo();
    support::CuttingProxy const proxy{
        std::stoi(direct.port()), "copy (select repeat", support::Cut::within_the_answer};
    auto cut = pg::Connection::open(direct.with("port", std::to_string(proxy.port())));
    pg::CopyOut copy{
        cut, "copy (select repeat('x', 1000000) from generate_series(1, 9)) to stdout"};
    std::string chunk;
    auto const error = error_of([&] {
        while (copy.read(chunk)) {
        }
    });
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
    BOOST_TEST(proxy.has_cut());
}

BOOST_AUTO_TEST_CASE(a_session_terminated_in_a_copy_is_unavailable) {
    pg::CopyIn copy{db, "copy t from stdin"};
    database.connect().exec("select pg_terminate_backend($1, 5000)", {db.backend_pid()});
    auto const error = error_of([&] {
        std::string const line = "1\t" + std::string(100'000, 'x') + "\n";
        for (int i = 0; i < 1000; ++i) {
            copy.write(line);
        }
        copy.finish();
    });
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
