// SPDX-License-Identifier: Apache-2.0
// links-migrate beside another process that inserts, updates and deletes links all the time: what
// that process has written stands there as it left it, after run, second run and rollback.
#include "support/forked.hpp"
#include "support/links_site.hpp"
#include "time/deadline.hpp"

#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(links_writer)

using namespace slipway;
using support::count;
using support::LinksSite;

namespace {

// What the writer has done with a link last; written in the transaction that did it.
constexpr std::string_view tables = R"(
create table written (id uuid primary key, label text, gone boolean not null default false);
create table stop ();)";

// One turn on the profile of that number: its own links, and those that links-migrate wrote.
constexpr std::string_view turn = R"(
with p as (select id, "userId" from profiles where id = md5('profile:' || $1)::uuid),
mine as (
  insert into profile_links ("userId", "profileId", label, url, type, position, "updatedAt")
  select "userId", id, 'mine', 'https://mine.example/' || $1 || '/' || $2, 'other',
         coalesce((select max(position) + 1 from profile_links l where l."profileId" = p.id), 0), now()
  from p returning id, label
),
edited as (
  update profile_links l set label = 'edited ' || $2, "updatedAt" = now()
  where l.id = (select l2.id from profile_links l2, p where l2."profileId" = p.id
                and l2.position % 3 = 1 order by l2.position limit 1)
  returning l.id, l.label
),
removed as (
  delete from profile_links l
  where l.id = (select l2.id from profile_links l2, p where l2."profileId" = p.id
                and l2.position % 3 = 2 order by l2.position limit 1)
  returning l.id, l.label
)
insert into written
select id, label, false from mine union all select id, label, false from edited
union all select id, label, true from removed
on conflict (id) do update set label = excluded.label, gone = excluded.gone)";

std::string write_until_told(pg::ConnInfo const& where, int first) {
    auto app = pg::Connection::open(where);
    int turns = 0;
    for (; app.exec("select to_regclass('stop') is not null").one_value<bool>(); ++turns) {
        app.exec(turn, {std::to_string((first + turns * 7) % 5000 + 1), std::to_string(turns)});
    }
    return std::to_string(turns);
}

// What does not stand as the writer left it.
std::string lost(LinksSite const& site) {
    return site.ask(R"(select count(*) from written w left join profile_links l on l.id = w.id
        where case when w.gone then l.id is not null else l.label is distinct from w.label end)");
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_that_another_process_writes_meanwhile_is_lost) {
    LinksSite const site;
    site.db.run(tables);
    auto const where = site.db.conninfo();
    auto writer = std::async(std::launch::async, [&] {
        return support::in_child([&] { return write_until_told(where, 17); });
    });
    // Forked while the tool's pipes are open, it would keep these open.
    auto const deadline = time::Deadline::after(std::chrono::seconds{60});
    while (site.ask("select count(*) > 0 from written") != "t") {
        BOOST_REQUIRE(!deadline.expired());
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    auto const run = site.run({"--batch", "100", "--jobs", "2", "--throttle", "30%"});
    auto const again = site.run({"--batch", "1000", "--jobs", "2"});
    site.db.run("drop table stop");
    auto const end = writer.get();
    BOOST_TEST(end.exit_code == 0, end.answer);
    BOOST_TEST(std::stoi(end.answer) > 20, end.answer);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(again.code == 0, again.all());
    for (auto const* const each : {&run, &again}) {
        BOOST_TEST(
            count(*each, "items") == count(*each, "inserted") + count(*each, "already_present") +
                                         count(*each, "duplicates") + count(*each, "rejected"));
    }
    // What was removed does not come back.
    BOOST_TEST(count(again, "inserted") == 0, again.all());
    BOOST_TEST(lost(site) == "0");
    auto const verified = site.run({"verify"});
    BOOST_TEST(verified.code == 0, verified.all());
    auto const edited = site.ask(R"(select count(*) from written w join slipway.links_row r
        on r.target_id = w.id::text where not w.gone)");
    auto const undone = site.run({"rollback", "--yes"});
    BOOST_TEST(undone.code == 0, undone.all());
    BOOST_TEST(undone.at("/data/rollback/kept_changed") == edited);
    BOOST_TEST(lost(site) == "0");
    BOOST_TEST(
        site.ask("select count(*) from profile_links") ==
        site.ask("select count(*) from written where not gone"));
}

BOOST_AUTO_TEST_SUITE_END()
