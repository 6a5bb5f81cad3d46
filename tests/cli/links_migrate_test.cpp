// SPDX-License-Identifier: Apache-2.0
// links-migrate on the sample application's 5,000 profiles: run, dry-run, idempotence, accounts.
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "hash/digest.hpp"
#include "support/links_site.hpp"
#include "text/join.hpp"

#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(links_migrate_run)

using namespace slipway;
using support::count;
using support::LinksSite;

namespace {

void require_accounted(support::ToolRun const& run) {
    BOOST_TEST(
        count(run, "items") == count(run, "inserted") + count(run, "already_present") +
                                   count(run, "duplicates") + count(run, "rejected"),
        run.all());
}

// Everything that pg_dump would see: the content of all tables, the ledger's too.
std::string all_tables(LinksSite const& site) {
    return site.ask(R"(
select string_agg(format('%s.%s %s', n.nspname, c.relname,
         md5((xpath('/row/x/text()', query_to_xml(format(
           'select md5(coalesce(string_agg(t::text, '','' order by t::text), '''')) as x from %I.%I t',
           n.nspname, c.relname), false, true, '')))[1]::text)), ' ' order by n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname !~ '^pg_|^information_schema')");
}

} // namespace

BOOST_AUTO_TEST_CASE(every_profile_is_moved_and_every_item_accounted_for) {
    LinksSite const site;
    auto const source = site.source_digest();
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    require_accounted(run);
    BOOST_TEST(count(run, "rows") == 5000);
    BOOST_TEST(count(run, "inserted") > 7000);
    BOOST_TEST(count(run, "already_present") == 0);
    BOOST_TEST(run.at("/data/complete") == "true");
    BOOST_TEST(
        site.ask("select count(*) from profile_links") == std::to_string(count(run, "inserted")));
    BOOST_TEST(site.source_digest() == source);
    BOOST_TEST(site.ask(R"(select count(*) from profile_links l join profiles p
        on p.id = l."profileId" where l."userId" <> p."userId")") == "0");
    BOOST_TEST(site.ask("select count(*) from profile_links where length(label) > 40") == "0");
    BOOST_TEST(site.ask("select count(*) from profile_links where url !~* '^https?://'") == "0");
    BOOST_TEST(site.ask(R"(select count(*) from (select from profile_links
                    group by "profileId", position having count(*) > 1) x)") == "0");
}

BOOST_AUTO_TEST_CASE(a_second_run_and_a_run_in_small_batches_write_nothing) {
    LinksSite const site;
    auto const first = site.run();
    BOOST_REQUIRE(first.code == 0);
    auto const digest =
        site.ask("select md5(string_agg(l::text, ',' order by id)) from profile_links l");
    for (std::string const& batch : {std::string{"10000"}, std::string{"137"}}) {
        auto const again = site.run({"--batch", batch});
        BOOST_TEST(again.code == 0, again.all());
        require_accounted(again);
        BOOST_TEST(count(again, "inserted") == 0);
        BOOST_TEST(count(again, "already_present") == count(first, "inserted"));
        BOOST_TEST(
            site.ask("select md5(string_agg(l::text, ',' order by id)) from profile_links l") ==
            digest);
    }
}

BOOST_AUTO_TEST_CASE(the_size_of_a_batch_makes_no_difference) {
    LinksSite const one;
    LinksSite const other;
    auto const whole = one.run();
    auto const parts = other.run({"--batch", "41"});
    BOOST_TEST(whole.code == 0, whole.all());
    BOOST_TEST(parts.code == 0, parts.all());
    BOOST_TEST(whole.at("/data/counts") == parts.at("/data/counts"));
    BOOST_TEST(one.target_digest() == other.target_digest());
}

BOOST_AUTO_TEST_CASE(a_dry_run_has_the_runs_numbers_and_writes_nothing) {
    LinksSite const site;
    auto const before = all_tables(site);
    auto const dry = site.run({"--dry-run", "--batch", "700"});
    BOOST_TEST(dry.code == 0, dry.all());
    require_accounted(dry);
    BOOST_TEST(all_tables(site) == before);
    for (char const* const kind : {"insert", "duplicate", "rejected"}) {
        BOOST_TEST(!dry.at(std::string{"/data/samples/"} + kind + "/0/key").empty(), kind);
        bool const more = kind != std::string{"rejected"} &&
                          !dry.at(std::string{"/data/samples/"} + kind + "/10").empty();
        BOOST_TEST(!more, kind);
    }
    auto const run = site.run();
    BOOST_TEST(run.at("/data/counts") == dry.at("/data/counts"));
    auto const after = site.run({"--dry-run"});
    BOOST_TEST(count(after, "inserted") == 0);
    BOOST_TEST(!after.at("/data/samples/present/0/key").empty());
}

BOOST_AUTO_TEST_CASE(a_dry_run_needs_no_more_than_the_right_to_read) {
    LinksSite const site;
    site.db.run("do $$ begin create role links_reader login; exception when duplicate_object then"
                " null; end $$;"
                "grant select on profiles, profile_links to links_reader");
    auto const before = all_tables(site);
    auto const url = site.db.conninfo().with("user", "links_reader").uri().reveal();
    auto const dry = site.run({"--dry-run"}, {{"DATABASE_URL", url}});
    BOOST_TEST(dry.code == 0, dry.all());
    BOOST_TEST(count(dry, "inserted") > 7000);
    BOOST_TEST(all_tables(site) == before);
    auto const run = site.run({}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.says("lacks the right insert"), run.all());
    BOOST_TEST(all_tables(site) == before);
    // Where the ledger is there and may not be read, the dry-run says what it cannot know.
    BOOST_REQUIRE(site.run().code == 0);
    auto const blind = site.run({"--dry-run"}, {{"DATABASE_URL", url}});
    BOOST_TEST(blind.code == 0, blind.all());
    BOOST_TEST(blind.says("ledger.readable"), blind.all());
    BOOST_TEST(count(blind, "inserted") == 0);
    site.db.run("drop owned by links_reader");
}

BOOST_AUTO_TEST_CASE(a_limited_run_is_gone_on_with) {
    LinksSite const site;
    LinksSite const whole;
    auto const all = whole.run();
    auto const part = site.run({"--limit", "1200", "--batch", "500"});
    BOOST_TEST(part.code == 0, part.all());
    BOOST_TEST(count(part, "rows") == 1200);
    BOOST_TEST(part.at("/data/complete") == "false");
    BOOST_TEST(part.says("stopped on the way"));
    auto const left = site.run({"--dry-run"});
    BOOST_TEST(count(left, "rows") == 3800);
    BOOST_TEST(site.run({"verify"}).code == 1);
    auto const rest = site.run();
    BOOST_TEST(rest.code == 0, rest.all());
    BOOST_TEST(rest.says("going on with run 1"), rest.err);
    BOOST_TEST(count(rest, "rows") == 3800);
    BOOST_TEST(count(rest, "inserted") == count(left, "inserted"));
    BOOST_TEST(rest.at("/data/run/counts") == all.at("/data/counts"));
    BOOST_TEST(site.target_digest() == whole.target_digest());
}

BOOST_AUTO_TEST_CASE(rejected_items_lie_in_a_file_that_is_an_artifact_without_secrets) {
    LinksSite const site;
    fs::TempFolder const folder{"slipway-links-"};
    auto const record = (folder.path() / "links.json").string();
    auto const run = site.run({"--output", record});
    BOOST_TEST(run.code == 0, run.all());
    fs::Path file;
    for (auto const& entry : std::filesystem::directory_iterator{folder.path()}) {
        if (entry.path().extension() == ".ndjson") {
            file = entry.path();
        }
    }
    BOOST_REQUIRE(!file.empty());
    auto const content = fs::read_file(file);
    auto const saved = json::parse(fs::read_file(record), "record");
    BOOST_TEST(
        text::lines(content).size() ==
        saved["data"]["run"]["counts"]["rejected"].get<std::size_t>());
    BOOST_TEST(saved["artifacts"][0]["path"] == file.filename().string());
    BOOST_TEST(saved["artifacts"][0]["sha256"] == hash::sha256_hex(content));
    BOOST_TEST(content.find("hunter2") == std::string::npos);
    for (auto const line : text::lines(content)) {
        auto const reject = json::parse(line, "line");
        BOOST_TEST(!reject["key"].get<std::string>().empty());
        BOOST_TEST(!reject["reason"].get<std::string>().empty());
    }
}

BOOST_AUTO_TEST_CASE(in_production_it_asks_and_keeps_the_applications_values_to_itself) {
    LinksSite const site;
    support::Environment const production{{"SLIPWAY_ENVIRONMENT", "production"}};
    auto const asked = site.run({}, production);
    BOOST_TEST(asked.code == 4, asked.all());
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
    fs::TempFolder const folder{"slipway-links-"};
    auto const dry =
        site.run({"--dry-run", "--output", (folder.path() / "dry.json").string()}, production);
    BOOST_TEST(dry.code == 0, dry.all());
    auto const run =
        site.run({"--yes", "--output", (folder.path() / "r.json").string()}, production);
    BOOST_TEST(run.code == 0, run.all());
    for (auto const& entry : std::filesystem::directory_iterator{folder.path()}) {
        BOOST_TEST(entry.path().extension() != ".ndjson", entry.path().string());
        BOOST_TEST(fs::read_file(entry.path()).find("person1") == std::string::npos);
    }
    BOOST_TEST(count(site.run({"--dry-run"}), "inserted") == 0);
}

BOOST_AUTO_TEST_CASE(the_mapping_is_printed_without_a_database) {
    auto const run = support::run_tool("links-migrate", {"--print-mapping"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/print_mapping/source/json") == "socialLinks");
    BOOST_TEST(run.out.find("\"profile_links\"") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
