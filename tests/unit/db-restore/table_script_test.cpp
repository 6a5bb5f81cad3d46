// SPDX-License-Identifier: Apache-2.0
#include "table_script.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(db_restore_table_script)

using namespace slipway::db_restore;

namespace {

constexpr std::string_view early = R"(
\restrict abc
SET statement_timeout = 0;
CREATE TABLE public.orders (id integer NOT NULL, note text DEFAULT 'public.orders'::text);
ALTER TABLE public.orders OWNER TO app;
COMMENT ON TABLE public.orders IS 'all; of public.orders';
CREATE SEQUENCE public.orders_id_seq AS integer;
ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;
ALTER TABLE public.orders ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.orders_n_seq START WITH 1);
CREATE TABLE public."Orders" (id integer);
CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $$ ALTER TABLE public.orders ADD x int; $$;
ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);
)";

constexpr std::string_view late = R"(
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
CREATE INDEX by_note ON public.orders USING btree (note);
COMMENT ON INDEX public.by_note IS 'x';
CREATE INDEX other ON public.lines USING btree (id);
CREATE TRIGGER t BEFORE UPDATE OF note ON public.orders FOR EACH ROW EXECUTE FUNCTION public.f();
ALTER TABLE ONLY public.orders ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES public.lines(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.lines ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES public.orders(id);
CREATE POLICY p ON public.orders USING (true);
GRANT SELECT ON TABLE public.orders TO reader;
GRANT SELECT(note),UPDATE(note) ON TABLE public.orders TO reader;
GRANT SELECT ON TABLE public.lines TO reader;
)";

} // namespace

BOOST_AUTO_TEST_CASE(what_is_about_the_table_is_told_from_what_only_names_it) {
    TableScript const script{early, late, {"public", "orders"}};
    BOOST_TEST(script.make("stage").size() == 3U);
    BOOST_TEST(script.complete("stage").size() == 2U);
    BOOST_TEST(script.tie().size() == 8U);
    BOOST_TEST(script.make_sequences().size() == 1U);
    BOOST_TEST(script.own_sequences().size() == 1U);
    BOOST_TEST(script.sequences().contains("orders_id_seq"));
}

BOOST_AUTO_TEST_CASE(the_table_and_its_identities_move_and_texts_and_other_objects_do_not) {
    TableScript const script{early, late, {"public", "orders"}};
    auto const made = script.make("my stage");
    BOOST_TEST(
        made[0] == "CREATE TABLE \"my stage\".orders (id integer NOT NULL, note text DEFAULT "
                   "'public.orders'::text)");
    BOOST_TEST(made[1].find("SEQUENCE NAME \"my stage\".orders_n_seq") != std::string::npos);
    BOOST_TEST(made[2].find("nextval('public.orders_id_seq'::regclass)") != std::string::npos);
    BOOST_TEST(
        script.moved("COPY public.orders (id) FROM stdin;", "s") ==
        "COPY \"s\".orders (id) FROM stdin;");
    BOOST_TEST(
        script.moved("COPY public.\"Orders\" (id) FROM stdin;", "s") ==
        "COPY public.\"Orders\" (id) FROM stdin;");
}

BOOST_AUTO_TEST_SUITE_END()
