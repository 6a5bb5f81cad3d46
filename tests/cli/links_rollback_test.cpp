// SPDX-License-Identifier: Apache-2.0
// links-migrate verify, rollback and status.
#include "support/links_site.hpp"

#include <boost/test/unit_test.hpp>

using namespace slipway;
using support::count;
using support::LinksSite;

namespace links_rollback {

namespace {

constexpr std::string_view three =
    R"({"website": "https://w.example", "imdb": "https://i.example", "showreel": "https://s.example"})";

struct Three {
    LinksSite site{false};

    Three() {
        for (int n = 1; n <= 3; ++n) {
            site.add_profile(n, std::string{three});
        }
    }
};

} // namespace

} // namespace links_rollback

BOOST_FIXTURE_TEST_SUITE(links_rollback, links_rollback::Three)

BOOST_AUTO_TEST_CASE(exactly_what_was_written_and_not_changed_since_is_removed) {
    site.db.run(
        R"(insert into profile_links ("userId", "profileId", label, url, type, position, "updatedAt")
        select "userId", id, 'Before', 'https://before.example', 'other', 0, now() from profiles)");
    auto const source = site.source_digest();
    BOOST_REQUIRE(site.run().code == 0);
    site.db.run(R"(
        insert into profile_links ("userId", "profileId", label, url, type, position, "updatedAt")
          select "userId", id, 'After', 'https://after.example', 'other', 50, now() from profiles;
        update profile_links set label = 'Renamed'
          where url = 'https://i.example' and "profileId" = md5('profile:1')::uuid;
        delete from profile_links
          where url = 'https://s.example' and "profileId" = md5('profile:2')::uuid)");
    auto const dry = site.run({"rollback", "--dry-run"});
    BOOST_TEST(dry.code == 0, dry.all());
    BOOST_TEST(dry.at("/data/rollback/removed") == "7", dry.all());
    BOOST_TEST(site.ask("select count(*) from profile_links") == "14");
    auto const asked = site.run({"rollback"});
    BOOST_TEST(asked.code == 4, asked.all());
    BOOST_TEST(site.ask("select count(*) from profile_links") == "14");
    auto const run = site.run({"rollback", "--yes", "--batch", "2"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/rollback/removed") == "7", run.all());
    BOOST_TEST(run.at("/data/rollback/kept_changed") == "1");
    BOOST_TEST(run.at("/data/rollback/already_gone") == "1");
    BOOST_TEST(
        site.ask("select string_agg(distinct label, ' ' order by label) from profile_links") ==
        "After Before Renamed");
    BOOST_TEST(site.ask("select count(*) from profile_links") == "7");
    BOOST_TEST(site.source_digest() == source);
    BOOST_TEST(site.run({"rollback", "--yes"}).at("/data/rollback/removed") == "0");
}

BOOST_AUTO_TEST_CASE(
    after_a_rollback_a_run_writes_again_but_not_what_the_application_made_its_own) {
    BOOST_REQUIRE(site.run().code == 0);
    auto const before = site.target_digest();
    BOOST_REQUIRE(site.run({"rollback", "--yes"}).code == 0);
    BOOST_TEST(site.ask("select count(*) from profile_links") == "0");
    BOOST_REQUIRE(site.run().code == 0);
    BOOST_TEST(site.target_digest() == before);
    BOOST_TEST(site.run({"verify"}).code == 0);
    site.db.run("delete from profile_links where url = 'https://s.example'");
    auto const again = site.run();
    BOOST_TEST(count(again, "inserted") == 0, again.all());
    BOOST_TEST(count(again, "already_present") == 9);
    BOOST_REQUIRE(site.run({"rollback", "--yes"}).code == 0);
    auto const last = site.run();
    BOOST_TEST(count(last, "inserted") == 6, last.all());
}

BOOST_AUTO_TEST_CASE(an_unfinished_rollback_is_gone_on_with_and_no_run_begins) {
    BOOST_REQUIRE(site.run().code == 0);
    site.db.run("update slipway.links_run set state = 'rolling_back';"
                "delete from profile_links l using slipway.links_row r"
                " where l.id = r.target_id::uuid and l.url = 'https://w.example';"
                "delete from slipway.links_row where target_id not in (select id::text from "
                "profile_links)");
    auto const refused = site.run();
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(refused.says("links-migrate rollback"), refused.all());
    BOOST_TEST(site.run({"--dry-run"}).code == 4);
    auto const run = site.run({"rollback", "--yes"});
    BOOST_TEST(run.at("/data/rollback/removed") == "6", run.all());
    BOOST_TEST(site.ask("select count(*) from profile_links") == "0");
    BOOST_TEST(site.run().code == 0);
}

BOOST_AUTO_TEST_CASE(a_table_that_hangs_on_the_links_is_not_swept_away) {
    BOOST_REQUIRE(site.run().code == 0);
    site.db.run(
        "create table clicks (id int, link uuid references profile_links on delete cascade)");
    auto const run = site.run({"rollback", "--yes"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.says("clicks"));
    BOOST_TEST(site.ask("select count(*) from profile_links") == "9");
}

BOOST_AUTO_TEST_CASE(verify_passes_after_a_run_and_tells_what_the_application_did_since) {
    auto const early = site.run({"verify"});
    BOOST_TEST(early.code == 4, early.all());
    BOOST_REQUIRE(site.run().code == 0);
    auto const whole = site.run({"verify"});
    BOOST_TEST(whole.code == 0, whole.all());
    BOOST_TEST(whole.at("/data/verify/links/same") == "9");
    site.db.run(R"(
        update profile_links set position = position + 5 where url = 'https://w.example';
        delete from profile_links where url = 'https://s.example')");
    auto const since = site.run({"verify", "--batch", "1"});
    BOOST_TEST(since.code == 0, since.all());
    BOOST_TEST(since.at("/data/verify/links/same") == "3");
    BOOST_TEST(since.at("/data/verify/links/changed") == "3");
    BOOST_TEST(since.at("/data/verify/links/gone") == "3");
}

BOOST_AUTO_TEST_CASE(verify_finds_a_row_that_is_missing_and_one_too_many) {
    BOOST_REQUIRE(site.run().code == 0);
    site.db.run(R"(update profiles set "socialLinks" = '{"website": "https://new.example"}'
                   where id = md5('profile:2')::uuid)");
    auto const run = site.run({"verify"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/data/verify/links/missing") == "1");
    BOOST_TEST(run.at("/data/verify/links/strays") == "3");
    BOOST_TEST(run.at("/data/samples/missing/0/value") == "https://new.example");
    BOOST_TEST(!run.at("/data/samples/stray/2/key").empty());
}

BOOST_AUTO_TEST_CASE(verify_finds_rows_that_are_not_what_the_source_says) {
    BOOST_REQUIRE(site.run().code == 0);
    // As a faulty writer would have left it: the ledger agrees with the row, the source does not.
    site.db.run(R"(update profiles set "socialLinks" =
                     '{"website": {"url": "https://w.example", "label": "Other"},
                       "imdb": "https://i.example", "showreel": "https://s.example"}'
                   where id = md5('profile:1')::uuid;
                   update profiles set "socialLinks" =
                     '[{"type": "imdb", "url": "https://i.example", "label": "IMDb Profile"},
                       {"type": "website", "url": "https://w.example", "label": "Website"},
                       {"type": "showreel", "url": "https://s.example", "label": "Showreel"}]'
                   where id = md5('profile:2')::uuid)");
    auto const run = site.run({"verify"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/data/verify/links/differs") == "1");
    BOOST_TEST(run.at("/data/verify/links/misplaced") == "1");
}

BOOST_AUTO_TEST_CASE(verify_finds_a_ledger_that_lost_a_note) {
    BOOST_REQUIRE(site.run().code == 0);
    site.db.run("delete from slipway.links_row where source_key = md5('profile:3')::uuid::text");
    auto const run = site.run({"verify"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.says("9 inserted, 6 noted"), run.all());
}

BOOST_AUTO_TEST_CASE(status_tells_of_all_runs) {
    auto const none = site.run({"status"});
    BOOST_TEST(none.code == 0, none.all());
    BOOST_TEST(none.at("/data/runs") == "[]");
    BOOST_REQUIRE(site.run().code == 0);
    BOOST_REQUIRE(site.run({"rollback", "--yes"}).code == 0);
    BOOST_REQUIRE(site.run({"--limit", "2"}).code == 0);
    auto const run = site.run({"status"});
    BOOST_TEST(run.at("/data/runs/0/state") == "running", run.all());
    BOOST_TEST(run.at("/data/runs/0/counts/inserted") == "6");
    BOOST_TEST(run.at("/data/runs/1/state") == "rolled_back");
    BOOST_TEST(run.at("/data/runs/1/counts/items") == "9");
}

BOOST_AUTO_TEST_SUITE_END()
