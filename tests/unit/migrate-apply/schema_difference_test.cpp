// SPDX-License-Identifier: Apache-2.0
#include "schema_difference.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_schema_difference)

using namespace slipway;
using namespace slipway::migrate_apply;
using catalog::ChangeKind;
using Words = std::vector<std::string>;

namespace {

std::string entry(std::string const& head, std::string const& body) {
    return "--\n-- Name: " + head + "; Owner: app\n--\n\n" + body + "\n\n\n";
}

} // namespace

BOOST_AUTO_TEST_CASE(entries_are_known_by_their_heads_and_settings_between_them_do_not_count) {
    auto const found = dump_entries(
        "\\restrict x\nSET statement_timeout = 0;\n\n" +
        entry(
            "users; Type: TABLE; Schema: public",
            "CREATE TABLE public.users (\n    id integer\n);") +
        "SET default_table_access_method = heap;\n\n" +
        entry(
            "FUNCTION f(integer); Type: ACL; Schema: app",
            "GRANT ALL ON FUNCTION app.f(integer) TO a;") +
        entry("app; Type: SCHEMA; Schema: -", "CREATE SCHEMA app;"));
    BOOST_TEST(found.size() == 3U);
    BOOST_TEST(found.at({"SCHEMA", "", "app"}) == "CREATE SCHEMA app;\n");
    BOOST_TEST(
        found.at({"TABLE", "public", "users"}) ==
        "CREATE TABLE public.users (\n    id integer\n);\n");
}

BOOST_AUTO_TEST_CASE(what_no_change_tells_of_is_named) {
    auto const before =
        entry("users; Type: TABLE; Schema: public", "CREATE TABLE public.users (a, b);") +
        entry("TABLE users; Type: COMMENT; Schema: public", "COMMENT … 'old';");
    auto const after =
        entry("users; Type: TABLE; Schema: public", "CREATE TABLE public.users (b, a);") +
        entry("TABLE users; Type: COMMENT; Schema: public", "COMMENT … 'new';") +
        entry("users \"A b\"; Type: CONSTRAINT; Schema: public", "ALTER TABLE …;") +
        entry("users u; Type: TRIGGER; Schema: public", "CREATE TRIGGER …;");
    BOOST_TEST(
        untold(before, after, {}) == (Words{
                                         "COMMENT public.TABLE users",
                                         "TABLE public.users",
                                         "CONSTRAINT public.users \"A b\"",
                                         "TRIGGER public.users u"}));
    BOOST_TEST(
        untold(
            before,
            after,
            {{ChangeKind::changed, "column public.users.a", "", ""},
             {ChangeKind::added, "constraint public.users.\"A b\"", "", ""}}) ==
        (Words{"COMMENT public.TABLE users", "TRIGGER public.users u"}));
    // A comment is told by a comment alone, and tells of nothing else.
    BOOST_TEST(
        untold(before, after, {{ChangeKind::changed, "comment on table public.users", "", ""}}) ==
        (Words{"TABLE public.users", "CONSTRAINT public.users \"A b\"", "TRIGGER public.users u"}));
    BOOST_TEST(untold(before, before, {}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
