// SPDX-License-Identifier: Apache-2.0
#include "backup/contents.hpp"

#include "backup/client.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(backup_contents)

using namespace slipway;

namespace {

constexpr std::string_view listing = R"(;
; Archive created at 2026-11-21 06:14:18 UTC
;     dbname: shop
;
216; 1259 16403 TABLE public users app
217; 1259 16414 TABLE public a table with spaces app
3404; 0 0 SEQUENCE OWNED BY public audit_log_id_seq app
3393; 0 16403 TABLE DATA public users app
3394; 0 16414 TABLE DATA public a table with spaces app
)";

backup::Manifest manifest() {
    backup::Manifest out;
    out.tables = {
        {"public", "users", 16403, 1, true}, {"public", "a table with spaces", 16414, 1, true}};
    out.members = {{"toc.dat", 1, ""}, {"3393.dat.gz", 1, ""}, {"3394.dat", 1, ""}};
    return out;
}

std::vector<std::string> missing(backup::Manifest const& from) {
    return backup::missing_tables(from, backup::parse_contents(listing));
}

} // namespace

BOOST_AUTO_TEST_CASE(the_lines_of_a_listing_are_read) {
    auto const entries = backup::parse_contents(listing);
    BOOST_TEST_REQUIRE(entries.size() == 5);
    BOOST_TEST(entries[3].dump_id == 3393);
    BOOST_TEST(entries[3].oid == 16403);
    BOOST_TEST(entries[3].text == "TABLE DATA public users app");
    BOOST_TEST(backup::parse_contents("1;2 3\nx; 1 2 TABLE\n; 1 2 3\n\n9; 0\n").empty());
}

BOOST_AUTO_TEST_CASE(tables_are_known_by_their_numbers) {
    BOOST_TEST(missing(manifest()).empty());
}

BOOST_AUTO_TEST_CASE(what_of_a_table_is_missing_is_said) {
    auto changed = manifest();
    changed.members.pop_back();
    BOOST_TEST(
        missing(changed) == std::vector<std::string>{"public.a table with spaces (no data file)"});
    changed = manifest();
    changed.tables.push_back({"audit", "log", 7, 0, true});
    BOOST_TEST(missing(changed) == std::vector<std::string>{"audit.log (no definition)"});
    auto entries = backup::parse_contents(listing);
    entries.pop_back();
    BOOST_TEST(
        backup::missing_tables(manifest(), entries) ==
        std::vector<std::string>{"public.a table with spaces (no data)"});
    changed = manifest();
    changed.tables[1].data = false;
    BOOST_TEST(backup::missing_tables(changed, entries).empty());
}

BOOST_AUTO_TEST_CASE(the_client_found_is_a_real_program_and_not_debians_wrapper) {
    auto const client = backup::find_client("pg_dump", 13, {});
    BOOST_TEST(client.major >= 13);
    BOOST_TEST(client.version.starts_with(std::to_string(client.major) + "."));
    BOOST_TEST((std::filesystem::canonical(client.path).filename() == "pg_dump"));
}

BOOST_AUTO_TEST_SUITE_END()
