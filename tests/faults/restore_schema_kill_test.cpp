// SPDX-License-Identifier: Apache-2.0
// kill -9 of db-restore --schema-swap at any instant, under clients that ask all the time, some by
// prepared statements on sessions that stay: each answer is of the whole old or the whole new
// schemas, and status says which.
#include "faults/restore_states.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(restore_schema_kill)

using namespace slipway;
using faults::Clients;
using faults::Stretches;
using faults::TwoStates;

namespace {

std::vector<std::string> const restore_arguments{
    "--schema-swap",
    "--accept-data-loss",
    "--backup-id",
    "good",
    "--no-safety-backup"};
std::vector<std::string> const undo_arguments{"undo", "--schema-swap", "--accept-data-loss"};

class Rounds {
public:
    explicit Rounds(TwoStates const& states)
        : states_(states), site_(states.site), restores_(watched(20260131)), undos_(watched(4711)) {
        restores_.add_whole(restore_arguments);
        undos_.add_whole(undo_arguments);
        retire("at first");
        // Rows counted, logs carried over, ANALYZE; then the tables locked and the commit.
        restores_.add_from(
            "completing the new schemas, and the swap",
            "{select count(*) from only %,analyze %}",
            restore_arguments);
        undos_.add_from(
            "what follows the lock, and the swap",
            "{%advisory_lock%,alter schema %,lock table %}",
            undo_arguments);
        retire("at first");
        restores_.add_after_the_swap(restore_arguments);
        undos_.add_after_the_swap(undo_arguments);
        retire("at first");
    }

    // A killed restore, or where the last one had swapped a killed undo.
    void one() {
        bool const was_good = states_.is_good("before a round");
        std::string when;
        auto const run =
            was_good ? undos_.kill(undo_arguments, when) : restores_.kill(restore_arguments, when);
        bool const good = states_.is_good(when);
        swapped_ += good != was_good && run.signal == SIGKILL ? 1 : 0;
        auto const status = site_.restore({"status", "--schema-swap"});
        BOOST_TEST(status.code == 0, status.all());
        BOOST_TEST(
            (status.at("/data/live/backup") == "good") == good,
            when << '\n'
                 << status.all());
        states_.require_set_up(when);
        if (!good) {
            retire(when);
        }
    }

    void tell() const {
        restores_.require_shares();
        undos_.require_shares();
        BOOST_TEST_MESSAGE(swapped_ << " runs were killed after the swap");
        BOOST_TEST((swapped_ > 0 || !support::full_faults()));
    }

private:
    [[nodiscard]] Stretches watched(unsigned seed) const {
        return {
            site_,
            "db-restore",
            site_.database().conninfo(),
            "select oid::bigint from pg_namespace where nspname = 'public'",
            seed};
    }

    void retire(std::string const& when) const {
        auto const retire = site_.restore({"retire", "--schema-swap", "--yes"});
        BOOST_TEST_REQUIRE(retire.code == 0, when << '\n' << retire.all());
    }

    TwoStates const& states_;
    support::RestoreSite const& site_;
    Stretches restores_;
    Stretches undos_;
    int swapped_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_swap_of_schemas_leaves_the_old_or_the_new_ones_whole) {
    TwoStates const states;
    auto const& site = states.site;
    int const rounds = support::full_faults() ? 200 : 12;
    Clients clients{site, {Clients::Manner::comes_and_goes, Clients::Manner::stays}, false};
    Rounds work{states};
    for (int round = 0; round < rounds; ++round) {
        work.one();
    }
    BOOST_TEST_MESSAGE(clients.end(rounds) << " answers to clients");
    work.tell();
    if (!states.is_good("at the end")) {
        auto const last = site.restore(restore_arguments);
        BOOST_TEST(last.code == 0, last.all());
    }
    BOOST_TEST(states.is_good("at the end"));
}

BOOST_AUTO_TEST_SUITE_END()
