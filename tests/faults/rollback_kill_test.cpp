// SPDX-License-Identifier: Apache-2.0
// kill -9 of rollback at any instant: the database is whole, the record tells how far it came, and
// the next run goes through to the end, work resumed.
#include "faults/restore_states.hpp"
#include "support/kills.hpp"
#include "support/restore_site.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback_kill)

using namespace slipway;
using support::RestoreSite;

namespace {

constexpr std::string_view content =
    "select (select count(*) from items) || ' ' || (select count(*) from parts)";

class Deployment {
public:
    Deployment() { site.backup({"--id", "good"}); }

    void go_wrong() const { site.sql("delete from items where id > 400"); }

    [[nodiscard]] std::vector<std::string> arguments() const {
        std::string const flag = (site.folder() / "work-is-stopped").string();
        return {
            "run",
            "--scope",
            "full",
            "--backup-id",
            "good",
            "--app-command",
            "echo back >" + (site.folder() / "application").string(),
            "--quiesce-command",
            ": >" + flag,
            "--resume-command",
            "rm -f " + flag,
            "--accept-data-loss",
            "--output",
            (site.folder() / "rollback.json").string()};
    }

    [[nodiscard]] bool stopped() const {
        return std::filesystem::exists(site.folder() / "work-is-stopped");
    }

    [[nodiscard]] json::Value record() const {
        fs::Path const path = site.folder() / "rollback.json";
        return json::parse(fs::read_file(path), path.string());
    }

    RestoreSite site;
};

// What a killed run leaves: whole content, and a record that names the step it was at.
void require_honest(Deployment const& deployment, std::string const& when) {
    auto const now = deployment.site.value(content);
    BOOST_TEST((now == "500 500" || now == "400 400"), when << ": " << now);
    if (deployment.stopped()) {
        auto const record = deployment.record();
        BOOST_TEST(record.at("status") == "running", when);
        BOOST_TEST(!record.at("data").at("steps").empty(), when);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_rollback_leaves_a_whole_database_and_the_next_one_completes) {
    Deployment const deployment;
    auto const& site = deployment.site;
    deployment.go_wrong();
    auto const retire = [&] {
        return site.restore({"retire", "--yes", "--terminate"}).code == 0;
    };
    faults::Stretches stretches{
        site,
        "rollback",
        support::test_server(),
        "select oid::bigint from pg_database where datname = '" + site.name() + "'",
        20260131};
    stretches.add_whole(deployment.arguments());
    BOOST_TEST_REQUIRE(retire());
    stretches.add_from("the restore", "{select count(*) from only %}", deployment.arguments());
    BOOST_TEST_REQUIRE(retire());
    // Work is resumed, the service looked at, the log written.
    stretches.add_after_the_swap(deployment.arguments());
    BOOST_TEST_REQUIRE(retire());
    int const rounds = support::full_faults() ? 60 : 6;
    for (int round = 0; round < rounds; ++round) {
        deployment.go_wrong();
        std::string when;
        stretches.kill(deployment.arguments(), when);
        require_honest(deployment, when);
        auto const next = site.run("rollback", deployment.arguments());
        BOOST_TEST_REQUIRE(next.code == 0, when << '\n' << next.all());
        BOOST_TEST(!deployment.stopped(), when);
        BOOST_TEST(site.value(content) == "500 500", when);
        BOOST_TEST_REQUIRE(retire(), when);
    }
    stretches.require_shares();
    BOOST_TEST(std::stoi(site.value("select count(*) from slipway.rollback_log")) > rounds);
}

BOOST_AUTO_TEST_SUITE_END()
