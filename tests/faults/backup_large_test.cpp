// SPDX-License-Identifier: Apache-2.0
// A table as large as those that the split engine is for, of which stock pg_restore makes the same.
#include "support/everything.hpp"
#include "support/kills.hpp"
#include "support/shop.hpp"

#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(backup_large)

using namespace slipway;

BOOST_AUTO_TEST_CASE(a_large_table_comes_back) {
    bool const full = support::full_faults();
    support::Shop const shop;
    shop.database().run(
        "create table huge as select n as id, md5(n::text) as a, md5((n * 7)::text) || n as b, "
        "now() as at from generate_series(1, " +
        std::string{full ? "9000000" : "180000"} + ") n");
    auto const made = shop.run({"--format", "dir", "--split-larger-than", full ? "128MB" : "2MB"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    BOOST_TEST(made.at("data.engine") == "split");
    support::Database const other;
    support::stock(
        "pg_restore",
        {"-j2", "-d", other.name(), (shop.backups() / made.at("data.id")).string()},
        other.conninfo());
    std::string const query = "select pg_table_size('huge'), count(*), "
                              "sum(hashtextextended(h::text, 0)) from huge h";
    auto const before = shop.database().connect().exec(query).one_row();
    auto const after = other.connect().exec(query).one_row();
    BOOST_TEST(before.get<std::int64_t>(0) > (full ? 1'000'000'000 : 20'000'000));
    BOOST_TEST(before.get<std::string>(1) == after.get<std::string>(1));
    BOOST_TEST(before.get<std::string>(2) == after.get<std::string>(2));
}

BOOST_AUTO_TEST_SUITE_END()
