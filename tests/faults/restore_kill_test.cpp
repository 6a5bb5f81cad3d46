// SPDX-License-Identifier: Apache-2.0
// kill -9 of db-restore at any instant, with clients that come back again and again: the live name
// always answers with the whole old or the whole new content, and the next run tidies up.
#include "faults/restore_states.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(restore_kill)

using namespace slipway;
using faults::Clients;
using faults::TwoStates;

namespace {

std::vector<std::string> restore_arguments(bool safety) {
    std::vector<std::string> out{"--accept-data-loss", "--terminate", "--backup-id", "good"};
    if (!safety) {
        out.emplace_back("--no-safety-backup");
    }
    return out;
}

std::vector<std::string> const undo_arguments{"undo", "--accept-data-loss", "--terminate"};

class Rounds {
public:
    explicit Rounds(TwoStates const& states)
        : states_(states), site_(states.site), restores_(watched(20260131)), undos_(watched(4711)) {
        auto const restore = restore_arguments(false);
        constexpr std::string_view rename = "{alter database % rename to %}";
        restores_.add_whole(restore);
        undos_.add_whole(undo_arguments);
        retire("at first");
        // Rows counted, logs carried over, ANALYZE, settings; then the swap.
        restores_.add_from(
            "completing the new database", "{select count(*) from only %,analyze}", restore);
        undos_.add_from("the swap", std::string{rename}, undo_arguments);
        retire("at first");
        restores_.add_from("the swap", std::string{rename}, restore);
        undos_.add_after_the_swap(undo_arguments);
        retire("at first");
        restores_.add_after_the_swap(restore);
        undo("at first");
        retire("at first");
    }

    // A killed restore, and where it had swapped a killed undo; then the way back to the start.
    void one(int round) {
        std::string when;
        auto const restore = restores_.kill(restore_arguments(round % 8 < 4), when);
        require_whole("restore " + when);
        if (states_.is_good(when)) {
            swapped_ += restore.signal == SIGKILL ? 1 : 0;
            undos_.kill(undo_arguments, when);
            require_whole("undo " + when);
        }
        if (states_.is_good(when)) {
            undo(when);
        }
        retire(when);
        BOOST_TEST(!states_.is_good(when));
    }

    void tell() const {
        restores_.require_shares();
        undos_.require_shares();
        BOOST_TEST_MESSAGE(swapped_ << " restores were killed after the swap");
        BOOST_TEST((swapped_ > 0 || !support::full_faults()));
    }

private:
    [[nodiscard]] faults::Stretches watched(unsigned seed) const {
        return {
            site_,
            "db-restore",
            support::test_server(),
            "select oid::bigint from pg_database where datname = '" + site_.name() + "'",
            seed};
    }

    // The databases of the site as `status` tells them agree with what the live one holds.
    void require_whole(std::string const& when) const {
        auto const status = site_.restore({"status"});
        BOOST_TEST(status.code == 0, when << '\n' << status.all());
        bool const good = states_.is_good(when);
        BOOST_TEST(
            (status.at("/data/live/backup") == "good") == good,
            when << '\n'
                 << status.all());
        auto const kept = site_.siblings("__prev_");
        BOOST_TEST(kept.size() <= 1U, when);
        for (auto const& name : kept) {
            BOOST_TEST(states_.is_good(when, name) != good, when);
        }
        states_.require_set_up(when);
    }

    void undo(std::string const& when) const {
        auto const undo = site_.restore(undo_arguments);
        BOOST_TEST_REQUIRE(undo.code == 0, when << '\n' << undo.all());
    }

    void retire(std::string const& when) const {
        auto const retire = site_.restore({"retire", "--yes", "--terminate"});
        BOOST_TEST_REQUIRE(retire.code == 0, when << '\n' << retire.all());
    }

    TwoStates const& states_;
    support::RestoreSite const& site_;
    faults::Stretches restores_;
    faults::Stretches undos_;
    int swapped_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_restore_or_undo_leaves_one_whole_database_under_the_live_name) {
    TwoStates const states;
    auto const& site = states.site;
    int const rounds = support::full_faults() ? 200 : 12;
    constexpr auto manner = Clients::Manner::comes_and_goes;
    Clients clients{site, {manner, manner}, true};
    Rounds work{states};
    for (int round = 0; round < rounds; ++round) {
        work.one(round);
    }
    BOOST_TEST_MESSAGE(clients.end(rounds) << " answers to clients");
    work.tell();

    // One more run completes, and nothing of the killed ones is left.
    auto const last = site.restore(restore_arguments(true));
    BOOST_TEST(last.code == 0, last.all());
    BOOST_TEST(states.is_good("at the end"));
    auto const status = site.restore({"status"});
    BOOST_TEST(status.at("/status") == "passed", status.all());
    BOOST_TEST((*status.record)->at("data").at("unmarked").empty());
    BOOST_TEST(site.siblings("__new_").empty());
    for (auto const& entry : std::filesystem::directory_iterator{site.backups()}) {
        BOOST_TEST(!entry.path().filename().string().starts_with(".partial-"), entry.path());
    }
}

BOOST_AUTO_TEST_SUITE_END()
