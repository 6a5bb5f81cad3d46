// SPDX-License-Identifier: Apache-2.0
// What links-migrate makes of each shape that people have written into the column.
#include "support/links_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(links_shapes)

using namespace slipway;
using support::count;
using support::LinksSite;

namespace {

// One database for all values, since making one takes longer than the rest.
LinksSite const& empty_site() {
    static LinksSite const site{false};
    site.db.run("truncate users cascade; drop schema if exists slipway cascade");
    return site;
}

// The links that one profile with this JSON gets, where the rejected are these.
std::string
links_of(std::string const& json, std::string const& reasons = "{}", std::int64_t duplicates = 0) {
    LinksSite const& site = empty_site();
    site.add_profile(1, json);
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/counts/reasons") == reasons, json);
    BOOST_TEST(count(run, "duplicates") == duplicates, json);
    BOOST_TEST(site.run({"verify"}).code == 0, json);
    return site.links(1);
}

} // namespace

BOOST_AUTO_TEST_CASE(an_object_map_gets_the_order_of_types) {
    BOOST_TEST(
        links_of(R"({"linkedin": "https://l.example/1", "IMDB": "https://i.example",
                     "website": "https://w.example", " showreel ": " https://s.example\n"})") ==
        "0 website Website https://w.example\n"
        "1 imdb IMDb Profile https://i.example\n"
        "2 showreel Showreel https://s.example\n"
        "3 other LinkedIn https://l.example/1");
}

BOOST_AUTO_TEST_CASE(an_array_of_strings_keeps_its_order_and_is_labelled_by_host) {
    BOOST_TEST(
        links_of(
            R"(["https://B.example/x", 42, null, true, "", "https://a.example:8443"])",
            R"({"not_text":2})") == "0 other b.example https://B.example/x\n"
                                    "1 other a.example:8443 https://a.example:8443");
}

BOOST_AUTO_TEST_CASE(an_array_of_objects_is_read_by_its_members) {
    BOOST_TEST(
        links_of(
            R"([{"platform": "showreel", "title": "Reel", "href": "https://r.example", "order": 2},
                     {"type": "website", "label": "Home", "url": "https://h.example", "order": 1},
                     {"kind": "blog", "link": "https://b.example"},
                     {"name": "imdb", "url": " ", "href": "https://i.example"}])") ==
        "1 website Home https://h.example\n"
        "2 showreel Reel https://r.example\n"
        "3 other blog https://b.example\n"
        "4 imdb IMDb Profile https://i.example");
}

BOOST_AUTO_TEST_CASE(a_nested_object_and_an_array_like_one_are_read) {
    BOOST_TEST(
        links_of(R"({"imdb": {"url": "https://i.example", "label": "My IMDb"},
                     "website": {"link": "https://w.example"}})") ==
        "0 website Website https://w.example\n"
        "1 imdb My IMDb https://i.example");
    BOOST_TEST(
        links_of(
            R"({"10": "https://c.example", "0": {"platform": "imdb", "url": "https://a.example"},
                     "1": {"platform": "website", "url": "https://b.example"}})") ==
        "0 imdb IMDb Profile https://a.example\n"
        "1 website Website https://b.example\n"
        "2 other c.example https://c.example");
}

BOOST_AUTO_TEST_CASE(json_inside_of_a_text_is_read_once) {
    BOOST_TEST(
        links_of(
            R"("{\"website\": \"https://w.example\", \"imdb\": \"https://b\u00fccher.example\"}")") ==
        "0 website Website https://w.example\n"
        "1 imdb IMDb Profile https://b\u00fccher.example");
    BOOST_TEST(
        links_of(R"("\"{\\\"website\\\": \\\"https://w.example\\\"}\"")", R"({"too_deep":1})") ==
        "");
    BOOST_TEST(links_of(R"("{\"website\": \"https://w.exa")", R"({"broken_json":1})") == "");
    BOOST_TEST(
        links_of(R"("{\"a\": \"https://nul\\u0000.example\"}")", R"({"broken_json":1})") == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_no_item_and_scalars_are_rejected) {
    for (char const* const nothing :
         {"",
          "null",
          "{}",
          "[]",
          R"("")",
          R"("  ")",
          R"("{}")",
          R"("null")",
          R"([null, "", {}, []])",
          R"({"website": null, "imdb": "   "})"}) {
        BOOST_TEST(links_of(nothing) == "", nothing);
    }
    for (char const* const scalar :
         {"42", "true", R"("https://bare.example")", R"("see my page")", R"("42")"}) {
        BOOST_TEST(links_of(scalar, R"({"scalar":1})") == "", scalar);
    }
}

BOOST_AUTO_TEST_CASE(deeper_nesting_is_rejected) {
    BOOST_TEST(
        links_of(
            R"({"contact": {"channels": [{"url": "https://a.example"}]}})", R"({"too_deep":1})") ==
        "");
    BOOST_TEST(links_of(R"([["https://a.example"]])", R"({"too_deep":1})") == "");
    BOOST_TEST(
        links_of(R"({"imdb": {"url": {"href": "https://a.example"}}})", R"({"too_deep":1})") == "");
    BOOST_TEST(
        links_of(
            R"({"website": ["https://a.example"], "imdb": "https://i.example"})",
            R"({"too_deep":1})") == "0 imdb IMDb Profile https://i.example");
}

BOOST_AUTO_TEST_CASE(objects_without_an_address_and_hidden_ones_are_rejected) {
    BOOST_TEST(
        links_of(
            R"([{"type": "website", "label": "none"}, {"url": null, "type": "imdb"}, {"url": 7},
                {"url": "https://h.example", "isActive": false},
                {"url": "https://s.example", "isActive": true}])",
            R"({"inactive":1,"no_url":2,"not_text":1})") == "0 other s.example https://s.example");
}

BOOST_AUTO_TEST_CASE(wished_positions_are_kept_where_they_leave_room) {
    BOOST_TEST(
        links_of(R"([{"url": "https://a.example", "position": 10},
                     {"url": "https://b.example", "position": 5},
                     {"url": "https://c.example", "position": 5},
                     {"url": "https://d.example"},
                     {"url": "https://e.example", "position": -1},
                     {"url": "https://f.example", "position": "2"},
                     {"url": "https://g.example", "position": 1.5},
                     {"url": "https://h.example", "position": 3000000000}])") ==
        "2 other f.example https://f.example\n"
        "5 other b.example https://b.example\n"
        "6 other c.example https://c.example\n"
        "10 other a.example https://a.example\n"
        "11 other d.example https://d.example\n"
        "12 other e.example https://e.example\n"
        "13 other g.example https://g.example\n"
        "14 other h.example https://h.example");
}

BOOST_AUTO_TEST_CASE(labels_are_cut_at_forty_characters_as_the_server_counts_them) {
    std::string wide;
    for (int i = 0; i < 41; ++i) {
        wide += "\U0001F3AC";
    }
    auto const forty = wide.substr(0, 160);
    BOOST_TEST(
        links_of(
            R"([{"label": "exactly forty characters, not one more..", "url": "https://a.example"},
                {"label": "forty-one characters of which one is too m", "url": "https://b.example"},
                {"label": ")" +
            wide + R"(", "url": "https://c.example"},
                {"label": "  ", "url": "https://d.example"},
                {"label": "two\u0007\n lines", "url": "https://e.example"}])") ==
        "0 other exactly forty characters, not one more.. https://a.example\n"
        "1 other forty-one characters of which one is too https://b.example\n"
        "2 other " +
            forty +
            " https://c.example\n"
            "3 other d.example https://d.example\n"
            "4 other two  lines https://e.example");
}

BOOST_AUTO_TEST_CASE(duplicates_are_told_by_type_and_by_the_case_of_scheme_and_host_alone) {
    BOOST_TEST(
        links_of(
            R"([{"type": "website", "url": "https://A.example/Me"},
                {"type": "website", "url": "https://a.example/Me"},
                {"type": "website", "url": "HTTPS://a.EXAMPLE/Me"},
                {"type": "imdb", "url": "https://a.example/Me"},
                {"type": "website", "url": "https://a.example/me"}])",
            "{}",
            2) == "0 website Website https://A.example/Me\n"
                  "1 imdb IMDb Profile https://a.example/Me\n"
                  "2 website Website https://a.example/me");
}

BOOST_AUTO_TEST_CASE(what_the_application_has_written_is_not_doubled_and_new_links_come_behind) {
    LinksSite const site{false};
    site.add_profile(1, R"({"website": "HTTPS://w.example/X", "imdb": "https://i.example"})");
    site.db.run(
        R"(insert into profile_links ("userId", "profileId", label, url, type, position, "updatedAt")
        select "userId", id, 'Mine', 'https://W.example/X', 'website', 7, now() from profiles)");
    auto const run = site.run();
    BOOST_TEST(count(run, "already_present") == 1, run.all());
    BOOST_TEST(
        site.links(1) ==
        "7 website Mine https://W.example/X\n8 imdb IMDb Profile https://i.example");
    BOOST_TEST(site.run({"verify"}).at("/data/verify/links/theirs") == "1");
}

BOOST_AUTO_TEST_CASE(a_unique_constraint_of_the_target_is_heeded) {
    LinksSite const site;
    site.db.run(R"(create unique index on profile_links ("profileId", type, lower(url)))");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    // Two paths that differ in case alone are one for this index.
    BOOST_TEST(count(run, "conflicts") > 0);
    BOOST_TEST(
        count(run, "items") == count(run, "inserted") + count(run, "already_present") +
                                   count(run, "duplicates") + count(run, "rejected"));
    BOOST_TEST(
        site.run({"verify"}).at("/data/verify/links/missing") == run.at("/data/counts/conflicts"));
}

BOOST_AUTO_TEST_SUITE_END()
