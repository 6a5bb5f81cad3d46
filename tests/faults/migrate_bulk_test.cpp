// SPDX-License-Identifier: Apache-2.0
// Folders and files far larger than usual: small in the short form, 100 MB and 5,000 files in the
// full one.
#include "support/kills.hpp"
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

BOOST_AUTO_TEST_SUITE(migrate_bulk)

using namespace slipway;
using support::MigrationSite;

namespace {

std::size_t megabytes() {
    return support::full_faults() ? 100 : 4;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_large_copy_block_between_statements_is_applied_whole) {
    MigrationSite site;
    std::string text = "create table a (id int, t text);\ncopy a from stdin;\n";
    std::string const filling(90, 'x');
    int rows = 0;
    while (text.size() < (megabytes() << 20U)) {
        text += fmt::format("{}\t{}\n", ++rows, filling);
    }
    text += "\\.\ncreate index a_id on a (id);\n";
    site.add("001_a.sql", text);
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) from a") == std::to_string(rows));
    BOOST_TEST(site.ask("select to_regclass('a_id') is not null") == "t");
}

BOOST_AUTO_TEST_CASE(a_fault_at_the_end_of_a_large_file_is_placed_and_all_of_it_is_rolled_back) {
    MigrationSite site;
    std::string text = "create table a (id int, t text);\n";
    std::string const filling(160, 'y');
    int rows = 0;
    while (text.size() < (megabytes() << 20U)) {
        text += fmt::format("insert into a values ({}, '{}');\n", ++rows, filling);
    }
    std::string const right = text;
    text += "insert into a values ('not a number', '');\n";
    site.add("001_a.sql", text);
    auto const wrong = site.run();
    BOOST_TEST(wrong.code == 1, wrong.all());
    BOOST_TEST(wrong.at("/error/where/line") == std::to_string(rows + 2));
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    site.add("001_a.sql", right);
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) from a") == std::to_string(rows));
}

BOOST_AUTO_TEST_CASE(a_folder_of_very_many_files_is_planned_and_applied) {
    int const files = support::full_faults() ? 5000 : 300;
    MigrationSite site;
    for (int n = 1; n <= files; ++n) {
        site.add(
            fmt::format("{:04}_t.sql", n),
            n % 2 == 1 ? fmt::format("create table t{} (x int);\n", n)
                       : fmt::format("drop table t{};\n", n - 1));
    }
    auto const plan = site.run({"plan", "--to", "0002"});
    BOOST_TEST(plan.code == 0, plan.all());
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) from slipway.migrations") == std::to_string(files));
    BOOST_TEST(site.run().at("/summary") == "nothing is pending");
}

BOOST_AUTO_TEST_SUITE_END()
