// SPDX-License-Identifier: Apache-2.0
// Each row of the decision matrix fires from a record: one of monitor's, whose evidence is that of
// the row.
#include "support/record_schema.hpp"
#include "support/restore_site.hpp"
#include "verdict/matrix.hpp"

#include <map>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback_matrix)

using namespace slipway;
using support::RestoreSite;
using verdict::Comparison;

namespace {

// What meets all conditions of the row on one signal: between the bounds, or just beyond one.
verdict::Evidence evidence_for(verdict::Row const& row) {
    std::map<verdict::Signal, std::pair<double, double>> bounds;
    for (auto const& condition : row.when) {
        auto& [least, most] = bounds.try_emplace(condition.signal, -1, -1).first->second;
        bool const lower = condition.comparison == Comparison::above ||
                           condition.comparison == Comparison::at_least;
        (lower ? least : most) = condition.bound;
    }
    verdict::Evidence out;
    for (auto const& [signal, range] : bounds) {
        double const value =
            range.second < 0 ? range.first + 0.4 : (range.first + range.second) / 2;
        out.push_back({signal, value, 400, "/health, 2 h"});
    }
    return out;
}

bool fired(support::ToolRun const& run, std::string const& row) {
    for (auto const& check : (*run.record)->at("checks")) {
        if (check.at("id") == "matrix." + row) {
            return true;
        }
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_row_fires_from_a_record_and_advises_its_action) {
    RestoreSite const site;
    fs::Path const path = site.folder() / "records" / "monitor.json";
    fs::make_folder(path.parent_path());
    auto const watched =
        site.run("monitor", {"--for", "1s", "--every", "300ms", "--output", path.string()});
    BOOST_TEST_REQUIRE(watched.code == 0, watched.all());
    auto record = json::parse(fs::read_file(path), path.string());
    for (auto const& row : verdict::standard_matrix()) {
        record["data"]["recommendation"] = verdict::to_json(verdict::decide(evidence_for(row)));
        support::require_valid_record(record);
        fs::write_atomic(path, json::write(record, true));
        auto const run = site.run("rollback", {"decide", "--exit-code", "--input", path.string()});
        bool const acts = row.action >= verdict::Action::app;
        BOOST_TEST(run.code == (acts ? 1 : 0), row.id << '\n' << run.all());
        BOOST_TEST(fired(run, row.id), row.id);
        BOOST_TEST(run.at("/data/decision") == verdict::name(row.action), row.id);
        BOOST_TEST(run.at("/inputs/0/tool") == "monitor");
    }
}

BOOST_AUTO_TEST_SUITE_END()
