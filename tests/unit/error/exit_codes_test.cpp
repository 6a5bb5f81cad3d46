// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(error_exit_codes)

using namespace slipway;

namespace {
struct Row {
    ErrorKind kind;
    int code;
    std::string_view name;
};
// The table of the design, section 4.
constexpr Row table[] = {
    {ErrorKind::failed, 1, "failed"},
    {ErrorKind::usage, 2, "usage"},
    {ErrorKind::unavailable, 3, "unavailable"},
    {ErrorKind::refused, 4, "refused"},
    {ErrorKind::timeout, 5, "timeout"},
    {ErrorKind::in_doubt, 6, "in_doubt"},
    {ErrorKind::undecided, 7, "undecided"},
    {ErrorKind::internal, 70, "internal"},
    {ErrorKind::interrupted, 130, "interrupted"},
    {ErrorKind::terminated, 143, "terminated"},
};
} // namespace

BOOST_AUTO_TEST_CASE(every_kind_has_the_exit_code_and_the_word_of_the_table) {
    for (auto const& row : table) {
        BOOST_TEST_CONTEXT(row.name) {
            BOOST_TEST(exit_code(row.kind) == row.code);
            BOOST_TEST(name(row.kind) == row.name);
        }
    }
}

BOOST_AUTO_TEST_CASE(no_two_kinds_share_an_exit_code_or_a_word) {
    std::set<int> codes;
    std::set<std::string_view> names;
    for (auto const& row : table) {
        codes.insert(exit_code(row.kind));
        names.insert(name(row.kind));
    }
    BOOST_TEST(codes.size() == std::size(table));
    BOOST_TEST(names.size() == std::size(table));
}

BOOST_AUTO_TEST_SUITE_END()
