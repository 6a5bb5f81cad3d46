// SPDX-License-Identifier: Apache-2.0
// links-migrate beside the application and beside another runner.
#include "pg/advisory_lock.hpp"
#include "support/links_site.hpp"

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(links_locks)

using namespace slipway;
using namespace std::chrono_literals;
using support::count;
using support::LinksSite;
using support::ToolRun;

namespace {

constexpr std::int64_t links_lock = 0x736c706c696e6b73;

pg::Options named(std::string name) {
    pg::Options options;
    options.application_name = std::move(name);
    return options;
}

std::future<ToolRun> start(LinksSite const& site, std::vector<std::string> args) {
    return std::async(std::launch::async, [&site, args] { return site.run(args); });
}

void until(LinksSite const& site, std::string_view condition) {
    auto const deadline = time::Deadline::after(30s);
    while (site.ask(condition) != "t") {
        BOOST_REQUIRE_MESSAGE(!deadline.expired(), "never came true: " << condition);
        std::this_thread::sleep_for(10ms);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_second_runner_is_refused_and_names_the_holder_or_waits) {
    LinksSite const site{false};
    site.add_profile(1, R"({"website": "https://w.example"})");
    auto other = site.db.connect(named("the-other-runner"));
    auto lock = pg::AdvisoryLock::try_take(other, links_lock);
    BOOST_REQUIRE(lock.has_value());
    for (auto const& args : std::vector<std::vector<std::string>>{
             {"--lock-wait", "0s"}, {"rollback", "--yes", "--lock-wait", "200ms"}}) {
        auto const run = site.run(args);
        BOOST_TEST(run.code == 4, run.all());
        BOOST_TEST(run.says("the-other-runner"), run.all());
        BOOST_TEST(run.says(std::to_string(other.backend_pid())));
    }
    BOOST_TEST(site.run({"status"}).at("/data/at_work") == "the-other-runner");
    BOOST_TEST(site.run({"--dry-run"}).code == 0);
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
    auto waiting = start(site, {"--lock-wait", "30s"});
    until(
        site,
        "select count(*) > 0 from pg_stat_activity where datname = current_database()"
        " and application_name like 'slipway/links-migrate%'");
    lock->release();
    BOOST_TEST(waiting.get().code == 0);
}

BOOST_AUTO_TEST_CASE(of_two_runners_at_once_every_link_is_written_once) {
    LinksSite const site;
    LinksSite const whole;
    BOOST_REQUIRE(whole.run().code == 0);
    auto first = start(site, {"--batch", "200", "--lock-wait", "60s", "--jobs", "2"});
    auto second = start(site, {"--batch", "300", "--lock-wait", "60s"});
    auto const one = first.get();
    auto const two = second.get();
    BOOST_TEST(one.code == 0, one.all());
    BOOST_TEST(two.code == 0, two.all());
    BOOST_TEST(site.target_digest() == whole.target_digest());
}

BOOST_AUTO_TEST_CASE(a_lock_of_the_application_is_waited_for_in_short_tries) {
    LinksSite const site{false};
    site.add_profile(1, R"({"website": "https://w.example"})");
    auto app = site.db.connect(named("app"));
    // The row's foreign key needs a lock that this one does not let pass.
    app.exec("begin; select * from profiles for update");
    auto running = start(site, {"--lock-timeout", "100ms"});
    std::this_thread::sleep_for(1s);
    BOOST_TEST(site.ask("select count(*) from profile_links") == "0");
    app.exec("commit");
    auto const run = running.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.says("a batch was given back"), run.err);
    BOOST_TEST(site.ask("select count(*) from profile_links") == "1");
}

BOOST_AUTO_TEST_CASE(no_lock_is_stronger_than_the_applications_own) {
    LinksSite const site;
    auto app = site.db.connect();
    // Holds the last profile, so that the run stands still in the middle of its transaction.
    app.exec("begin; select id from profiles order by id desc limit 1 for update");
    auto running = start(site, {"--lock-timeout", "30s", "--batch", "10000"});
    until(site, "select count(*) > 0 from pg_locks where not granted");
    BOOST_TEST(site.ask(R"(select coalesce(string_agg(distinct c.relname || ' ' || mode, ', '), '')
            from pg_locks l join pg_stat_activity a using (pid) join pg_class c on c.oid = l.relation
            join pg_namespace n on n.oid = c.relnamespace
            where a.application_name like 'slipway/links-migrate%' and n.nspname = 'public'
              and c.relkind = 'r' and mode not in ('AccessShareLock', 'RowShareLock')
              and (c.relname, mode) <> ('profile_links', 'RowExclusiveLock'))") == "");
    app.exec("commit");
    BOOST_TEST(running.get().code == 0);
}

BOOST_AUTO_TEST_CASE(the_application_may_write_meanwhile) {
    LinksSite const site;
    std::atomic<bool> done{false};
    std::atomic<int> written{0};
    std::jthread const writer{[&] {
        auto app = site.db.connect();
        for (int n = 1; !done; n = n % 4999 + 1) {
            std::string const who = std::to_string(n);
            app.exec(
                R"(insert into profile_links ("userId", "profileId", label, url, type, position, "updatedAt")
                   select "userId", id, 'Mine', 'https://mine.example/' || $1, 'other',
                          coalesce((select max(position) + 1 from profile_links l
                                    where l."profileId" = p.id), 0), now()
                   from profiles p where id = md5('profile:' || $1)::uuid)",
                {who});
            app.exec(
                R"(update profiles set "displayName" = 'x' where id = md5('profile:' || $1)::uuid)",
                {who});
            if (n % 50 == 0) {
                app.exec("delete from users where id = md5('user:' || $1)::uuid", {who});
            }
            ++written;
        }
    }};
    auto const run = site.run({"--batch", "100"});
    done = true;
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(written > 0);
    BOOST_TEST(
        count(run, "items") == count(run, "inserted") + count(run, "already_present") +
                                   count(run, "duplicates") + count(run, "rejected"));
    auto const verified = site.run({"verify"});
    BOOST_TEST(verified.code == 0, verified.all());
    BOOST_TEST(site.ask(R"(select count(*) from profile_links l
            where not exists (select from profiles p where p.id = l."profileId"))") == "0");
    auto const undone = site.run({"rollback", "--yes"});
    BOOST_TEST(undone.code == 0, undone.all());
    BOOST_TEST(site.ask("select count(*) from profile_links where label <> 'Mine'") == "0");
    BOOST_TEST(site.ask("select count(*) > 0 from profile_links") == "t");
}

BOOST_AUTO_TEST_CASE(the_throttle_keeps_its_share_within_a_fifth) {
    for (char const* const jobs : {"1", "2"}) {
        LinksSite const site;
        auto const run =
            site.run({"--batch", "500", "--throttle", "40%", "--jobs", jobs, "--samples", "no"});
        BOOST_TEST(run.code == 0, run.all());
        BOOST_TEST(run.at("/data/throttle/asked") == "0.4");
        auto const kept = std::stod(run.at("/data/throttle/kept"));
        BOOST_TEST((kept >= 0.32 && kept <= 0.48), run.at("/data/throttle"));
        // It has worked and rested for no longer than it has run.
        auto const both = std::stoll(run.at("/data/throttle/worked_ms")) +
                          std::stoll(run.at("/data/throttle/rested_ms"));
        BOOST_TEST(both <= run.duration.count() * std::stoi(jobs));
        BOOST_TEST(both > 0);
    }
}

BOOST_AUTO_TEST_CASE(several_workers_write_what_one_writes) {
    LinksSite const one;
    LinksSite const three;
    auto const whole = one.run();
    auto const parts = three.run({"--jobs", "3", "--batch", "250"});
    BOOST_TEST(whole.code == 0, whole.all());
    BOOST_TEST(parts.code == 0, parts.all());
    BOOST_TEST(parts.at("/data/run/parts") == "12");
    BOOST_TEST(parts.at("/data/run/parts_done") == "12");
    BOOST_TEST(parts.at("/data/counts") == whole.at("/data/counts"));
    BOOST_TEST(one.target_digest() == three.target_digest());
    LinksSite const limited;
    auto const some = limited.run({"--jobs", "2", "--batch", "100", "--limit", "1500"});
    BOOST_TEST(count(some, "rows") == 1500, some.all());
    BOOST_TEST(some.at("/data/complete") == "false");
    BOOST_TEST(limited.run({"--jobs", "2"}).at("/data/complete") == "true");
    BOOST_TEST(limited.target_digest() == one.target_digest());
}

BOOST_AUTO_TEST_CASE(a_throttled_run_that_is_terminated_leaves_its_record_and_is_gone_on_with) {
    LinksSite const site;
    LinksSite const whole;
    BOOST_REQUIRE(whole.run().code == 0);
    auto const run = support::start_and_kill(
        "links-migrate",
        {"--batch", "50", "--throttle", "90%"},
        site.environment(),
        1500ms,
        SIGTERM);
    BOOST_TEST(run.code == 143, run.all());
    BOOST_TEST(run.at("/status") == "aborted");
    BOOST_TEST(run.at("/data/complete") == "false", run.all());
    auto const rest = site.run({"--lock-wait", "30s"});
    BOOST_TEST(rest.code == 0, rest.all());
    BOOST_TEST(rest.says("going on with run 1"));
    BOOST_TEST(site.target_digest() == whole.target_digest());
}

BOOST_AUTO_TEST_SUITE_END()
