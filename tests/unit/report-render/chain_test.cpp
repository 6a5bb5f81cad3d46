// SPDX-License-Identifier: Apache-2.0
#include "deployment/chain.hpp"

#include "evidence_checks.hpp"
#include "support/deployment.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(report_chain)

using namespace slipway;
using namespace slipway::deployment;
using slipway::report_render::add_evidence_checks;

namespace {

// One step that made two files, and one that relied on it.
struct Chain : Deployment {
    Chain() {
        put("a.tar", "first");
        put("b.tar", "other");
        auto backup = passed("db-backup", 0);
        backup.artifacts = {artifact("a.tar"), artifact("b.tar")};
        auto const made = write(backup, "db-backup.json");
        auto migrate = passed("migrate-apply", 10);
        migrate.inputs = {record::input_of(made, folder())};
        write(migrate, "migrate-apply.json");
    }

    [[nodiscard]] std::vector<LinkState> states() const {
        Report report;
        build(report);
        std::vector<LinkState> out;
        for (auto const& step : report.steps) {
            for (auto const& link : step.links) {
                out.push_back(link.state);
            }
        }
        return out;
    }

    [[nodiscard]] record::Status judged(bool strict) const {
        Report report;
        build(report);
        record::Record record;
        add_evidence_checks(report, strict, record);
        return record::judge(record.checks, record::OnUndecided::pass);
    }
};

using States = std::vector<LinkState>;

} // namespace

BOOST_FIXTURE_TEST_CASE(an_unbroken_chain_passes, Chain) {
    BOOST_CHECK((states() == States{LinkState::intact, LinkState::intact, LinkState::intact}));
    BOOST_CHECK(judged(true) == record::Status::passed);
}

BOOST_FIXTURE_TEST_CASE(an_altered_file_warns_and_fails_where_strict, Chain) {
    put("a.tar", "FIRST");
    BOOST_CHECK((states() == States{LinkState::altered, LinkState::intact, LinkState::intact}));
    BOOST_CHECK(judged(false) == record::Status::warned);
    BOOST_CHECK(judged(true) == record::Status::failed);
}

BOOST_FIXTURE_TEST_CASE(an_absent_file_is_told_apart_from_an_altered_one, Chain) {
    std::filesystem::remove(folder() / "b.tar");
    BOOST_CHECK((states() == States{LinkState::intact, LinkState::absent, LinkState::intact}));
    BOOST_CHECK(judged(true) == record::Status::failed);
}

BOOST_FIXTURE_TEST_CASE(swapped_files_are_altered_although_both_are_there, Chain) {
    put("a.tar", "other");
    put("b.tar", "first");
    BOOST_CHECK((states() == States{LinkState::altered, LinkState::altered, LinkState::intact}));
}

BOOST_FIXTURE_TEST_CASE(a_moved_file_is_found_by_its_checksum, Chain) {
    put("elsewhere/renamed.tar", "first");
    std::filesystem::remove(folder() / "a.tar");
    BOOST_CHECK((states() == States{LinkState::intact, LinkState::intact, LinkState::intact}));
}

BOOST_FIXTURE_TEST_CASE(an_input_is_found_though_its_path_has_another_record_now, Chain) {
    std::filesystem::rename(
        folder() / "db-backup.json", folder() / "db-backup.20260131T100000Z.000.json");
    auto repeated = passed("db-backup", 20);
    write(repeated, "db-backup.json");
    BOOST_CHECK((states() == States{LinkState::intact}));
}

BOOST_FIXTURE_TEST_CASE(an_altered_input_is_told_apart_from_an_absent_one, Chain) {
    auto forged = passed("db-backup", 0);
    forged.summary = "restore-verified, honestly";
    write(forged, "db-backup.json");
    BOOST_CHECK((states() == States{LinkState::altered}));
    std::filesystem::remove(folder() / "db-backup.json");
    BOOST_CHECK((states() == States{LinkState::absent}));
}

BOOST_FIXTURE_TEST_CASE(a_file_kept_elsewhere_is_not_broken_and_one_without_checksum_is, Chain) {
    auto step = passed("smoke-http", 20);
    record::Artifact remote;
    remote.kind = "backup";
    remote.uri = "s3://bucket/a.tar";
    remote.sha256 = std::string(64, 'a');
    record::Artifact unpinned;
    unpinned.path = "a.tar";
    step.artifacts = {remote, unpinned};
    write(step, "smoke-http.json");
    auto const all = states();
    BOOST_CHECK(all[3] == LinkState::remote);
    BOOST_CHECK(all[4] == LinkState::unpinned);
    BOOST_CHECK(!broken(all[3]));
    BOOST_CHECK(broken(all[4]));
}

BOOST_AUTO_TEST_SUITE_END()
