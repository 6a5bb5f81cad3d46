// SPDX-License-Identifier: Apache-2.0
#include "../../tools/links-migrate/judge.hpp"

#include "../../tools/links-migrate/mapping.hpp"
#include "../../tools/links-migrate/tally.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(links_judge)

using namespace slipway::links_migrate;

BOOST_AUTO_TEST_CASE(a_text_that_holds_json_is_read) {
    BOOST_TEST(
        decode(R"( {"website": "https://a.example"} )").json ==
        R"({"website": "https://a.example"})");
    BOOST_TEST(decode(R"(["https://a.example"])").json == R"(["https://a.example"])");
    for (char const* const nothing : {"null", "\"\"", "\"  \""}) {
        BOOST_TEST(decode(nothing).json.empty(), nothing);
        BOOST_TEST(decode(nothing).fault.empty(), nothing);
    }
}

BOOST_AUTO_TEST_CASE(a_text_that_holds_no_links_is_rejected_with_the_reason) {
    BOOST_TEST(decode("42").fault == "scalar");
    BOOST_TEST(decode("true").fault == "scalar");
    BOOST_TEST(decode("https://bare.example").fault == "scalar");
    BOOST_TEST(decode("see my page").fault == "scalar");
    BOOST_TEST(decode(R"("{\"website\": \"https://a.example\"}")").fault == "too_deep");
    BOOST_TEST(decode(R"({"website": "https://a.exam)").fault == "broken_json");
    BOOST_TEST(decode(R"({"a": "x\u0000y"})").fault == "broken_json");
    BOOST_TEST(decode(R"({"a\u0000": 1})").fault == "broken_json");
    BOOST_TEST(decode(R"([["\ud800"]])").fault == "broken_json");
    BOOST_TEST(decode(std::string(300, '[')).fault == "broken_json");
}

BOOST_AUTO_TEST_CASE(secrets_are_removed_from_shown_values) {
    BOOST_TEST(without_secrets("https://user:hunter2@a.example/x") == "https://***@a.example/x");
    BOOST_TEST(without_secrets("https://:hunter2@a.example/") == "https://***@a.example/");
    BOOST_TEST(without_secrets("https://u:hun%40ter2%40a.example") == "https://***%40a.example");
    BOOST_TEST(
        without_secrets(R"({"url": "ftp://u:hunter2@a.example/", "label": "x"})") ==
        R"({"url": "ftp://***@a.example/", "label": "x"})");
    BOOST_TEST(
        without_secrets("https://a.example/?token=hunter2&b=2#access_token=hunter2") ==
        "https://a.example/?token=***&b=***#access_token=***");
    BOOST_TEST(
        without_secrets("https://a.example/?a=b=hunter2;c=hunter2") ==
        "https://a.example/?a=***;c=***");
    BOOST_TEST(without_secrets("https://a.example/path") == "https://a.example/path");
    BOOST_TEST(without_secrets("@name") == "@name");
    BOOST_TEST(without_secrets(std::string(1000, 'x')).size() == 300U);
}

BOOST_AUTO_TEST_CASE(tallies_add_up_and_survive_json) {
    Tally one;
    one.rows = 3;
    one.items = 4;
    one.inserted = 1;
    one.present = 1;
    one.duplicates = 1;
    one.rejected = 1;
    one.reasons["scalar"] = 1;
    BOOST_TEST(one.adds_up());
    Tally two = tally_from(to_json(one));
    two.add(one);
    BOOST_TEST(two.items == 8);
    BOOST_TEST(two.reasons["scalar"] == 2);
    BOOST_TEST(two.adds_up());
    two.inserted += 1;
    BOOST_TEST(!two.adds_up());
}

BOOST_AUTO_TEST_CASE(the_checksum_of_the_mapping_follows_every_part_of_it) {
    auto mapping = built_in_mapping();
    auto const before = checksum(mapping);
    BOOST_TEST(checksum(built_in_mapping()) == before);
    mapping.words.back().label = "Tube";
    BOOST_TEST(checksum(mapping) != before);
}

BOOST_AUTO_TEST_SUITE_END()
