// SPDX-License-Identifier: Apache-2.0
// links-migrate on schemas that have nothing of the built-in mapping: from a mapping's file alone.
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "support/database.hpp"
#include "support/run_tool.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace links_mapping {

using namespace slipway;
using support::ToolRun;

namespace {

// A shop's tables, and links-migrate with a mapping on them.
struct Shop {
    support::Database db;
    fs::TempFolder folder{"slipway-mapping-"};
    std::string mapping = std::string{SLIPWAY_SOURCE_DIR} + "/docs/examples/links/order-items.yaml";

    Shop() {
        db.run(R"(
create type item_state as enum ('open', 'sent', 'lost');
create table orders (id bigint generated always as identity primary key, customer_id uuid not null,
                     currency text not null, status text not null, items jsonb);
create table order_items (
  id bigint generated always as identity primary key, order_id bigint not null references orders,
  line int not null, sku varchar(20) not null, quantity int not null, price numeric(10, 2),
  gift boolean not null, state item_state not null, customer_id uuid not null, currency char(3),
  created_at timestamptz not null, note text);
create index on order_items (order_id);)");
        db.run("alter table order_items alter column currency type text");
    }

    void order(std::string const& items, std::string const& status = "paid") const {
        auto connection = db.connect();
        connection.exec(
            "insert into orders (customer_id, currency, status, items)"
            " values (md5('c')::uuid, 'eur', $1, $2::jsonb)",
            {status, items});
    }

    void use(std::string const& text) {
        mapping = (folder.path() / "m.yaml").string();
        fs::write_atomic(folder.path() / "m.yaml", text);
    }

    ToolRun run(std::vector<std::string> args = {}) const {
        args.insert(args.end(), {"--mapping", mapping});
        return support::run_tool(
            "links-migrate",
            args,
            {{"DATABASE_URL", db.conninfo().uri().reveal()}, {"SLIPWAY_ENVIRONMENT", "test"}});
    }

    std::string ask(std::string_view sql) const {
        auto connection = db.connect();
        return connection.exec(sql).one_row().get<std::optional<std::string>>(0).value_or("");
    }

    std::string items() const {
        return ask(
            "select coalesce(string_agg(concat_ws(' ', order_id, line, sku, quantity, price, "
            "gift, state, currency), E'\\n' order by order_id, line), '') from order_items");
    }
};

// Everything the record says about the items adds up.
void require_accounted(ToolRun const& run) {
    auto const n = [&](char const* name) {
        return std::stoll(run.at(std::string{"/data/counts/"} + name));
    };
    BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
    BOOST_TEST(
        n("items") == n("inserted") + n("already_present") + n("duplicates") + n("rejected"));
}

} // namespace

} // namespace links_mapping

BOOST_FIXTURE_TEST_SUITE(links_mapping_files, links_mapping::Shop)

using namespace slipway;
using links_mapping::require_accounted;

BOOST_AUTO_TEST_CASE(ordered_items_become_rows_from_the_mappings_file_alone) {
    order(R"([{"sku": "A-1", "qty": 2, "price": "9.90"}, {"code": "B", "price": 5, "gift": true},
              "C-3", {"sku": "A-1", "qty": 2, "price": 9.9}])");
    order(R"({"x": {"sku": "D", "position": 7, "state": "sent"}, "y": {"sku": "E"}})");
    order(R"([{"sku": "draft"}])", "draft");
    auto const dry = run({"--dry-run"});
    require_accounted(dry);
    BOOST_TEST(items() == "");
    auto const moved = run();
    require_accounted(moved);
    BOOST_TEST(moved.at("/data/counts") == dry.at("/data/counts"));
    BOOST_TEST(
        items() == "1 1 A-1 2 9.90 f open EUR\n"
                   "1 2 B 1 5.00 t open EUR\n"
                   "1 3 C-3 1 f open EUR\n"
                   "1 4 A-1 2 9.90 f open EUR\n"
                   "2 7 D 1 f sent EUR\n"
                   "2 8 E 1 f open EUR");
    BOOST_TEST(ask("select count(*) from order_items where customer_id <> md5('c')::uuid") == "0");
    auto const again = run();
    BOOST_TEST(again.at("/data/counts/already_present") == "6", again.all());
    BOOST_TEST(again.at("/data/counts/inserted") == "0");
    auto const verified = run({"verify"});
    BOOST_TEST(verified.code == 0, verified.all());
    BOOST_TEST(verified.at("/data/verify/links/same") == "6");
    db.run("update order_items set note = 'mine' where sku = 'B'; "
           "update order_items set quantity = 9 where sku = 'C-3'; "
           "insert into order_items (order_id, line, sku, quantity, gift, state, customer_id, "
           "created_at) select 1, 9, 'own', 1, false, 'open', md5('c')::uuid, now()");
    auto const undone = run({"rollback", "--yes"});
    BOOST_TEST(undone.code == 0, undone.all());
    // `note` is not written by the mapping: such a change is not known.
    BOOST_TEST(items() == "1 3 C-3 9 f open EUR\n1 9 own 1 f open");
    BOOST_TEST(ask("select count(*) from orders where items is null") == "0");
}

BOOST_AUTO_TEST_CASE(values_that_do_not_fit_their_column_are_rejected_by_name) {
    order(R"([{"sku": "a", "qty": 1.5}, {"sku": "b", "qty": 3000000000}, {"sku": "c", "qty": "x"},
              {"qty": 1}, {"sku": "  "}, {"sku": "twenty-one characters"},
              {"sku": "d", "price": 9.999}, {"sku": "e", "price": 123456789},
              {"sku": "f", "price": "1e3"}, {"sku": "g", "gift": 1}, {"sku": "h", "state": "gone"},
              {"sku": "i", "cancelled": true}, {"sku": ["j"]}, [{"sku": "k"}], null, {}, "",
              {"sku": 7, "qty": "12", "gift": "true", "price": -0.50}])");
    auto const moved = run();
    require_accounted(moved);
    BOOST_TEST(
        moved.at("/data/counts/reasons") ==
        R"({"inactive":1,"invalid:gift":1,"invalid:price":3,"invalid:quantity":3,"invalid:sku":1,)"
        R"("invalid:state":1,"missing:sku":2,"too_deep":1,"too_long:sku":1})");
    BOOST_TEST(items() == "1 1 7 12 -0.50 t open EUR");
    BOOST_TEST(run({"verify"}).code == 0);
}

BOOST_AUTO_TEST_CASE(equal_items_are_one_or_several_as_the_mapping_says) {
    std::string const text = fs::read_file(mapping);
    order(R"([{"sku": "A"}, {"sku": "A"}, {"sku": "A", "qty": 2}])");
    use(text.substr(0, text.find("# The same item")) + "duplicates: { by: [sku], rule: first }\n");
    auto const moved = run();
    require_accounted(moved);
    BOOST_TEST(moved.at("/data/counts/duplicates") == "2");
    BOOST_TEST(items() == "1 1 A 1 f open EUR");
    auto const other = run({"--dry-run"});
    BOOST_TEST(other.at("/data/counts/already_present") == "1");
    BOOST_TEST(other.at("/data/counts/duplicates") == "2");
}

BOOST_AUTO_TEST_CASE(json_columns_keep_their_order_and_what_jsonb_cannot_hold_is_rejected) {
    db.run("alter table orders alter column items type json using items::json");
    auto connection = db.connect();
    auto const add = [&](std::string const& items) {
        connection.exec(
            "insert into orders (customer_id, currency, status, items)"
            " values (md5('c')::uuid, 'eur', 'paid', $1::json)",
            {items});
    };
    add(R"({"zz": {"sku": "first"}, "a": {"sku": "second"}, "mmm": {"sku": "third"}})");
    add(R"([{"sku": "nul\u0000"}])");
    add(R"([{"sku": "half \ud800"}])");
    add(R"([{"sku": "\u00e4", "price": 12345678.25}])");
    add(R"([{"sku": "big", "price": 1e400000}])");
    add("[" + std::string(500, '[') + std::string(500, ']') + "]");
    add(R"("[{\"sku\": \"text\"}]")");
    add("42");
    add("null");
    auto const moved = run();
    require_accounted(moved);
    BOOST_TEST(moved.at("/data/counts/reasons") == R"({"broken_json":4,"scalar":1})", moved.all());
    BOOST_TEST(
        items() == "1 1 first 1 f open EUR\n1 2 second 1 f open EUR\n1 3 third 1 f open EUR\n"
                   "4 1 \u00e4 1 12345678.25 f open EUR\n7 1 text 1 f open EUR");
    BOOST_TEST(run({"verify"}).code == 0);
}

BOOST_AUTO_TEST_CASE(arrays_of_texts_become_rows_of_a_source_with_text_keys) {
    db.run("create table users (id text primary key, tags text[]);"
           "create table user_tags (id uuid primary key, user_id text not null references users,"
           " tag text not null); create index on user_tags (user_id);"
           "insert into users values ('b', '{x,y,x}'), ('B', '{\"\",null,z}'), ('\u00e4', null),"
           " ('a-1', '{{p,q},{r,s}}')");
    mapping = std::string{SLIPWAY_SOURCE_DIR} + "/docs/examples/links/user-tags.yaml";
    auto const moved = run({"--batch", "1"});
    require_accounted(moved);
    auto const tags =
        "select string_agg(user_id || ' ' || tag, ', ' order by user_id collate \"C\", "
        "tag) from user_tags";
    BOOST_TEST(ask(tags) == "B z, b x, b y");
    BOOST_TEST(moved.at("/data/counts/duplicates") == "1");
    BOOST_TEST(moved.at("/data/counts/reasons") == R"({"too_deep":2})");
    BOOST_TEST(run().at("/data/counts/inserted") == "0");
    BOOST_TEST(run({"verify", "--batch", "2"}).code == 0);
    BOOST_TEST(run({"rollback", "--yes", "--batch", "1"}).code == 0);
    BOOST_TEST(ask("select count(*) from user_tags") == "0");
}

BOOST_AUTO_TEST_CASE(items_are_found_within_a_value_and_an_object_may_be_the_item) {
    use("name: within\n"
        "source: { table: orders, key: id, json: items, within: [cart, main/one], object: item }\n"
        "target:\n  table: order_items\n  id: id\n  parent: order_id\n  position: line\n"
        "  values: { sku: sku, quantity: { name: true, members: q, default: 3 },"
        " gift: { members: g, default: true }, state: { members: s, default: lost } }\n"
        "  copied: { customer_id: customer_id }\n  stamped: created_at\n");
    order(R"({"cart": {"main/one": {"sku": "one", "q": 4}}})");
    order(R"({"cart": {"main/one": [{"sku": "two"}, {"sku": "x", "q": "many"}]}})");
    order(R"({"cart": {"other": [{"sku": "none"}]}})");
    auto const moved = run({"--dry-run"});
    BOOST_TEST(moved.at("/data/samples/rejected/0/path") == "/cart/main~1one/1", moved.all());
    BOOST_TEST(run().code == 0);
    BOOST_TEST(items() == "1 0 one 4 t lost\n2 0 two 3 t lost");
}

BOOST_AUTO_TEST_CASE(names_and_values_are_quoted_whatever_they_are) {
    db.run(R"(create table "or'd""ers; --" ("k ""ey" int primary key, "<<key>> $1 {}" jsonb);
              create table "it""ems" ("id" uuid primary key, "p'arent" int, "va""l<<x>>" text);
              create index on "it""ems" ("p'arent");
              insert into "or'd""ers; --" values (-5, '{"it''s \\ <<j>> @": "x"}'),
                                                 (7, '{"n": "y'' || pg_sleep(9) --"}'))");
    use("name: \"it's; drop <<mapping>>\"\n"
        "source: { table: 'or''d\"ers; --', key: 'k \"ey', json: '<<key>> $1 {}' }\n"
        "target:\n  table: 'it\"ems'\n  id: id\n  parent: \"p'arent\"\n"
        "  values: { 'va\"l<<x>>': { members: \"it's \\\\ <<j>> @\", element: true,"
        " default: \"d'<<key>>\" } }\n");
    require_accounted(run());
    BOOST_TEST(
        ask(R"(select string_agg("va""l<<x>>", '|' order by "p'arent") from "it""ems")") ==
        "x|y' || pg_sleep(9) --");
    BOOST_TEST(run().at("/data/counts/inserted") == "0");
    BOOST_TEST(run({"verify"}).code == 0);
    BOOST_TEST(run({"rollback", "--yes"}).code == 0);
    BOOST_TEST(ask(R"(select count(*) from "it""ems")") == "0");
}

BOOST_AUTO_TEST_CASE(sql_of_the_mapping_is_one_expression_and_its_faults_are_told) {
    std::string const text = fs::read_file(mapping);
    auto const with_where = [&](std::string const& where) {
        auto out = text;
        auto const at = out.find("  where: ");
        out.replace(at, out.find('\n', at) - at, "  where: \"" + where + "\"");
        return out;
    };
    for (char const* const where :
         {"s.status = 'a') or (true",
          "s.nothing = 1",
          "true; drop table orders",
          "s.status = 'paid' order by 1",
          "s.status ="}) {
        use(with_where(where));
        for (char const* const dry : {"--dry-run", "--yes"}) {
            auto const refused = run({dry});
            BOOST_TEST(refused.code == 2, where << refused.all());
            BOOST_TEST(refused.says("where in the mapping: "), where << refused.all());
        }
    }
    order(R"(["a"])");
    order(R"(["b"])", "draft");
    use(with_where("s.status = 'draft' -- only these {}"));
    require_accounted(run());
    BOOST_TEST(items() == "2 1 b 1 f open EUR");
    BOOST_TEST(ask("select to_regclass('orders') is not null") == "t");
}

BOOST_AUTO_TEST_CASE(what_the_tables_cannot_take_is_refused_before_anything_is_written) {
    std::string const text = fs::read_file(mapping);
    struct Case {
        std::string change;
        std::string word;
    };
    for (auto const& [change, word] : std::vector<Case>{
             {"alter table order_items alter column price type money",
              "which no JSON value becomes"},
             {"alter table order_items alter column price set not null",
              "lets items go without it"},
             {"alter table order_items alter column quantity type uuid using null",
              "the default 1 does not fit"},
             {"alter table order_items alter column id drop identity", "has no default"},
             {"alter table order_items alter column order_id type uuid using null",
              "order_id of order_items is of type uuid"},
             {"alter table order_items alter column note set not null", "gives it no value"}}) {
        support::Database const copy{db.name()};
        copy.run("alter table order_items drop constraint order_items_order_id_fkey");
        copy.run(change);
        auto const refused = support::run_tool(
            "links-migrate",
            {"--mapping", mapping},
            {{"DATABASE_URL", copy.conninfo().uri().reveal()}, {"SLIPWAY_ENVIRONMENT", "test"}});
        BOOST_TEST(refused.code == 4, change << refused.all());
        BOOST_TEST(refused.says(word), change << refused.all());
    }
    mapping = "/nowhere/m.yaml";
    BOOST_TEST(run().code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
