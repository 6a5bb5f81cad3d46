// SPDX-License-Identifier: Apache-2.0
#include "s3/transfer.hpp"

#include "s3/answer.hpp"
#include "storage/places.hpp"
#include "time/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(s3_transfer)

using namespace slipway;

BOOST_AUTO_TEST_CASE(parts_are_at_least_8_mib_and_never_more_than_900) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    BOOST_TEST(s3::part_size(0) == 8 * mib);
    BOOST_TEST(s3::part_size(900 * 8 * mib) == 8 * mib);
    BOOST_TEST(s3::part_size(900 * 8 * mib + 1) == 9 * mib);
    for (std::uint64_t const size : {100'000 * mib, 4'000'000 * mib, 5'000'000 * mib + 7}) {
        auto const part = s3::part_size(size);
        BOOST_TEST((size + part - 1) / part <= 900U);
        BOOST_TEST(part % mib == 0U);
    }
}

BOOST_AUTO_TEST_CASE(times_of_http_and_etags_are_read) {
    BOOST_TEST(
        time::to_rfc3339(s3::http_date("Tue, 05 Nov 2024 08:12:31 GMT").value()) ==
        "2024-11-05T08:12:31.000Z");
    BOOST_TEST(!s3::http_date("yesterday").has_value());
    BOOST_TEST(!s3::http_date("Tue, 05 Xxx 2024 08:12:31 GMT").has_value());
    BOOST_TEST(s3::bare(" \"abc-2\" ") == "abc-2");
    BOOST_TEST(s3::bare("abc") == "abc");
}

BOOST_AUTO_TEST_CASE(a_place_is_a_folder_or_a_bucket_and_nothing_else) {
    BOOST_TEST(storage::is_bucket("s3://b/p"));
    BOOST_TEST(!storage::is_bucket("./s3"));
    BOOST_TEST(storage::as_place("s3://b/p/").string() == "s3://b/p");
    BOOST_TEST(storage::as_place("s3://b").string() == "s3://b");
    BOOST_TEST(storage::as_place("/var/backups").string() == "/var/backups");
    for (auto const* bad : {"s3://", "s3:///p", "s3://b//p", "s3://b/../c", "gs://b/p"}) {
        BOOST_CHECK_THROW(storage::as_place(bad), Error);
    }
}

BOOST_AUTO_TEST_SUITE_END()
