// SPDX-License-Identifier: Apache-2.0
#include "secret/variable.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(secret_variable)

using namespace slipway::secret;

BOOST_AUTO_TEST_CASE(an_entry_is_learnt_by_its_name_or_by_the_password_in_its_address) {
    Redactor redactor;
    learn_entry("APP_TOKEN=t0ken-value", redactor);
    learn_entry("UPSTREAM=https://joe:p%40ssw0rd@host/x", redactor);
    learn_entry("PLAIN=just a value", redactor);
    learn_entry("no entry at all", redactor);
    BOOST_TEST(redactor.redact("a t0ken-value b") == "a *** b");
    BOOST_TEST(redactor.redact("p@ssw0rd and p%40ssw0rd") == "*** and ***");
    BOOST_TEST(redactor.redact("just a value") == "just a value");
}

BOOST_AUTO_TEST_SUITE_END()
