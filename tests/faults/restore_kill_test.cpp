// SPDX-License-Identifier: Apache-2.0
// kill -9 of db-restore at any instant, with clients that come back again and again: the live name
// always answers with the whole old or the whole new content, and the next run tidies up.
#include "support/kills.hpp"
#include "support/restore_site.hpp"

#include <atomic>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(restore_kill)

using namespace slipway;
using support::RestoreSite;

namespace {

constexpr std::string_view content =
    "select (select max(word) from state) || ' ' || (select count(*) from items) || ' ' || "
    "(select count(*) from parts)";
std::string const before = "good 500 500";
std::string const after = "bad 400 400";

// Connects, asks, leaves and comes back, as an application without a pool.
class Clients {
public:
    explicit Clients(RestoreSite const& site) : site_(site) {
        for (int i = 0; i < 2; ++i) {
            threads_.emplace_back([this](std::stop_token const& done) { work(done); });
        }
    }

    // What was answered, after all threads have ended.
    std::set<std::string> end() {
        for (auto& thread : threads_) {
            thread.request_stop();
        }
        threads_.clear();
        return answers_;
    }

    [[nodiscard]] int answered() const { return answered_; }

private:
    void work(std::stop_token const& done) {
        while (!done.stop_requested()) {
            try {
                auto const answer = site_.value(content);
                std::scoped_lock const lock{mutex_};
                answers_.insert(answer);
                ++answered_;
            } catch (Error const& error) {
                // Ended for the swap, or waiting at its door: the next attempt must succeed.
                bool const expected = error.sqlstate() == "3D000" || error.sqlstate() == "57P01" ||
                                      error.kind() == ErrorKind::unavailable;
                if (!expected) {
                    std::scoped_lock const lock{mutex_};
                    answers_.insert(error.message());
                }
            }
        }
    }

    RestoreSite const& site_;
    std::mutex mutex_;
    std::set<std::string> answers_;
    std::atomic<int> answered_{0};
    std::vector<std::jthread> threads_;
};

// The databases of the site as `status` tells them agree with what the live one holds.
void require_whole(RestoreSite const& site, std::string const& when) {
    auto const status = site.restore({"status"});
    BOOST_TEST(status.code == 0, when << '\n' << status.all());
    auto const now = site.value(content);
    BOOST_TEST((now == before || now == after), when << ": " << now);
    auto const kept = site.siblings("__prev_");
    BOOST_TEST(kept.size() <= 1U, when);
    for (auto const& name : kept) {
        BOOST_TEST(site.value(content, name) == (now == before ? after : before), when);
    }
}

std::vector<std::string> restore_arguments(int round) {
    std::vector<std::string> out{"--accept-data-loss", "--terminate", "--backup-id", "good"};
    if (round % 2 == 0) {
        out.emplace_back("--no-safety-backup");
    }
    return out;
}

std::vector<std::string> const undo_arguments{"undo", "--accept-data-loss", "--terminate"};

class Rounds {
public:
    Rounds(RestoreSite const& site, unsigned seed) : site_(site), random_(seed) {
        auto const run = site.restore(restore_arguments(1));
        BOOST_TEST_REQUIRE(run.code == 0, run.all());
        restoring_ = run.duration;
        auto const undo = site.restore(undo_arguments);
        BOOST_TEST_REQUIRE(undo.code == 0, undo.all());
        undoing_ = undo.duration;
        BOOST_TEST_REQUIRE(site.restore({"retire", "--yes", "--terminate"}).code == 0);
    }

    // A killed restore, and where it had swapped a killed undo; then the way back to the start.
    void one(int round) {
        std::string when = kill(restore_arguments(round), restoring_);
        require_whole(site_, "restore " + when);
        if (site_.value(content) == before) {
            ++swapped_;
            when = kill(undo_arguments, undoing_);
            require_whole(site_, "undo " + when);
        }
        if (site_.value(content) == before) {
            auto const undo = site_.restore(undo_arguments);
            BOOST_TEST_REQUIRE(undo.code == 0, when << '\n' << undo.all());
        }
        auto const retire = site_.restore({"retire", "--yes", "--terminate"});
        BOOST_TEST_REQUIRE(retire.code == 0, when << '\n' << retire.all());
        BOOST_TEST(site_.value(content) == after);
    }

    [[nodiscard]] int killed() const { return killed_; }
    [[nodiscard]] int swapped() const { return swapped_; }

private:
    // Every other kill strikes where the swap is.
    std::string kill(std::vector<std::string> const& arguments, std::chrono::milliseconds& whole) {
        bool const late = ++kills_ % 2 == 0;
        std::uniform_int_distribution<std::int64_t> instant{
            late ? std::chrono::microseconds{whole}.count() * 2 / 3 : 0,
            std::chrono::microseconds{whole}.count()};
        std::chrono::microseconds const at{instant(random_)};
        auto const run =
            support::start_and_kill("db-restore", arguments, site_.environment(), at, SIGKILL);
        killed_ += run.signal == SIGKILL ? 1 : 0;
        if (run.signal == 0) {
            whole = std::min(whole, run.duration); // a busy machine had made the first one long
        }
        BOOST_TEST((run.signal == SIGKILL || run.code == 0), run.all());
        return "killed after " + std::to_string(at.count()) + " us";
    }

    RestoreSite const& site_;
    std::mt19937 random_;
    std::chrono::milliseconds restoring_{0};
    std::chrono::milliseconds undoing_{0};
    int kills_ = 0;
    int killed_ = 0;
    int swapped_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_restore_or_undo_leaves_one_whole_database_under_the_live_name) {
    RestoreSite const site;
    site.sql("create table state (word text); insert into state values ('good')");
    site.backup({"--id", "good"});
    site.sql("update state set word = 'bad'; delete from items where id > 400");
    int const rounds = support::full_faults() ? 200 : 10;
    Clients clients{site};
    Rounds work{site, 20260131};
    for (int round = 0; round < rounds; ++round) {
        work.one(round);
    }
    int const answered = clients.answered();
    for (auto const& answer : clients.end()) {
        BOOST_TEST((answer == before || answer == after), answer);
    }
    BOOST_TEST_MESSAGE(
        work.killed() << " killed, " << work.swapped() << " after the swap, " << answered
                      << " answers to clients");
    BOOST_TEST(work.killed() >= rounds / 2, "most runs ended before they were killed");
    BOOST_TEST(answered > rounds);

    // One more run completes, and nothing of the killed ones is left.
    auto const last = site.restore(restore_arguments(0));
    BOOST_TEST(last.code == 0, last.all());
    BOOST_TEST(site.value(content) == before);
    auto const status = site.restore({"status"});
    BOOST_TEST(status.at("/status") == "passed", status.all());
    BOOST_TEST((*status.record)->at("data").at("unmarked").empty());
    BOOST_TEST(site.siblings("__new_").empty());
    for (auto const& entry : std::filesystem::directory_iterator{site.backups()}) {
        BOOST_TEST(!entry.path().filename().string().starts_with(".partial-"), entry.path());
    }
}

BOOST_AUTO_TEST_SUITE_END()
