// SPDX-License-Identifier: Apache-2.0
// What statements say in words: keys of indexes, casts, proofs, names that are touched.
#include "plan/phrase.hpp"

#include "plan/basis.hpp"
#include "plan/name.hpp"
#include "plan/proof.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(plan_phrase)

using namespace slipway;
using namespace slipway::plan;

BOOST_AUTO_TEST_CASE(the_keys_of_an_index_are_cut_out_of_its_statement) {
    auto const keys = index_keys(
        "create unique index i on \"T\" using btree (lower(a) text_pattern_ops desc nulls last, "
        "(b || ',' || c), public.f(x, 1), d collate \"C\", e) include (z) with (fillfactor = 70) "
        "where (a > 1) and b = 'x)'");
    BOOST_REQUIRE(keys);
    BOOST_TEST(
        text::join(keys->expressions, " ; ") ==
        "lower(a) ; (b || ',' || c) ; public.f(x, 1) ; d collate \"C\" ; e");
    BOOST_TEST(keys->condition == "(a > 1) and b = 'x)'");
    BOOST_TEST(!keys->nulls_equal);
    BOOST_TEST(index_keys("create unique index on t (a) nulls not distinct")->nulls_equal);
    BOOST_TEST(!index_keys("create unique index on t").has_value());
    BOOST_TEST(!index_keys("create unique index on t (a").has_value());
}

BOOST_AUTO_TEST_CASE(an_exclusion_is_taken_apart) {
    auto const parts = exclusion_of(
        "USING gist (room WITH =, tsrange(a, b) range_ops WITH operator(pg_catalog.&&)) where (x)");
    BOOST_REQUIRE(parts);
    BOOST_TEST(text::join(parts->expressions, " ; ") == "room ; tsrange(a, b)");
    BOOST_TEST(text::join(parts->operators, " ; ") == "= ; operator(pg_catalog.&&)");
    BOOST_TEST(parts->condition == "(x)");
    BOOST_TEST(!exclusion_of("using gist (room)").has_value());
}

BOOST_AUTO_TEST_CASE(the_values_of_an_enum_are_read) {
    auto const values = enum_values("create type s.mood as enum ('a', 'it''s')");
    BOOST_REQUIRE(values);
    BOOST_TEST(text::join(*values, " ; ") == "a ; it's");
    BOOST_TEST(!enum_values("create type t as (a int)").has_value());
}

BOOST_AUTO_TEST_CASE(a_plain_cast_is_told_from_a_computation) {
    for (auto const* const plain :
         {"age",
          "age::int",
          "(age::numeric(10, 2))",
          "cast(age as int)",
          "age::text::public.mood"}) {
        BOOST_TEST(is_plain_cast(plain, "age"), plain);
    }
    BOOST_TEST(is_plain_cast("\"Age\"::int", "Age"));
    for (auto const* const other :
         {"age + 1", "age::int + 1", "other::int", "f(age)", "case age when 1 then 2 end", ""}) {
        BOOST_TEST(!is_plain_cast(other, "age"), other);
    }
}

BOOST_AUTO_TEST_CASE(a_check_proves_that_there_is_no_null_or_does_not) {
    for (auto const* const proof :
         {"a is not null",
          "((a IS NOT NULL))",
          "(a IS NOT NULL) AND (b > 0)",
          "b > 0 and (c = 1 and a is not null)"}) {
        BOOST_TEST(implies_not_null(proof, "a"), proof);
    }
    BOOST_TEST(implies_not_null("\"A b\" is not null", "A b"));
    for (auto const* const none :
         {"a > 0",
          "a is not null or b > 0",
          "not (a is not null)",
          "(a is not null) = false",
          "b is not null",
          "a is null",
          "case when b then a is not null end",
          "b between 1 and a is not null",
          ""}) {
        BOOST_TEST(!implies_not_null(none, "a"), none);
    }
}

BOOST_AUTO_TEST_CASE(modifiers_and_names_are_read) {
    BOOST_TEST(modifiers_of("numeric(10, 2)") == (std::vector<int>{10, 2}));
    BOOST_TEST(modifiers_of("timestamp(3) without time zone") == (std::vector<int>{3}));
    BOOST_TEST(modifiers_of("text").empty());
    BOOST_TEST(modifiers_of("geometry(Point, 4326)").empty());
    BOOST_TEST(text::join(parts_of_name("Public.\"My \"\"T\".id(x)"), "|") == "public|My \"T|id");
}

BOOST_AUTO_TEST_CASE(a_statement_touches_what_it_names_and_of_a_body_every_word) {
    Touched touched;
    add_statement(touched, "alter table shop.users add column a int references teams");
    BOOST_TEST(touched.covers({"shop", "users"}, false));
    BOOST_TEST(!touched.covers({"other", "users"}, true));
    BOOST_TEST(touched.covers({"public", "teams"}, true));
    BOOST_TEST(!touched.covers({"public", "teams"}, false));
    BOOST_TEST(!touched.covers({"public", "a"}, true));
    add_statement(touched, "do $$ begin execute 'drop table \"Orders\"'; end $$");
    BOOST_TEST(touched.covers({"anywhere", "Orders"}, false));
    add_statement(touched, "create bogus newer syntax on lines");
    BOOST_TEST(touched.covers({"public", "lines"}, true));
}

BOOST_AUTO_TEST_SUITE_END()
