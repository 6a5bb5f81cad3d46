// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/series.hpp"

#include "fs/temp_folder.hpp"
#include "support/errors.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_series)

using namespace slipway;
using monitor::Sample;
using monitor::Series;
using monitor::Start;

namespace {

Sample sample(int second) {
    Sample out;
    out.at = time::Instant{std::chrono::seconds{second}};
    out.values = {{"pg.connections", 7}, {"pg.up", 1}};
    out.answers = {{"health", 200, 12.5, true, 41, ""}, {"login", 0, 0, false, {}, "refused"}};
    out.waits = {{12, "app", 2500, "AccessExclusiveLock", "public.users", {{13, "psql", "idle"}}}};
    out.largest_table = "public.orders";
    out.gaps = {{"postgres", "too slow"}};
    return out;
}

struct Place {
    fs::TempFolder folder{"series-"};
    fs::Path path = folder.path() / "s.ndjson";

    [[nodiscard]] std::vector<Sample> samples() const {
        std::vector<Sample> out;
        Series::read(
            path,
            {[](Start const&) {},
             [&](Sample const& each) {
                 out.push_back(each);
             }});
        return out;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
    Place const place;
    auto series = Series::append_to(place.path);
    Start start{time::Instant{}, "r1", "shop", "staging", "postgresql://db/shop", {}, {}};
    start.every = std::chrono::seconds{30};
    start.endpoints = {{"health", "http://secret", "http://h/health"}};
    series.append(monitor::to_line(start));
    series.append(monitor::to_line(sample(1)));
    std::optional<Start> read;
    std::vector<Sample> samples;
    Series::read(
        place.path,
        {[&](Start const& each) { read = each; },
         [&](Sample const& s) {
             samples.push_back(s);
         }});
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->environment == "staging");
    BOOST_TEST(read->every.count() == 30'000);
    BOOST_TEST(read->endpoints.at(0).shown == "http://h/health");
    BOOST_TEST(fs::read_file(place.path).find("secret") == std::string::npos);
    BOOST_REQUIRE(samples.size() == 1);
    auto const& back = samples[0];
    BOOST_TEST((back.at == sample(1).at));
    BOOST_TEST((back.values == sample(1).values));
    BOOST_TEST(back.answers.size() == 2);
    BOOST_TEST((back.answers[0].remaining == 41 && back.answers[0].expected));
    BOOST_TEST((back.answers[1].status == 0 && back.answers[1].fault == "refused"));
    BOOST_TEST(back.waits.at(0).by.at(0).application == "psql");
    BOOST_TEST((back.gaps == sample(1).gaps));
    BOOST_TEST(back.largest_table == "public.orders");
}

BOOST_AUTO_TEST_CASE(an_unfinished_last_line_is_cut_at_every_length_and_the_series_goes_on) {
    auto const line = monitor::to_line(sample(1));
    for (std::size_t cut = 0; cut <= line.size(); cut += 7) {
        Place const place;
        fs::write_atomic(place.path, line + "\n" + line.substr(0, cut));
        BOOST_TEST(place.samples().size() == 1, cut);
        {
            auto series = Series::append_to(place.path);
            BOOST_TEST(series.cut() == cut);
            series.append(monitor::to_line(sample(2)));
        }
        auto const samples = place.samples();
        BOOST_TEST(samples.size() == 2, cut);
        BOOST_TEST((samples.back().at == sample(2).at));
    }
}

BOOST_AUTO_TEST_CASE(an_unfinished_line_longer_than_a_block_is_cut_too) {
    Place const place;
    auto const line = monitor::to_line(sample(1));
    fs::write_atomic(place.path, line + "\n{\"kind\":\"" + std::string(20'000, 'x'));
    BOOST_TEST(Series::append_to(place.path).cut() == 20'009);
    BOOST_TEST(fs::read_file(place.path) == line + "\n");
}

BOOST_AUTO_TEST_CASE(only_an_unfinished_line_leaves_an_empty_series) {
    Place const place;
    fs::write_atomic(place.path, "{\"kind\":\"sta");
    BOOST_TEST(Series::append_to(place.path).cut() == 12);
    BOOST_TEST(fs::read_file(place.path).empty());
}

BOOST_AUTO_TEST_CASE(a_file_of_somebody_else_is_not_cut) {
    Place const place;
    fs::write_atomic(place.path, "dear diary");
    auto const error = support::error_of([&] { (void)Series::append_to(place.path); });
    BOOST_TEST((error.kind() == ErrorKind::usage));
    BOOST_TEST(fs::read_file(place.path) == "dear diary");
}

BOOST_AUTO_TEST_CASE(a_malformed_line_is_named_by_its_number) {
    auto const good = monitor::to_line(sample(1)) + "\n";
    for (std::string const bad :
         {"dear diary",
          "{}",
          "[1]",
          R"({"kind":"sample"})",
          R"({"kind":"sample","at":"yesterday","values":{}})",
          R"({"kind":"sample","at":"2026-01-31T10:00:00Z","values":{"pg.up":"1"}})",
          R"({"kind":"sample","at":"2026-01-31T10:00:00Z","values":{},"answers":{}})",
          R"({"kind":"start","version":2,"at":"2026-01-31T10:00:00Z"})"}) {
        Place const place;
        fs::write_atomic(place.path, good + bad + "\n" + good);
        auto const error = support::error_of([&] { (void)place.samples(); });
        BOOST_TEST((error.kind() == ErrorKind::usage), bad);
        BOOST_TEST(error.message().find("s.ndjson:2: ") != std::string::npos, error.message());
        BOOST_TEST(error.where().line == 2);
    }
}

BOOST_AUTO_TEST_CASE(a_line_of_a_later_version_is_passed_over) {
    Place const place;
    fs::write_atomic(place.path, "{\"kind\":\"verdict\"}\n" + monitor::to_line(sample(1)) + "\n");
    BOOST_TEST(place.samples().size() == 1);
}

BOOST_AUTO_TEST_CASE(two_writers_at_once_are_refused) {
    Place const place;
    auto const first = Series::append_to(place.path);
    auto const error = support::error_of([&] { (void)Series::append_to(place.path); });
    BOOST_TEST((error.kind() == ErrorKind::refused));
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused) {
    fs::TempFolder const folder{"series-"};
    BOOST_TEST((support::error_of([&] {
                    (void)Series::append_to(folder.path());
                }).kind() == ErrorKind::usage));
    BOOST_TEST((support::error_of([] {
                    Series::read("/nowhere/s.ndjson", {});
                }).kind() == ErrorKind::usage));
}

BOOST_AUTO_TEST_SUITE_END()
