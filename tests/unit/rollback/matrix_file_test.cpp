// SPDX-License-Identifier: Apache-2.0
#include "matrix_file.hpp"

#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback_matrix_file)

using namespace slipway;
using rollback::read_matrix;

BOOST_AUTO_TEST_CASE(the_documented_matrix_is_the_standard_one) {
    auto const path = fs::Path{SLIPWAY_SOURCE_DIR} / "docs/examples/decision-matrix.yaml";
    auto const documented = read_matrix(config::load(path));
    BOOST_TEST(
        json::write(rollback::to_json(documented), true) ==
        json::write(rollback::to_json(verdict::standard_matrix()), true));
}

BOOST_AUTO_TEST_CASE(a_matrix_of_ones_own_decides_by_its_own_rows) {
    auto const matrix = read_matrix(config::parse_yaml(
        "rows:\n  - id: any-error\n    action: db\n    reason: we tolerate none\n    when:\n"
        "      - { signal: error_rate, above: 0, at_most: 3, least_samples: 5 }\n",
        "own.yaml"));
    verdict::Fact fact{verdict::Signal::error_rate, 2, 10, "x"};
    BOOST_TEST((verdict::decide({fact}, matrix).action == verdict::Action::db));
    fact.samples = 4;
    BOOST_TEST((verdict::decide({fact}, matrix).action == verdict::Action::watch));
    fact.value = 4;
    BOOST_TEST((verdict::decide({fact}, matrix).action == verdict::Action::none));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_one_is_named_with_its_place) {
    for (auto const* text :
         {"rows: []",
          "rows: [{ id: a, reason: r, action: app }]",
          "rows: [{ id: a, reason: r, action: reboot, when: [{ signal: outage, above: 0 }] }]",
          "rows: [{ id: a, reason: r, action: app, when: [{ signal: moon, above: 0 }] }]",
          "rows: [{ id: a, reason: r, action: app, when: [{ signal: outage }] }]",
          "rows: [{ id: a, reason: r, action: app, when: [{ signal: outage, over: 0 }] }]",
          "row: []"}) {
        auto const error =
            support::error_of([&] { (void)read_matrix(config::parse_yaml(text, "m.yaml")); });
        BOOST_TEST((error.kind() == ErrorKind::usage), text);
        BOOST_TEST(std::string{error.what()}.find("m.yaml:1") != std::string::npos, text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
