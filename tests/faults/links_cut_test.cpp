// SPDX-License-Identifier: Apache-2.0
// The connection of links-migrate cut at its messages to the server, one after the other: the next
// start goes on, and no link is lost or doubled.
#include "support/cutting_proxy.hpp"
#include "support/kills.hpp"
#include "support/links_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(links_cut)

using namespace slipway;
using support::Cut;
using support::LinksSite;

namespace {

constexpr std::size_t profiles = 6;

void fill(LinksSite const& site) {
    std::vector<std::string> const values{
        R"({"website": "https://w.example", "imdb": "https://i.example"})",
        R"("{\"website\": \"https://b\u00fccher.example\"}")",
        R"(["https://a.example:8443", "https://a.example:8443", "javascript:x"])",
        "null",
        R"([{"url": "https://u.example", "label": "U"}, {"url": 7}])",
        R"({"showreel": {"url": "https://s.example"}})"};
    for (std::size_t n = 0; n < profiles; ++n) {
        site.add_profile(static_cast<int>(n), values[n]);
    }
}

// Runs the tool through a proxy that cuts at that message; whether it has cut.
bool cut_run(
    LinksSite const& site,
    std::vector<std::string> args,
    int message,
    Cut cut,
    std::string const& when) {
    auto const target = site.db.conninfo();
    support::CuttingProxy const proxy{std::stoi(target.port()), message, cut};
    auto const run = site.run(
        std::move(args),
        {{"DATABASE_URL", target.with("port", std::to_string(proxy.port())).uri().reveal()}});
    if (!proxy.has_cut()) {
        BOOST_TEST(run.code == 0, when + ": " + run.all());
        return false;
    }
    BOOST_TEST((run.code == 3 || run.code == 0), when + ": " + run.all());
    return true;
}

// Cuts at every fifth message (at each in the full form), beginning at `first`; the number of
// messages of a whole run, or a few more.
int cut_at_messages(bool rollback, Cut cut, int first) {
    LinksSite const whole{false};
    fill(whole);
    BOOST_REQUIRE(whole.run().code == 0);
    auto const wanted = whole.target_digest();
    int const stride = support::full_faults() ? 1 : 5;
    for (int message = stride == 1 ? 1 : first;; message += stride) {
        std::string const when = "cut at message " + std::to_string(message);
        LinksSite const site{false};
        fill(site);
        auto const empty = site.target_digest();
        std::vector<std::string> args{"--batch", "2"};
        if (rollback) {
            BOOST_REQUIRE(site.run().code == 0);
            args = {"rollback", "--yes", "--batch", "2"};
        }
        bool const was_cut = cut_run(site, args, message, cut, when);
        args.insert(args.end(), {"--lock-wait", "60s"});
        auto const rest = site.run(args);
        BOOST_TEST(rest.code == 0, when + ": " + rest.all());
        BOOST_TEST(site.target_digest() == (rollback ? empty : wanted), when);
        if (!rollback) {
            BOOST_TEST(site.run({"verify"}).code == 0, when);
        }
        if (!was_cut) {
            return message;
        }
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_run_that_loses_its_connection_is_gone_on_with) {
    BOOST_TEST(cut_at_messages(false, Cut::before_the_server_sees_it, 2) > 30);
    BOOST_TEST(cut_at_messages(false, Cut::after_the_server_answers, 3) > 30);
}

BOOST_AUTO_TEST_CASE(a_rollback_that_loses_its_connection_is_gone_on_with) {
    BOOST_TEST(cut_at_messages(true, Cut::before_the_server_sees_it, 1) > 20);
    BOOST_TEST(cut_at_messages(true, Cut::after_the_server_answers, 2) > 20);
}

BOOST_AUTO_TEST_SUITE_END()
