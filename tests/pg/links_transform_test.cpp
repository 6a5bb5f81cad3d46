// SPDX-License-Identifier: Apache-2.0
// The statement of links-migrate against a plain transformation in C++, on random values.
#include "../../tools/links-migrate/fresh_rows.hpp"
#include "../../tools/links-migrate/journal.hpp"
#include "../../tools/links-migrate/judge.hpp"
#include "../../tools/links-migrate/transformer.hpp"
#include "ci/environment.hpp"
#include "http/web_link.hpp"
#include "links_maker.hpp"
#include "links_reference.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "support/links_site.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <random>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace slipway;
using namespace slipway::links_migrate;
using json::Value;

namespace links_transform {

namespace {

struct Place {
    support::LinksSite site{false};
    pg::Connection db = site.db.connect();
    Mapping mapping = built_in_mapping();

    int const rounds = ci::variable("SLIPWAY_FAULTS").value_or("") == "full" ? 20'000 : 3'000;

    void fill(std::vector<Value> const& values) {
        std::vector<std::string> texts;
        for (auto const& value : values) {
            texts.push_back(json::write(value));
        }
        db.exec(
            R"(with u as (insert into users (id, email, "passwordHash", "updatedAt")
                 select md5('user:' || n)::uuid, n || '@example.com', 'x', now()
                 from generate_series(0, $2::int - 1) n)
               insert into profiles (id, "userId", "displayName", "socialLinks", "updatedAt")
               select md5('profile:' || n - 1)::uuid, md5('user:' || n - 1)::uuid, 'P', t::jsonb, now()
               from unnest($1::text[]) with ordinality as v(t, n))",
            {pg::text_array(texts), static_cast<std::int64_t>(values.size())});
    }

    // The links of each profile, by its number.
    std::vector<std::string> all_links() {
        std::vector<std::string> out;
        auto const found = db.exec(
            R"(select coalesce(string_agg(position || ' ' || type || ' ' || label || ' ' || url, E'\n'
                                          order by position, l.id), '')
               from generate_series(0, $1::int - 1) n
               left join profile_links l on "profileId" = md5('profile:' || n)::uuid
               group by n order by n)",
            {rounds});
        for (auto const& row : found) {
            out.push_back(row.get<std::string>(0));
        }
        return out;
    }

    Outcome move() {
        ensure_journal(db);
        auto const tables = look_up(db, mapping, "", Use::write);
        auto const run =
            begin_run(db, mapping.name, checksum(mapping), "test", std::vector<Part>(1));
        Transformer const transformer{mapping, tables, Purpose::write, true};
        pg::Transaction transaction{db, "begin isolation level repeatable read"};
        auto out = transformer.run(db, {}, {true, false}, run.id);
        transaction.commit();
        return out;
    }

    // The same by way of C++, in ranges that end where the values grow large.
    Written move_fresh(bool wants_rejects) {
        db.exec("truncate profile_links; truncate slipway.links_row");
        auto const tables = look_up(db, mapping, "", Use::write);
        auto const run =
            begin_run(db, mapping.name, checksum(mapping), "test", std::vector<Part>(1));
        auto const fresh = FreshRows::open(db, mapping, tables);
        BOOST_REQUIRE(fresh.has_value());
        Transformer const rest{mapping, tables, Purpose::write, true};
        pg::Transaction transaction{db, "begin isolation level repeatable read"};
        settle();
        Written all;
        for (Range range; (range.to = rest.next_key(db, range.after, {}, rounds));) {
            auto part = fresh->write(db, range, wants_rejects, run.id);
            range.to = part.to;
            if (!part.left.empty()) {
                all.outcome.add(rest.run(db, range, {wants_rejects, false}, run.id, part.left));
            }
            all.left.insert(all.left.end(), part.left.begin(), part.left.end());
            all.outcome.add(std::move(part.outcome));
            range.after = range.to;
        }
        transaction.commit();
        return all;
    }

    // What every verb sets, of what the hash of a row hangs on.
    void settle() {
        db.exec("set timezone = 'UTC'; set datestyle = 'ISO'; set enable_nestloop = off");
    }

    Outcome verify() {
        Transformer const transformer{
            mapping, look_up(db, mapping, "", Use::read), Purpose::verify, true};
        pg::Transaction transaction{db, "begin isolation level repeatable read"};
        settle();
        return transformer.run(db, {}, {false, false});
    }
};

std::vector<std::string> told(std::vector<Reject> const& rejects) {
    std::vector<std::string> out;
    for (auto const& reject : rejects) {
        out.push_back(json::write(to_json(reject)));
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace

} // namespace links_transform

BOOST_FIXTURE_TEST_SUITE(links_transform, links_transform::Place)

BOOST_AUTO_TEST_CASE(random_values_become_what_the_plain_transformation_makes_of_them) {
    support::LinksMaker maker{20260131};
    std::vector<Value> values;
    for (int i = 0; i < rounds; ++i) {
        values.push_back(maker.value());
    }
    fill(values);
    auto const outcome = move();
    BOOST_TEST(outcome.tally.adds_up());
    std::map<std::string, std::int64_t> reasons;
    std::int64_t duplicates = 0;
    std::int64_t blank = 0;
    std::int64_t links = 0;
    int different = 0;
    auto const written = all_links();
    for (int i = 0; i < rounds; ++i) {
        auto const wanted = support::transformed(values[static_cast<std::size_t>(i)]);
        for (auto const& [reason, count] : wanted.reasons) {
            reasons[reason] += count;
        }
        duplicates += wanted.duplicates;
        blank += wanted.blank;
        links += static_cast<std::int64_t>(wanted.links.size());
        auto const expected = text::join(wanted.links, "\n");
        auto const& found = written[static_cast<std::size_t>(i)];
        if (found != expected && ++different < 5) {
            BOOST_ERROR(
                json::write(values[static_cast<std::size_t>(i)]) << "\nexpected:\n"
                                                                 << expected << "\nfound:\n"
                                                                 << found);
        }
    }
    BOOST_TEST(different == 0);
    BOOST_TEST(outcome.tally.inserted == links);
    BOOST_TEST(outcome.tally.duplicates == duplicates);
    BOOST_TEST(outcome.tally.blank == blank);
    for (auto const& [reason, count] : reasons) {
        auto const found = outcome.tally.reasons.find(reason);
        BOOST_TEST((found != outcome.tally.reasons.end() && found->second == count), reason);
    }
    BOOST_TEST(outcome.tally.reasons.size() == reasons.size());
}

BOOST_AUTO_TEST_CASE(fresh_rows_become_in_cpp_what_the_statement_makes_of_them) {
    support::LinksMaker maker{20261126};
    std::vector<Value> values;
    for (int i = 0; i < rounds; ++i) {
        values.push_back(maker.value());
    }
    fill(values);
    auto const by_statement = move();
    auto const links = all_links();
    auto const items = db.exec("select source_key || item::text from slipway.links_row order by 1");
    for (bool const wants_rejects : {true, false}) {
        auto const fresh = move_fresh(wants_rejects);
        BOOST_TEST(to_json(fresh.outcome.tally) == to_json(by_statement.tally));
        BOOST_TEST(
            told(fresh.outcome.rejects) ==
                (wants_rejects ? told(by_statement.rejects) : std::vector<std::string>{}),
            boost::test_tools::per_element());
        BOOST_TEST(all_links() == links, boost::test_tools::per_element());
        auto const noted =
            db.exec("select source_key || item::text from slipway.links_row order by 1");
        BOOST_REQUIRE(noted.rows() == items.rows());
        for (std::size_t i = 0; i < items.rows(); ++i) {
            BOOST_REQUIRE(noted.text(i, 0) == items.text(i, 0));
        }
        // The hash of each row is the one that the server finds.
        auto const verified = verify();
        BOOST_TEST(verified.classes.at("same") == by_statement.tally.inserted);
        BOOST_TEST(verified.classes.size() == 1U);
        BOOST_TEST(verified.misplaced == 0);
        BOOST_TEST(verified.strays == 0);
        // Values that nest too deep for the parser, and without the report nothing else.
        BOOST_TEST(fresh.left.size() > 0U);
        BOOST_TEST(
            fresh.left.size() < static_cast<std::size_t>(wants_rejects ? rounds : rounds / 50));
    }
}

BOOST_AUTO_TEST_CASE(what_the_servers_pattern_accepts_the_parser_accepts_too) {
    support::LinksMaker maker{20260201};
    std::vector<std::string> urls;
    std::mt19937 random{20260202};
    constexpr std::string_view bits = "aZ9.-_~!$&'()*+,;=:@/?#%[]\\<>\"| \t";
    for (int i = 0; i < rounds; ++i) {
        auto url = maker.url();
        // One more character somewhere makes the edges of the pattern.
        auto at = random() % (url.size() + 1);
        while (at < url.size() && (static_cast<unsigned char>(url[at]) & 0xC0U) == 0x80U) {
            ++at;
        }
        url.insert(at, 1, bits[random() % bits.size()]);
        urls.push_back(url);
        urls.push_back(maker.url());
    }
    auto const found = db.exec(
        "select u from unnest($1::text[]) u where octet_length(u) <= 2048 and u collate \"C\" ~ $2",
        {pg::text_array(urls), plain_address_pattern});
    BOOST_TEST(found.rows() > 100U);
    auto const plain = std::count_if(urls.begin(), urls.end(), [](std::string const& url) {
        return url.size() <= http::longest_link && is_plain_address(url);
    });
    BOOST_TEST(static_cast<std::size_t>(plain) == found.rows());
    for (auto const& row : found) {
        std::string const url{row.text(0)};
        BOOST_TEST(!http::link_fault(url).has_value(), url);
        BOOST_TEST(is_plain_address(url), url);
    }
    auto const schemeless = db.exec(
        "select u from unnest($1::text[]) u where octet_length(u) <= 2048 and u collate \"C\" ~ $2",
        {pg::text_array(urls), schemeless_pattern});
    BOOST_TEST(schemeless.rows() > 10U);
    for (auto const& row : schemeless) {
        std::string const url{row.text(0)};
        BOOST_TEST((http::link_fault(url) == http::LinkFault::no_scheme), url);
    }
}

BOOST_AUTO_TEST_SUITE_END()
