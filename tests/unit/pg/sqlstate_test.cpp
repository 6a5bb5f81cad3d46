// SPDX-License-Identifier: Apache-2.0
#include "pg/sqlstate.hpp"

#include "pg/server_error.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(pg_sqlstate)

using namespace slipway;

BOOST_AUTO_TEST_CASE(the_class_decides_the_error_kind) {
    using pg::sqlstate::kind_of;
    for (char const* const code : {"08006", "08001", "57P01", "57P02", "57P03", "53300"}) {
        BOOST_TEST((kind_of(code) == ErrorKind::unavailable), code);
    }
    for (char const* const code : {"28000", "28P01", "3D000", "3F000", "42501"}) {
        BOOST_TEST((kind_of(code) == ErrorKind::usage), code);
    }
    for (char const* const code : {"23505", "42601", "40001", "53100", ""}) {
        BOOST_TEST((kind_of(code) == ErrorKind::failed), code);
    }
    BOOST_TEST((kind_of("57014") == ErrorKind::timeout));
    BOOST_TEST((kind_of("55P03") == ErrorKind::refused));
}

BOOST_AUTO_TEST_CASE(a_server_error_keeps_the_servers_hint_before_ours) {
    pg::ServerMessage message;
    message.sqlstate = "42501";
    message.message = "permission denied for table users";
    message.detail = "some detail";
    pg::ServerError const ours{message};
    BOOST_TEST(ours.message() == "permission denied for table users (some detail)");
    BOOST_TEST(ours.hint().find("GRANT") != std::string::npos);
    BOOST_TEST(ours.sqlstate() == "42501");
    message.hint = "Ask the owner.";
    BOOST_TEST(pg::ServerError{message}.hint() == "Ask the owner.");
}

BOOST_AUTO_TEST_SUITE_END()
