// SPDX-License-Identifier: Apache-2.0
#include "catalog/properties.hpp"

#include "text/join.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(catalog_properties)

using namespace slipway;
using namespace slipway::catalog;

BOOST_AUTO_TEST_CASE(a_database_is_made_with_its_locale_and_quoted_names) {
    Properties properties;
    properties.owner = "o\"wner";
    properties.tablespace = "pg_default";
    properties.encoding = "UTF8";
    properties.collate = "C";
    properties.ctype = "C.UTF-8";
    properties.provider = "c";
    std::string const plain = create_statement("a b", properties);
    BOOST_TEST(
        plain == "create database \"a b\" with template template0 owner \"o\"\"wner\" encoding "
                 "'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'");
    properties.tablespace = "fast disk";
    BOOST_TEST(create_statement("a b", properties) == plain + " tablespace \"fast disk\"");
    properties.tablespace = "pg_default";
    properties.provider = "i";
    properties.locale = "de-DE";
    properties.icu_rules = "&a < b";
    BOOST_TEST(
        create_statement("a b", properties) ==
        plain + " locale_provider icu icu_locale 'de-DE' icu_rules '&a < b'");
    properties.provider = "b";
    properties.icu_rules = "";
    BOOST_TEST(
        create_statement("a b", properties) ==
        plain + " locale_provider builtin builtin_locale 'de-DE'");
}

BOOST_AUTO_TEST_CASE(every_difference_of_two_databases_is_named) {
    Properties wanted;
    wanted.owner = "app";
    wanted.comment = "ours";
    wanted.settings = {"work_mem=9MB"};
    wanted.grants = {"public: CONNECT"};
    Properties now = wanted;
    BOOST_TEST(differences(now, wanted, true).empty());
    now.owner = "other";
    now.connection_limit = 5;
    now.comment.reset();
    now.settings = {"jit=off"};
    now.grants.clear();
    BOOST_TEST(
        text::join(differences(now, wanted, true), "; ") ==
        "owner: other, not app; connection limit: 5, not -1; comment: (none), not ours; setting "
        "missing: work_mem=9MB; setting too many: jit=off; grant missing: public: CONNECT");
    BOOST_TEST(differences(now, wanted, false).size() == 5U);
}

BOOST_AUTO_TEST_SUITE_END()
