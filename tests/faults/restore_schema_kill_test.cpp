// SPDX-License-Identifier: Apache-2.0
// kill -9 of db-restore --schema-swap at any instant, under clients that ask all the time, some by
// prepared statements on sessions that stay: each answer is of the whole old or the whole new
// schemas, and status says which.
#include "support/kills.hpp"
#include "support/restore_site.hpp"

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(restore_schema_kill)

using namespace slipway;
using support::RestoreSite;

namespace {

constexpr std::string_view content =
    "select (select max(word) from state) || ' ' || (select count(*) from items) || ' ' || "
    "(select count(*) from parts)";
std::string const before = "good 500 500";
std::string const after = "bad 400 400";

// One comes back for each question, the other stays and asks by a prepared statement.
class Clients {
public:
    explicit Clients(RestoreSite const& site) : site_(site) {
        threads_.emplace_back([this](std::stop_token const& done) { come_and_go(done); });
        threads_.emplace_back([this](std::stop_token const& done) { stay(done); });
    }

    std::set<std::string> end() {
        for (auto& thread : threads_) {
            thread.request_stop();
        }
        threads_.clear();
        return answers_;
    }

    [[nodiscard]] int answered() const { return answered_; }

private:
    void note(std::string answer) {
        std::scoped_lock const lock{mutex_};
        answers_.insert(std::move(answer));
        ++answered_;
    }

    void come_and_go(std::stop_token const& done) {
        while (!done.stop_requested()) {
            try {
                note(site_.value(content));
            } catch (Error const& error) {
                note(error.message());
            }
        }
    }

    void stay(std::stop_token const& done) {
        try {
            auto connection = site_.database().connect();
            connection.exec("prepare ask as " + std::string{content});
            while (!done.stop_requested()) {
                note(connection.exec("execute ask").one_value<std::string>());
            }
        } catch (Error const& error) {
            note(error.message());
        }
    }

    RestoreSite const& site_;
    std::mutex mutex_;
    std::set<std::string> answers_;
    std::atomic<int> answered_{0};
    std::vector<std::jthread> threads_;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_swap_of_schemas_leaves_the_old_or_the_new_ones_whole) {
    RestoreSite const site;
    site.sql("create table state (word text); insert into state values ('good')");
    site.backup({"--id", "good"});
    site.sql("update state set word = 'bad'; delete from items where id > 400");
    std::vector<std::string> const restore{
        "--schema-swap", "--accept-data-loss", "--backup-id", "good", "--no-safety-backup"};
    std::vector<std::string> const undo{"undo", "--schema-swap", "--accept-data-loss"};
    auto const first = site.restore(restore);
    BOOST_TEST_REQUIRE(first.code == 0, first.all());
    auto const back = site.restore(undo);
    BOOST_TEST_REQUIRE(back.code == 0, back.all());
    BOOST_TEST_REQUIRE(site.restore({"retire", "--schema-swap", "--yes"}).code == 0);
    support::Instants restoring{first.duration};
    support::Instants undoing{back.duration, 4711};

    int const rounds = support::full_faults() ? 200 : 10;
    int killed = 0;
    int swapped = 0;
    Clients clients{site};
    for (int round = 0; round < rounds; ++round) {
        bool const is_new = site.value(content) == before;
        auto& instants = is_new ? undoing : restoring;
        auto const at = instants.next();
        auto const run = support::start_and_kill(
            "db-restore", is_new ? undo : restore, site.environment(), at, SIGKILL);
        instants.saw(run);
        std::string const when = "killed after " + std::to_string(at.count()) + " us";
        BOOST_TEST((run.signal == SIGKILL || run.code == 0), when << '\n' << run.all());
        killed += run.signal == SIGKILL ? 1 : 0;
        auto const now = site.value(content);
        BOOST_TEST((now == before || now == after), when << ": " << now);
        swapped += (now == before) != is_new ? 1 : 0;
        auto const status = site.restore({"status", "--schema-swap"});
        BOOST_TEST(status.code == 0, status.all());
        BOOST_TEST((now != before || status.says("are live since")), status.all());
        if (now == after) {
            auto const retire = site.restore({"retire", "--schema-swap", "--yes"});
            BOOST_TEST(retire.code == 0, when << '\n' << retire.all());
        }
    }
    int const answered = clients.answered();
    for (auto const& answer : clients.end()) {
        BOOST_TEST((answer == before || answer == after), answer);
    }
    BOOST_TEST_MESSAGE(
        killed << " killed, " << swapped << " swapped, " << answered << " answers to clients");
    BOOST_TEST(killed >= rounds / 2, "most runs ended before they were killed");
    BOOST_TEST(answered > rounds);
    if (site.value(content) == after) {
        auto const last = site.restore(restore);
        BOOST_TEST(last.code == 0, last.all());
    }
    BOOST_TEST(site.value(content) == before);
}

BOOST_AUTO_TEST_SUITE_END()
