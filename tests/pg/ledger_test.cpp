// SPDX-License-Identifier: Apache-2.0
#include "ledger/schema.hpp"
#include "pg/transaction.hpp"
#include "support/database.hpp"
#include "support/errors.hpp"

#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace slipway;
using support::error_of;

namespace ledger_schema {

namespace {

constexpr std::string_view create_notes =
    "create table if not exists slipway.notes (id bigint primary key, note text)";

struct Session {
    support::Database database;
    pg::Connection db = database.connect();
};

} // namespace

} // namespace ledger_schema

BOOST_FIXTURE_TEST_SUITE(ledger_schema, ledger_schema::Session)

BOOST_AUTO_TEST_CASE(a_table_is_made_once_and_keeps_its_rows) {
    ledger::ensure_table(db, "notes", create_notes);
    db.exec("insert into slipway.notes values (1, 'kept')");
    ledger::ensure_table(db, "notes", create_notes);
    BOOST_TEST(db.exec("select note from slipway.notes").one_value<std::string>() == "kept");
}

BOOST_AUTO_TEST_CASE(many_sessions_make_it_at_once_and_none_fails) {
    std::vector<pg::Connection> sessions;
    for (int i = 0; i < 8; ++i) {
        sessions.push_back(database.connect());
    }
    for (int round = 0; round < 20; ++round) {
        db.exec("drop schema if exists slipway cascade");
        {
            std::vector<std::jthread> threads;
            for (auto& session : sessions) {
                threads.emplace_back(
                    [&session] { ledger::ensure_table(session, "notes", create_notes); });
            }
        }
        BOOST_TEST(db.exec("select count(*) from slipway.notes").one_value<std::int64_t>() == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_role_without_create_uses_what_is_there_and_is_told_where_it_is_not) {
    db.exec("create role slipway_guest; grant slipway_guest to current_user");
    auto guest = database.connect();
    guest.exec("set role slipway_guest");
    auto const error =
        error_of<pg::ServerError>([&] { ledger::ensure_table(guest, "notes", create_notes); });
    BOOST_TEST(error.sqlstate() == "42501");
    ledger::ensure_table(db, "notes", create_notes);
    db.exec("grant usage on schema slipway to slipway_guest");
    BOOST_CHECK_NO_THROW(ledger::ensure_table(guest, "notes", create_notes));
    db.exec("drop owned by slipway_guest; drop role slipway_guest");
}

BOOST_AUTO_TEST_SUITE_END()
