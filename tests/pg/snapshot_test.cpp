// SPDX-License-Identifier: Apache-2.0
#include "catalog/snapshot.hpp"

#include "pg/transaction.hpp"
#include "support/database.hpp"

#include <boost/test/unit_test.hpp>

using namespace slipway;

namespace catalog_snapshot {

namespace {

constexpr std::string_view shop = R"(
create type mood as enum ('sad', 'happy');
create domain positive as int check (value > 0);
create table users (
    id bigint generated always as identity primary key,
    email text not null unique,
    mood mood default 'happy',
    age positive,
    twice int generated always as (1 + 1) stored);
create table orders (id int primary key, user_id bigint references users, note varchar(20));
create index orders_user on orders (user_id);
create view emails as select email from users;
create materialized view mails as select email from users;
create sequence tickets increment 5;
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touch before update on users for each row execute function touch();
alter table orders enable row level security;
create policy mine on orders using (user_id = 1);
)";

std::vector<std::string> told(std::vector<catalog::Change> const& changes) {
    std::vector<std::string> out;
    for (auto const& change : changes) {
        out.push_back(std::string{catalog::name(change.kind)} + " " + change.object);
    }
    return out;
}

struct Shop {
    Shop() { db.script(shop); }

    // What the script changes, in the words of difference().
    std::vector<std::string> changes(std::string_view script) {
        auto const before = catalog::snapshot(db);
        db.script(script);
        last = catalog::difference(before, catalog::snapshot(db));
        return told(last);
    }

    support::Database database;
    pg::Connection db = database.connect();
    std::vector<catalog::Change> last;
};

using Words = std::vector<std::string>;

} // namespace

} // namespace catalog_snapshot

BOOST_FIXTURE_TEST_SUITE(catalog_snapshot, catalog_snapshot::Shop)

BOOST_AUTO_TEST_CASE(every_kind_of_object_is_in_the_snapshot) {
    auto const objects = catalog::snapshot(db).objects;
    for (char const* const object :
         {"schema public",
          "table public.users",
          "column public.users.email",
          "index public.orders_user",
          "constraint public.orders.orders_user_id_fkey",
          "constraint public.users.users_pkey",
          "type public.mood",
          "domain public.positive",
          "function public.touch()",
          "trigger public.users.touch",
          "view public.emails",
          "materialized view public.mails",
          "sequence public.tickets",
          "policy public.orders.mine",
          "extension plpgsql"}) {
        BOOST_TEST(objects.count(object) == 1, object);
    }
    BOOST_TEST(objects.at("column public.users.email") == "text not null");
    BOOST_TEST(
        objects.at("column public.users.mood") == "public.mood default 'happy'::public.mood");
    BOOST_TEST(
        objects.at("column public.users.twice") == "integer generated always as ((1 + 1)) stored");
    BOOST_TEST(objects.at("type public.mood") == "enum ('sad', 'happy')");
    BOOST_TEST(objects.at("table public.orders") == "table with row level security");
    BOOST_TEST(objects.count("index public.users_pkey") == 0);
}

BOOST_AUTO_TEST_CASE(two_databases_of_one_script_are_equal_whatever_the_search_path) {
    support::Database const other;
    auto second = other.connect();
    second.script(shop);
    second.exec("set search_path to public, pg_catalog");
    db.exec("set search_path to pg_catalog");
    auto const a = catalog::snapshot(db);
    auto const b = catalog::snapshot(second);
    BOOST_TEST(catalog::difference(a, b).empty());
    BOOST_TEST(a.fingerprint() == b.fingerprint());
    BOOST_TEST((a == b));
    BOOST_TEST(second.exec("show search_path").one_value<std::string>() == "public, pg_catalog");
}

BOOST_AUTO_TEST_CASE(changes_are_told_object_by_object) {
    BOOST_TEST(
        changes("alter table users add theme text not null default 'light';"
                "alter table users alter email drop not null;"
                "alter table orders drop column note;"
                "alter type mood add value 'angry'") == (Words{
                                                            "removed column public.orders.note",
                                                            "changed column public.users.email",
                                                            "added column public.users.theme",
                                                            "changed type public.mood"}));
    BOOST_TEST(last[1].before == "text not null");
    BOOST_TEST(last[1].after == "text");
    BOOST_TEST(last[2].after == "text not null default 'light'::text");
    BOOST_TEST(last[0].before == "character varying(20)");
}

BOOST_AUTO_TEST_CASE(a_new_table_is_told_once_with_what_comes_with_it) {
    BOOST_TEST(
        changes("create table tags (id int primary key, name text); create index on tags (name)") ==
        (Words{"added table public.tags"}));
    BOOST_TEST(changes("drop table tags") == (Words{"removed table public.tags"}));
}

BOOST_AUTO_TEST_CASE(bodies_triggers_indexes_and_constraints_count) {
    BOOST_TEST(
        changes("create or replace function touch() returns trigger language plpgsql as "
                "'begin new.email = 1; return new; end';"
                "alter table users disable trigger touch;"
                "drop index orders_user;"
                "alter table orders add constraint short check (length(note) < 9) not valid;"
                "create or replace view emails as select email, 1 as one from users;"
                "alter policy mine on orders using (user_id = 2)") ==
        (Words{
            "added constraint public.orders.short",
            "changed function public.touch()",
            "removed index public.orders_user",
            "changed policy public.orders.mine",
            "changed trigger public.users.touch",
            "changed view public.emails"}));
}

BOOST_AUTO_TEST_CASE(excluded_schemas_and_temporary_tables_are_left_out) {
    auto const before = catalog::snapshot(db, {"slipway"});
    db.script("create schema slipway; create table slipway.runs (id int); create temp table x ()");
    BOOST_TEST(catalog::difference(before, catalog::snapshot(db, {"slipway"})).empty());
    BOOST_TEST(
        told(catalog::difference(before, catalog::snapshot(db))) ==
        (Words{"added schema slipway", "added table slipway.runs"}));
}

BOOST_AUTO_TEST_CASE(data_alone_changes_nothing) {
    BOOST_TEST(
        changes("insert into users (email) values ('a'); select nextval('tickets')").empty());
}

BOOST_AUTO_TEST_CASE(a_snapshot_inside_of_a_transaction_sees_it_and_leaves_it_as_it_was) {
    auto const before = catalog::snapshot(db);
    pg::Transaction tx{db};
    tx.exec("set local search_path to public");
    tx.exec("alter table users add theme text");
    auto const inside = catalog::snapshot(db);
    BOOST_TEST(db.exec("show search_path").one_value<std::string>() == "public");
    BOOST_TEST((db.transaction_status() == pg::TransactionStatus::in_transaction));
    tx.rollback();
    BOOST_TEST(
        told(catalog::difference(before, inside)) == (Words{"added column public.users.theme"}));
    BOOST_TEST((catalog::snapshot(db) == before));
}

BOOST_AUTO_TEST_SUITE_END()
