// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"

#include <type_traits>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(error_class)

using namespace slipway;

BOOST_AUTO_TEST_CASE(an_error_holds_what_it_was_given) {
    Error const error{ErrorKind::refused, "lock held", "Wait."};
    BOOST_TEST((error.kind() == ErrorKind::refused));
    BOOST_TEST(error.message() == "lock held");
    BOOST_TEST(error.hint() == "Wait.");
    BOOST_TEST(error.what() == "lock held");
    BOOST_TEST(error.sqlstate().empty());
    BOOST_TEST(!error.where().known());
}

BOOST_AUTO_TEST_CASE(each_with_changes_a_copy_and_one_thing_only) {
    Error const plain{ErrorKind::failed, "syntax error", "Look."};
    Error const full = plain.with_sqlstate("42601").with_where({"a.sql", 3, 7}).with_context("a");
    BOOST_TEST(full.message() == "a: syntax error");
    BOOST_TEST(full.what() == "a: syntax error");
    BOOST_TEST(full.sqlstate() == "42601");
    BOOST_TEST(full.where().text() == "a.sql:3:7");
    BOOST_TEST(full.hint() == "Look.");
    BOOST_TEST((full.kind() == ErrorKind::failed));
    BOOST_TEST(full.with_hint("Read.").hint() == "Read.");
    BOOST_TEST(plain.message() == "syntax error");
    BOOST_TEST(plain.sqlstate().empty());
    BOOST_TEST(!plain.where().known());
}

BOOST_AUTO_TEST_CASE(contexts_are_put_in_front_one_after_the_other) {
    auto const error = Error{ErrorKind::failed, "c"}.with_context("b").with_context("a");
    BOOST_TEST(error.message() == "a: b: c");
}

BOOST_AUTO_TEST_CASE(a_copy_does_not_throw_and_outlives_its_original) {
    static_assert(std::is_nothrow_copy_constructible_v<Error>);
    auto const copy = [] {
        Error const original{ErrorKind::timeout, std::string(100, 'x')};
        return Error{original};
    }();
    BOOST_TEST(copy.message() == std::string(100, 'x'));
}

BOOST_AUTO_TEST_CASE(an_error_is_caught_as_a_standard_exception) {
    try {
        throw Error{ErrorKind::usage, "no such option"};
    } catch (std::exception const& error) {
        BOOST_TEST(error.what() == "no such option");
    }
}

BOOST_AUTO_TEST_CASE(a_place_leaves_out_what_is_unknown) {
    BOOST_TEST((Where{"a.sql", 3, 7}.text()) == "a.sql:3:7");
    BOOST_TEST((Where{"a.sql", 3, 0}.text()) == "a.sql:3");
    BOOST_TEST((Where{"a.sql", 0, 7}.text()) == "a.sql");
    BOOST_TEST(Where{}.text() == "");
}

BOOST_AUTO_TEST_SUITE_END()
