// SPDX-License-Identifier: Apache-2.0
// The statement of links-migrate against a plain transformation in C++, on random values.
#include "../../tools/links-migrate/journal.hpp"
#include "../../tools/links-migrate/transformer.hpp"
#include "ci/environment.hpp"
#include "http/web_link.hpp"
#include "links_reference.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "support/links_site.hpp"
#include "text/join.hpp"

#include <random>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace slipway;
using namespace slipway::links_migrate;
using json::Value;

namespace links_transform {

namespace {

std::vector<std::string> const schemes{
    "https://",
    "http://",
    "HTTPS://",
    "https:",
    "https:///",
    "//",
    "",
    "javascript:",
    "ftp://",
    " https://",
    "http://user:pw@",
    "https:\\\\"};
std::vector<std::string> const hosts{
    "a.example",
    "A.Example",
    "www.imdb.com",
    "b\u00fccher.example",
    "127.0.0.1",
    "1.2.3.999",
    "[::1]",
    "a..example",
    "a_b.example",
    "localhost",
    "",
    "x.example:8080",
    "x.example:0",
    "ex\u00adample.com",
    "a.example%40b",
    "-a.example",
    "a.b-.c1"};
std::vector<std::string> const paths{
    "",
    "/",
    "/Me",
    "/me",
    "/a b",
    "/\u00e4",
    "?x=1&y=%zz",
    "#top",
    "/x?y#z",
    "/a\tb",
    "/'\"",
    "/(x)!*,;=:@",
    "/<b>",
    "/a//b/../c",
    "/" + std::string(2050, 'x'),
    "\n"};

// Makes values that look like the legacy ones, and break in the places where those break.
class Maker {
public:
    explicit Maker(unsigned seed) : random_(seed) {}

    Value value() {
        switch (pick(300)) {
        case 0:
            return deep();
        case 1:
            return huge();
        default:
            break;
        }
        switch (pick(8)) {
        case 0:
            return scalar();
        case 1:
            return json::write(pick(4) == 0 ? scalar() : container(0));
        default:
            return container(0);
        }
    }

    std::string url() {
        // Most addresses are plain ones, so that duplicates and positions are met too.
        return one(schemes, 3) + one(hosts, 3) + one(paths, 4);
    }

private:
    Value deep() {
        Value out = url();
        for (std::size_t i = pick(120) + 1; i > 0; --i) {
            out = pick(2) == 0 ? Value::array({out}) : Value{{name(), out}};
        }
        return pick(3) == 0 ? Value(json::write(out)) : out;
    }

    Value huge() {
        Value out = Value::array();
        for (std::size_t i = pick(700); i > 0; --i) {
            out.push_back(pick(2) == 0 ? Value(url() + std::to_string(i)) : link());
        }
        out.push_back(std::string(100'000, 'h'));
        return out;
    }

    std::size_t pick(std::size_t below) { return random_() % below; }

    std::string const& one(std::vector<std::string> const& all, std::size_t usual) {
        return all[pick(2) == 0 ? pick(usual) : pick(all.size())];
    }

    Value scalar() {
        switch (pick(6)) {
        case 0:
            return nullptr;
        case 1:
            return pick(2) == 0;
        case 2:
            return static_cast<int>(pick(12)) - 2;
        case 3:
            return 1.5;
        case 4:
            return pick(2) == 0 ? "" : "  ";
        default:
            return url();
        }
    }

    std::string name() {
        static std::vector<std::string> const names{
            "website",
            "imdb",
            "showreel",
            "linkedin",
            "Website",
            " IMDB ",
            "blog",
            "0",
            "1",
            "10",
            "",
            "tiktok",
            "a/b~c",
            "\u00e4hm",
            "'; drop table profiles; --",
            "$1 <<key>> {} %s \\",
            "\"quoted\"",
            "\u202eevil",
            "tab\tline\n",
            "\u0001\u001f\u007f",
            "\U0001F3AC\U0001F3AC",
            "__proto__",
            std::string(300, 'n')};
        return names[pick(names.size())];
    }

    Value link() {
        Value out = Value::object();
        for (char const* const member :
             {"url",
              "href",
              "link",
              "type",
              "platform",
              "kind",
              "name",
              "label",
              "title",
              "position",
              "order",
              "isActive",
              "hidden"}) {
            if (pick(4) == 0) {
                out[member] = scalar();
            }
        }
        if (pick(3) != 0) {
            out["url"] = url();
        }
        if (pick(3) == 0) {
            out["type"] = name();
        }
        if (pick(3) == 0) {
            out["label"] =
                pick(2) == 0 ? std::string(pick(60), 'l') : "\u00e4\u4f8b two\n\t words ";
        }
        if (pick(3) == 0) {
            out["position"] = static_cast<int>(pick(8));
        }
        return out;
    }

    Value member(int depth) {
        switch (pick(depth > 1 ? 2 : 4)) {
        case 0:
            return scalar();
        case 1:
            return url();
        case 2:
            return link();
        default:
            return pick(4) == 0 ? container(depth + 1) : Value(url());
        }
    }

    Value container(int depth) {
        auto const size = pick(6);
        Value out = pick(2) == 0 ? Value::object() : Value::array();
        for (std::size_t i = 0; i < size; ++i) {
            if (out.is_object()) {
                out[name()] = member(depth);
            } else {
                out.push_back(member(depth));
            }
        }
        return out;
    }

    std::mt19937 random_;
};

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
};

} // namespace

} // namespace links_transform

BOOST_FIXTURE_TEST_SUITE(links_transform, links_transform::Place)

BOOST_AUTO_TEST_CASE(random_values_become_what_the_plain_transformation_makes_of_them) {
    Maker maker{20260131};
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

BOOST_AUTO_TEST_CASE(what_the_servers_pattern_accepts_the_parser_accepts_too) {
    Maker maker{20260201};
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
    for (auto const& row : found) {
        std::string const url{row.text(0)};
        BOOST_TEST(!http::link_fault(url).has_value(), url);
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
