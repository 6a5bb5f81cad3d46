// SPDX-License-Identifier: Apache-2.0
// The statement of links-migrate under a mapping from a file, docs/examples/links/order-items.yaml,
// against a plain transformation in C++, on random values.
#include "../../tools/links-migrate/journal.hpp"
#include "../../tools/links-migrate/mapping_file.hpp"
#include "../../tools/links-migrate/transformer.hpp"
#include "ci/environment.hpp"
#include "json/value.hpp"
#include "links_orders_reference.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "support/database.hpp"

#include <random>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace links_orders {

using namespace slipway;
using namespace slipway::links_migrate;
using json::Value;

namespace {

class OrderMaker {
public:
    explicit OrderMaker(unsigned seed) : random_(seed) {}

    Value value() {
        switch (pick(12)) {
        case 0:
            return scalar();
        case 1:
            return json::write(container());
        default:
            return container();
        }
    }

    std::size_t pick(std::size_t below) { return random_() % below; }

private:
    Value scalar() {
        static std::vector<Value> const scalars{
            nullptr,
            true,
            false,
            0,
            1,
            7,
            -3,
            12,
            1.5,
            0.25,
            9.999,
            -0.5,
            2147483647,
            2147483648,
            99999999,
            100000000,
            "",
            " \t\n",
            "A-1",
            " B ",
            "twenty characters!!!",
            "twenty-one characters",
            "äöü-twenty-character",
            "1",
            "007",
            "-0",
            "-0.00",
            "1.0",
            "1.50",
            "1.005",
            "1e3",
            "+1",
            ".5",
            "5.",
            "99999999.99",
            "100000000.00",
            "true",
            "false",
            "TRUE",
            "open",
            "sent",
            "Sent",
            "x'y\"z\\",
            "a\tb\nc",
            "0000000000000000000000000000000000000012",
            "\u0001",
            "$1 <<key>>"};
        return scalars[pick(scalars.size())];
    }

    Value item() {
        Value out = Value::object();
        for (char const* const member :
             {"sku",
              "code",
              "quantity",
              "qty",
              "price",
              "unit_price",
              "gift",
              "state",
              "line",
              "position",
              "cancelled",
              "note"}) {
            if (pick(4) == 0) {
                out[member] = pick(20) == 0 ? container() : scalar();
            }
        }
        if (pick(3) != 0) {
            out["sku"] = "S" + std::to_string(pick(9));
        }
        if (pick(3) == 0) {
            out["line"] = static_cast<int>(pick(6));
        }
        return out;
    }

    Value container() {
        static std::vector<std::string> const names{
            "0", "1", "10", "", "a", "bb", "Z", "~/", "ä", "'; drop table orders; --"};
        Value out = pick(3) == 0 ? Value::object() : Value::array();
        for (auto i = pick(6); i > 0; --i) {
            auto element = pick(3) == 0 ? scalar() : pick(12) == 0 ? container() : item();
            if (out.is_object()) {
                out[names[pick(names.size())]] = std::move(element);
            } else {
                out.push_back(std::move(element));
            }
        }
        return out;
    }

    std::mt19937 random_;
};

struct Shop {
    support::Database base;
    pg::Connection db = base.connect();
    int const rounds = ci::variable("SLIPWAY_FAULTS").value_or("") == "full" ? 20'000 : 3'000;

    Shop() {
        db.exec(R"(
create type item_state as enum ('open', 'sent', 'lost');
create table orders (id bigint primary key, customer_id uuid not null, currency text not null,
                     status text not null, items jsonb);
create table order_items (
  id bigint generated always as identity primary key, order_id bigint not null references orders,
  line int not null, sku varchar(20) not null, quantity int not null, price numeric(10, 2),
  gift boolean not null, state item_state not null, customer_id uuid not null, currency text,
  created_at timestamptz not null);
create index on order_items (order_id))");
    }

    Outcome move() {
        auto const mapping =
            load_mapping(std::string{SLIPWAY_SOURCE_DIR} + "/docs/examples/links/order-items.yaml");
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

} // namespace links_orders

BOOST_FIXTURE_TEST_SUITE(links_orders, links_orders::Shop)

BOOST_AUTO_TEST_CASE(random_orders_become_what_the_plain_transformation_makes_of_them) {
    using namespace slipway;
    OrderMaker maker{20261127};
    std::vector<std::string> texts;
    std::vector<std::string> expected;
    std::map<std::string, std::int64_t> reasons;
    std::int64_t blank = 0;
    for (int i = 0; i < rounds; ++i) {
        auto const value = maker.value();
        texts.push_back(json::write(value));
        if (i % 10 == 9) {
            continue; // a draft
        }
        auto const wanted = support::ordered_items(value);
        for (auto const& row : wanted.rows) {
            expected.push_back(std::to_string(i) + "|" + row);
        }
        for (auto const& [reason, count] : wanted.reasons) {
            reasons[reason] += count;
        }
        blank += wanted.blank;
    }
    db.exec(
        "insert into orders select n - 1, md5('c')::uuid, 'eur',"
        " case when n % 10 = 0 then 'draft' else 'paid' end, t::jsonb"
        " from unnest($1::text[]) with ordinality as v(t, n)",
        {pg::text_array(texts)});
    auto const outcome = move();
    BOOST_TEST(outcome.tally.adds_up());
    BOOST_TEST(outcome.tally.inserted == static_cast<std::int64_t>(expected.size()));
    BOOST_TEST(outcome.tally.inserted > rounds / 2);
    BOOST_TEST(outcome.tally.blank == blank);
    BOOST_TEST(outcome.tally.duplicates == 0);
    BOOST_TEST((outcome.tally.reasons == reasons));
    auto const found = db.exec(
        "select concat_ws('|', order_id, line, sku, quantity, coalesce(price::text, 'none'),"
        " case when gift then 'true' else 'false' end, state, currency)"
        " from order_items order by order_id, line");
    BOOST_REQUIRE(found.rows() == expected.size());
    int different = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (found.text(i, 0) != expected[i] && ++different < 5) {
            BOOST_ERROR("expected " << expected[i] << "\nfound " << found.text(i, 0));
        }
    }
    BOOST_TEST(different == 0);
}

BOOST_AUTO_TEST_SUITE_END()
