// SPDX-License-Identifier: Apache-2.0
#include "score.hpp"

#include "checks.hpp"
#include "fs/file.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(preflight_score)

using namespace slipway;
using record::CheckStatus;
using record::Severity;

namespace {

record::Check check(Severity severity, CheckStatus status) {
    record::Check out;
    out.id = "a.b";
    out.severity = severity;
    out.status = status;
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(all_passed_is_a_hundred_and_nothing_looked_at_is_nothing) {
    BOOST_TEST(
        preflight::score_of({check(Severity::critical, CheckStatus::passed)}).value() == 100);
    BOOST_TEST(preflight::score_of({}).value() == 0);
    BOOST_TEST(preflight::score_of({check(Severity::critical, CheckStatus::skipped)}).value() == 0);
}

BOOST_AUTO_TEST_CASE(weights_and_halves_add_up_as_the_arithmetic_says) {
    auto const score = preflight::score_of({
        check(Severity::critical, CheckStatus::passed),
        check(Severity::critical, CheckStatus::failed),
        check(Severity::major, CheckStatus::warned),
        check(Severity::minor, CheckStatus::undecided),
        check(Severity::minor, CheckStatus::passed),
        check(Severity::info, CheckStatus::failed),
        check(Severity::major, CheckStatus::skipped),
    });
    BOOST_TEST(score.earned == 10 + 2.5 + 2);
    BOOST_TEST(score.possible == 20 + 5 + 4);
    BOOST_TEST(score.value() == 50);
    BOOST_TEST(
        score.arithmetic ==
        "14.5 of 29 points: critical 1 of 2 × 10, major 0.5 of 1 × 5, minor 1 of 2 × 2");
}

BOOST_AUTO_TEST_CASE(a_hundred_means_that_nothing_is_amiss) {
    std::vector<record::Check> checks(500, check(Severity::critical, CheckStatus::passed));
    checks.push_back(check(Severity::minor, CheckStatus::warned));
    BOOST_TEST(preflight::score_of(checks).value() == 99);
}

BOOST_AUTO_TEST_CASE(every_check_is_named_once_and_stands_in_the_document) {
    auto const page =
        fs::read_file(fs::Path{SLIPWAY_SOURCE_DIR} / "docs" / "tools" / "preflight.md");
    std::set<std::string_view> seen;
    for (auto const& kind : preflight::kinds()) {
        BOOST_TEST(seen.insert(kind.id).second, kind.id << " stands twice");
        BOOST_TEST(!kind.title.empty());
        BOOST_TEST(kind.hint.ends_with("."), kind.id);
        std::string const row = "| `" + std::string{kind.id} + "` | " +
                                std::string{record::name(kind.severity)} + " | " +
                                std::string{kind.title} + " |";
        BOOST_TEST(page.find(row) != std::string::npos, "docs/tools/preflight.md lacks " << row);
    }
}

BOOST_AUTO_TEST_SUITE_END()
