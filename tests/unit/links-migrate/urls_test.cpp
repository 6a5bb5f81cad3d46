// SPDX-License-Identifier: Apache-2.0
// The table of addresses, judged by the parser in C++; tests/pg/links_urls_test.cpp has the server judge it.
#include "judge.hpp"
#include "support/links_urls.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(links_urls_parser)

using namespace slipway;
using namespace slipway::links_migrate;

BOOST_AUTO_TEST_CASE(every_address_of_the_table_gets_its_verdict) {
    std::map<std::string, int> verdicts;
    auto const urls = support::judged_urls();
    for (auto const& each : urls) {
        auto mapping = built_in_mapping();
        mapping.add_https = each.add_https;
        auto const found = judge(each.url, mapping);
        BOOST_TEST(found.reason == each.verdict, each.url << ": " << found.reason);
        ++verdicts[each.verdict];
    }
    BOOST_TEST(urls.size() >= 150U);
    // All reasons that there are.
    BOOST_TEST(verdicts.size() == 10U);
}

BOOST_AUTO_TEST_CASE(https_is_put_before_hosts_alone) {
    auto mapping = built_in_mapping();
    mapping.add_https = true;
    BOOST_TEST(judge("example.com/x", mapping).mended == "https://example.com/x");
    BOOST_TEST(judge("//example.com", mapping).mended == "https://example.com");
    BOOST_TEST(judge("http://example.com", mapping).mended == "");
    BOOST_TEST(judge(std::string(2040, 'a') + ".example", mapping).reason == "url_too_long");
}

BOOST_AUTO_TEST_CASE(schemes_that_the_mapping_does_not_allow_are_rejected) {
    auto mapping = built_in_mapping();
    mapping.schemes = {"https"};
    BOOST_TEST(judge("https://example.com", mapping).reason == "ok");
    BOOST_TEST(judge("HTTP://example.com", mapping).reason == "url_scheme");
}

BOOST_AUTO_TEST_SUITE_END()
