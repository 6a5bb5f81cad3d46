// SPDX-License-Identifier: Apache-2.0
#include "faults/restore_states.hpp"

#include "text/join.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace slipway::faults {

namespace {

catalog::Properties properties_of(support::RestoreSite const& site) {
    auto connection = pg::Connection::open(support::test_server());
    auto const oid =
        connection.exec("select oid::bigint from pg_database where datname = $1", {site.name()})
            .one_value<std::int64_t>();
    return catalog::properties_of(connection, oid);
}

} // namespace

TwoStates::TwoStates() {
    site.sql("create table state (word text); insert into state values ('good')");
    site.backup({"--id", "good"});
    site.sql("update state set word = 'bad'; delete from items where id > 400");
    auto const noted = site.run(
        "rollback", {"run", "--scope", "app", "--app-command", "true", "--reason", "since"});
    BOOST_TEST_REQUIRE(noted.code == 0, noted.all());
    for (std::string const change :
         {"alter database {} set work_mem to '5MB'",
          "grant create on database {} to pg_monitor",
          "comment on database {} is 'the shop'"}) {
        site.server_sql(fmt::format(fmt::runtime(change), site.name()));
    }
    properties_ = properties_of(site);
    BOOST_TEST_REQUIRE(!is_good("at the start"));
}

bool TwoStates::is_good(std::string const& when, std::string const& database) const {
    auto const now = site.value(question, database);
    BOOST_TEST((now == good || now == bad), when << ": " << now);
    BOOST_TEST(site.value("select count(*) from slipway.rollback_log", database) == "1", when);
    return now == good;
}

void TwoStates::require_set_up(std::string const& when) const {
    auto const changes = catalog::differences(properties_of(site), properties_, true);
    BOOST_TEST(changes.empty(), when << ": " << text::join(changes, "; "));
    if (is_good(when)) {
        BOOST_TEST(
            site.value("select count(*) > 0 from pg_stats where tablename = 'items'") == "t", when);
    }
}

Clients::Clients(support::RestoreSite const& site, std::vector<Manner> const& manners, bool swapped)
    : site_(site), swapped_(swapped) {
    for (auto const manner : manners) {
        threads_.emplace_back([this, manner](std::stop_token const& done) { ask(done, manner); });
    }
}

int Clients::end(int least) {
    for (auto& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
    for (auto const& answer : answers_) {
        BOOST_TEST((answer == TwoStates::good || answer == TwoStates::bad), answer);
    }
    BOOST_TEST(answered_ > least);
    return answered_;
}

void Clients::note(std::string answer) {
    std::scoped_lock const lock{mutex_};
    answers_.insert(std::move(answer));
    ++answered_;
}

void Clients::ask(std::stop_token const& done, Manner manner) {
    while (!done.stop_requested()) {
        try {
            if (manner == Manner::comes_and_goes) {
                note(site_.value(TwoStates::question));
                continue;
            }
            auto connection = site_.database().connect();
            connection.exec("prepare ask as " + std::string{TwoStates::question});
            while (!done.stop_requested()) {
                note(connection.exec("execute ask").one_value<std::string>());
            }
        } catch (Error const& error) {
            // Ended for the swap, or waiting at its door: the next attempt must succeed.
            bool const expected =
                swapped_ && (error.sqlstate() == "3D000" || error.sqlstate() == "57P01" ||
                             error.kind() == ErrorKind::unavailable);
            if (!expected) {
                note(error.message());
            }
        }
    }
}

Stretches::Stretches(
    support::RestoreSite const& site,
    std::string tool,
    pg::ConnInfo const& where,
    std::string live,
    unsigned seed)
    : site_(site), tool_(std::move(tool)), watch_(pg::Connection::open(where)),
      live_query_(std::move(live)), seed_(seed) {}

std::int64_t Stretches::live() {
    return watch_.exec(live_query_).one_value<std::int64_t>();
}

void Stretches::add_whole(std::vector<std::string> const& arguments) {
    add("the whole run", {}, arguments);
}

void Stretches::add_from(
    std::string name,
    std::string const& statements,
    std::vector<std::string> const& arguments) {
    auto begun = [this, statements] {
        return watch_
            .exec(
                "select exists (select from pg_stat_activity "
                "where application_name like 'slipway/db-restore%' and query like any ($2) "
                "and (starts_with(datname, $1) or strpos(query, $1) > 0))",
                {site_.name(), statements})
            .one_value<bool>();
    };
    add(std::move(name), std::move(begun), arguments);
}

void Stretches::add_after_the_swap(std::vector<std::string> const& arguments) {
    add(
        "what comes after the swap", [this] { return live() != live_at_start_; }, arguments);
}

void Stretches::add(
    std::string name,
    std::function<bool()> begun,
    std::vector<std::string> const& arguments) {
    constexpr std::chrono::hours never{1};
    live_at_start_ = live();
    auto const run =
        support::start_and_kill(tool_, arguments, site_.environment(), never, SIGKILL, begun);
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    // A short one is missed where this process gets no time; runs that are not killed mend the guess.
    auto const length = run.left.value_or(run.duration / 10);
    stretches_.push_back({std::move(name), std::move(begun), support::Instants{length, seed_++}});
}

support::ToolRun Stretches::kill(std::vector<std::string> const& arguments, std::string& when) {
    auto& stretch = stretches_[next_++ % stretches_.size()];
    auto const at = stretch.instants.next();
    live_at_start_ = live();
    auto run =
        support::start_and_kill(tool_, arguments, site_.environment(), at, SIGKILL, stretch.begun);
    stretch.instants.saw(run);
    when = fmt::format("killed {} us into {}", at.count(), stretch.name);
    BOOST_TEST((run.signal == SIGKILL || run.code == 0), when << '\n' << run.all());
    ++stretch.aimed;
    stretch.killed += run.signal == SIGKILL ? 1 : 0;
    return run;
}

void Stretches::require_shares() const {
    int killed = 0;
    for (auto const& stretch : stretches_) {
        BOOST_TEST_MESSAGE(
            stretch.killed << " of " << stretch.aimed << " killed in " << stretch.name);
        // On a busy machine a stretch of milliseconds is often over before the kill is sent.
        if (support::full_faults()) {
            BOOST_TEST(4 * stretch.killed >= stretch.aimed, "most runs outlived " << stretch.name);
        }
        killed += stretch.killed;
    }
    BOOST_TEST(killed > 0);
}

} // namespace slipway::faults
