// SPDX-License-Identifier: Apache-2.0
// What links-migrate refuses, and what it says then.
#include "support/links_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(links_refusals)

using namespace slipway;
using support::LinksSite;

namespace {

// Runs after `change`: refused, with the word in the message, and nothing written.
void require_refused(std::string const& change, std::string const& word) {
    LinksSite const site{false};
    site.add_profile(1, R"({"website": "https://w.example"})");
    site.db.run(change);
    for (auto const& args : std::vector<std::vector<std::string>>{{}, {"--dry-run"}}) {
        auto const run = site.run(args);
        BOOST_TEST(run.code == 4, change << ": " << run.all());
        BOOST_TEST(run.at("/error/message").find(word) != std::string::npos, run.all());
        BOOST_TEST(!run.at("/error/hint").empty(), run.all());
    }
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
}

} // namespace

BOOST_AUTO_TEST_CASE(tables_and_columns_that_are_missing_or_wrong_are_named) {
    require_refused("drop table profile_links", "there is no table profile_links");
    require_refused("alter table profiles rename to persons", "there is no table profiles");
    require_refused(
        R"(alter table profiles rename column "socialLinks" to links)",
        "profiles has no column socialLinks");
    require_refused(
        R"(alter table profiles alter column "socialLinks" type xml using null)",
        "of type xml, not jsonb or json");
    require_refused(
        "alter table profiles drop constraint profiles_pkey cascade", "is not its primary key");
    require_refused("alter table profile_links alter column label type varchar(20)", "too narrow");
    require_refused(
        "alter table profile_links rename column position to place", "no column position");
    require_refused(
        "alter table profile_links add column must int not null", "must of profile_links");
    require_refused(
        R"(alter table profile_links alter column type drop default;
           create type "T" as enum ('website', 'imdb', 'showreel');
           alter table profile_links alter column type type "T" using type::text::"T")",
        "has no value other");
    require_refused(
        R"(alter table profile_links drop constraint "profile_links_profileId_fkey";
           alter table profile_links alter column "profileId" type text)",
        "profileId of profile_links is of type text");
    require_refused(
        "alter table profile_links rename to old_links;"
        "create view profile_links as select * from old_links",
        "is no table");
}

BOOST_AUTO_TEST_CASE(rights_that_are_missing_are_named) {
    LinksSite const site{false};
    site.add_profile(1, R"({"website": "https://w.example"})");
    site.db.run("do $$ begin create role links_writer login; exception when duplicate_object then"
                " null; end $$");
    auto const url = site.db.conninfo().with("user", "links_writer").uri().reveal();
    auto const run = [&](std::vector<std::string> args) {
        return site.run(std::move(args), {{"DATABASE_URL", url}});
    };
    BOOST_TEST(run({}).says("lacks the right select on \\\"public\\\".\\\"profiles\\\""));
    site.db.run("grant select on profiles, profile_links to links_writer");
    BOOST_TEST(run({}).says("lacks the right insert"));
    site.db.run("grant insert on profile_links to links_writer");
    auto const no_schema = run({});
    BOOST_TEST(no_schema.code == 4, no_schema.all());
    BOOST_TEST(no_schema.says("create schema slipway authorization"), no_schema.all());
    site.db.run("create schema slipway authorization links_writer");
    auto const works = run({});
    BOOST_TEST(works.code == 0, works.all());
    BOOST_TEST(run({"verify"}).code == 0);
    BOOST_TEST(run({"rollback", "--yes"}).says("lacks the right delete"));
    site.db.run("alter table profiles enable row level security");
    auto const hidden = run({});
    BOOST_TEST(hidden.code == 4, hidden.all());
    BOOST_TEST(hidden.says("row security"), hidden.all());
    site.db.run("drop owned by links_writer cascade");
}

BOOST_AUTO_TEST_CASE(a_run_of_another_mapping_is_not_gone_on_with) {
    LinksSite const site{false};
    site.add_profile(1, R"({"website": "https://w.example"})");
    site.add_profile(2, R"({"website": "https://w.example"})");
    BOOST_REQUIRE(site.run({"--limit", "1"}).code == 0);
    site.db.run("update slipway.links_run set checksum = 'other'");
    auto const run = site.run();
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.says("another mapping"));
    BOOST_TEST(site.ask("select count(*) from profile_links") == "1");
}

BOOST_AUTO_TEST_CASE(a_target_without_an_index_on_the_parent_is_warned_of) {
    LinksSite const site{false};
    site.db.run(R"(drop index "profile_links_profileId_position_idx")");
    auto const run = site.run({"--dry-run"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.says("target.indexed"));
    BOOST_TEST(run.at("/status") == "warned");
}

BOOST_AUTO_TEST_CASE(a_schema_that_the_url_names_as_prisma_does_is_the_one) {
    LinksSite const site{false};
    site.add_profile(1, R"({"website": "https://w.example"})");
    site.db.run("create schema app; alter table profiles set schema app;"
                "alter table profile_links set schema app");
    BOOST_TEST(site.run().code == 4);
    auto url = site.db.conninfo().uri().reveal();
    url += url.find('?') == std::string::npos ? "?schema=app" : "&schema=app";
    auto const run = site.run({}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) from app.profile_links") == "1");
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_usage_errors) {
    LinksSite const site{false};
    BOOST_TEST(site.run({"--batch", "0"}).code == 2);
    BOOST_TEST(site.run({"--limit", "-1"}).code == 2);
    BOOST_TEST(site.run({"--throttle", "100%"}).code == 2);
    BOOST_TEST(site.run({"status", "--dry-run"}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
