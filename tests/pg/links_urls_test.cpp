// SPDX-License-Identifier: Apache-2.0
// The table of addresses through the whole statement: the server's patterns and the parser in C++
// together give each its verdict, and where a pattern decides, the parser agrees.
#include "support/links_urls.hpp"

#include "../../tools/links-migrate/judge.hpp"
#include "../../tools/links-migrate/transformer.hpp"
#include "json/value.hpp"
#include "pg/transaction.hpp"
#include "support/links_site.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(links_urls)

using namespace slipway;
using namespace slipway::links_migrate;

BOOST_AUTO_TEST_CASE(every_address_of_the_table_gets_its_verdict_from_both_judges) {
    support::LinksSite const site{false};
    auto db = site.db.connect();
    auto const urls = support::judged_urls();
    for (std::size_t i = 0; i < urls.size(); ++i) {
        site.add_profile(
            static_cast<int>(i), json::write(json::Value::array({json::Value(urls[i].url)})));
    }
    for (bool const add_https : {false, true}) {
        auto mapping = built_in_mapping();
        mapping.add_https = add_https;
        auto const tables = look_up(db, mapping, "", Use::read);
        pg::Transaction transaction{db, "begin isolation level repeatable read"};
        auto const outcome =
            Transformer{mapping, tables, Purpose::count, false}.run(db, {}, {true, false});
        std::map<std::string, std::string> reasons;
        for (auto const& reject : outcome.rejects) {
            reasons[reject.key] = reject.reason;
        }
        BOOST_TEST(outcome.tally.adds_up());
        for (std::size_t i = 0; i < urls.size(); ++i) {
            auto const& each = urls[i];
            auto const key =
                db.exec("select md5('profile:' || $1)::uuid::text", {std::to_string(i)})
                    .one_value<std::string>();
            // Nothing is no item.
            auto const found = reasons.count(key) != 0 ? reasons[key] : "ok";
            bool const same_rule =
                each.add_https == add_https || each.url.find("://") != std::string::npos;
            if (!each.url.empty() && same_rule) {
                BOOST_TEST(found == each.verdict, each.url << ": " << found);
            }
        }
        transaction.rollback();
    }
    for (auto const& [pattern, verdict] :
         {std::pair{plain_address_pattern, "ok"}, std::pair{schemeless_pattern, "url_no_scheme"}}) {
        int decided = 0;
        for (auto const& each : urls) {
            auto const hit = db.exec(
                "select octet_length($1::text) <= 2048 and $1::text collate \"C\" ~ $2",
                {each.url, pattern});
            if (hit.one_value<bool>()) {
                ++decided;
                BOOST_TEST(judge(each.url, built_in_mapping()).reason == verdict, each.url);
            }
        }
        BOOST_TEST(decided > 5, pattern);
    }
}

BOOST_AUTO_TEST_SUITE_END()
