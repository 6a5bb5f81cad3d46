// SPDX-License-Identifier: Apache-2.0
#include "pg/conninfo.hpp"

#include "error/error.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cstdlib>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace slipway;
using support::error_of;

namespace pg_conninfo {

namespace {

pg::ConnInfo parse(std::string const& text) {
    return pg::ConnInfo::parse(secret::Secret{text});
}

// Every test sees the same defaults, whatever the caller's environment holds.
struct CleanEnvironment {
    CleanEnvironment() {
        for (char const* const name :
             {"PGHOST",
              "PGPORT",
              "PGUSER",
              "PGDATABASE",
              "PGPASSWORD",
              "PGSERVICE",
              "PGHOSTADDR"}) {
            ::unsetenv(name); // NOLINT(concurrency-mt-unsafe): one thread here
        }
    }
};

std::string variable(pg::ConnInfo const& info, std::string_view name) {
    for (auto const& pair : info.libpq_environment()) {
        if (pair.first == name) {
            return pair.second;
        }
    }
    return {};
}

} // namespace

} // namespace pg_conninfo

BOOST_FIXTURE_TEST_SUITE(pg_conninfo, pg_conninfo::CleanEnvironment)

BOOST_AUTO_TEST_CASE(a_url_gives_its_parts_decoded) {
    auto const info =
        parse("postgres://shop:p%40ss%2Fword@db.example:6432/my%20shop?sslmode=require");
    BOOST_TEST(info.host() == "db.example");
    BOOST_TEST(info.port() == "6432");
    BOOST_TEST(info.user() == "shop");
    BOOST_TEST(info.database() == "my shop");
    BOOST_TEST(info.password().value() == "p@ss/word");
    BOOST_TEST(info.parameter("sslmode").value() == "require");
    BOOST_TEST(info.address() == "db.example:6432");
}

BOOST_AUTO_TEST_CASE(key_value_pairs_give_the_same_as_a_url) {
    auto const info = parse("host=db port=6432 user=shop dbname=shop password='a b'");
    BOOST_TEST(info.redacted() == "postgresql://shop:***@db:6432/shop");
    BOOST_TEST(info.uri().reveal() == "postgresql://shop:a%20b@db:6432/shop");
}

BOOST_AUTO_TEST_CASE(the_environment_gives_what_the_text_does_not) {
    ::setenv("PGHOST", "env.example", 1);  // NOLINT(concurrency-mt-unsafe)
    ::setenv("PGPASSWORD", "from-env", 1); // NOLINT(concurrency-mt-unsafe)
    auto const info = parse("");
    BOOST_TEST(info.host() == "env.example");
    BOOST_TEST(info.password().value() == "from-env");
    BOOST_TEST(parse("postgresql://h/d").host() == "h");
    BOOST_TEST(variable(parse("postgresql://h/d"), "PGPASSWORD") == "from-env");
    ::unsetenv("PGHOST");     // NOLINT(concurrency-mt-unsafe)
    ::unsetenv("PGPASSWORD"); // NOLINT(concurrency-mt-unsafe)
}

BOOST_AUTO_TEST_CASE(the_database_defaults_to_the_user) {
    BOOST_TEST(parse("postgresql://shop@h").database() == "shop");
    BOOST_TEST(parse("postgresql://shop@h").port() == "5432");
}

BOOST_AUTO_TEST_CASE(redacted_shows_no_secret_in_any_place) {
    auto const info =
        parse("postgresql://u@h/d?password=%41bc%64efg&sslpassword=keykey&sslmode=prefer");
    std::string const shown = info.redacted();
    BOOST_TEST(shown == "postgresql://u:***@h:5432/d?sslmode=prefer&sslpassword=***");
    BOOST_TEST(info.password().value() == "Abcdefg");
}

BOOST_AUTO_TEST_CASE(redacted_shows_no_mask_where_there_is_no_password) {
    BOOST_TEST(parse("postgresql://u@h/d").redacted() == "postgresql://u@h:5432/d");
}

BOOST_AUTO_TEST_CASE(teach_lets_the_redactor_find_every_spelling) {
    secret::Redactor redactor;
    parse("postgresql://u:%70a%73s%40word@h/d?sslpassword=keykey").teach(redactor);
    for (std::string const text : {"pass@word", "pass%40word", "%70a%73s%40word", "keykey"}) {
        BOOST_TEST(redactor.redact("<" + text + ">") == "<***>");
    }
}

BOOST_AUTO_TEST_CASE(parameters_of_prisma_are_kept_aside_for_the_application) {
    auto const info =
        parse("postgresql://u:pw@h/d?schema=app&connection_limit=5&sslmode=require&pgbouncer=true");
    BOOST_TEST(info.parameter("schema").value() == "app");
    BOOST_TEST(info.parameter("connection_limit").value() == "5");
    BOOST_TEST(info.parameter("pgbouncer").value() == "true");
    BOOST_TEST(!info.parameter("pool_timeout").has_value());
    auto const& libpq = info.settings();
    BOOST_TEST(std::none_of(libpq.begin(), libpq.end(), [](auto const& pair) {
        return pair.first == "schema" || pair.first == "pgbouncer";
    }));
    BOOST_TEST(
        info.uri().reveal() ==
        "postgresql://u:pw@h:5432/d?sslmode=require&schema=app&connection_limit=5&pgbouncer=true");
}

BOOST_DATA_TEST_CASE(
    a_malformed_text_is_a_usage_error_that_echoes_nothing_of_it,
    boost::unit_test::data::make(
        {"postgres://u:s3cret/x@h:1/d",
         "postgres://u:s3cret%zz@h/d",
         "postgres://u:s3cret@h:99999/d",
         "postgres://u:s3?cret=word@h:port/d",
         "postgres://u:pa/x?s3cret=1@h/d",
         "host=h password=s3 s3cret",
         "host=h password=s3 s3cret=x",
         "host=h password='s3cret",
         "jdbc:postgresql://h/d?password=s3cret",
         "postgresql+asyncpg://u:s3cret@h/d",
         "s3cret"}),
    text) {
    auto const error = error_of([&] { parse(text); });
    BOOST_TEST((error.kind() == ErrorKind::usage));
    BOOST_TEST(error.message().find("s3") == std::string::npos, error.message());
    BOOST_TEST(!error.hint().empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_parameter_is_refused_by_name_with_the_nearest_one) {
    auto const error = error_of([] { parse("postgresql://h/d?sslmod=require"); });
    BOOST_TEST(error.message().find("'sslmod'") != std::string::npos);
    BOOST_TEST(error.message().find("'sslmode'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sockets_and_loopback_are_local_and_nothing_else_is) {
    for (char const* const text :
         {"postgresql://localhost/d",
          "postgresql://127.0.0.1/d",
          "postgresql://[::1]/d",
          "postgresql:///d?host=/run/pg",
          "postgresql://localhost,127.0.0.2/d",
          "dbname=d"}) {
        BOOST_TEST(parse(text).is_local(), text);
    }
    for (char const* const text :
         {"postgresql://db.example/d",
          "postgresql://10.0.0.1/d",
          "postgresql://localhost,db/d",
          "host=localhost hostaddr=10.0.0.1",
          "postgresql://127.evil.example/d"}) {
        BOOST_TEST(!parse(text).is_local(), text);
    }
}

BOOST_AUTO_TEST_CASE(a_uri_reads_back_as_the_same_target) {
    for (char const* const text :
         {"postgresql://u:p%25w@h1:1,h2:2/d?target_session_attrs=read-write",
          "postgresql://u%40x@/d?host=/tmp/a%20b&port=7",
          "postgresql://u:pw@[fe80::1]:5433/d",
          "host=h hostaddr=10.0.0.1 user=u dbname='x/y?z'"}) {
        auto const info = parse(text);
        auto const again = pg::ConnInfo::parse(info.uri());
        BOOST_TEST(again.host() == info.host());
        BOOST_TEST(again.port() == info.port());
        BOOST_TEST(again.user() == info.user());
        BOOST_TEST(again.database() == info.database());
        BOOST_TEST(again.redacted() == info.redacted());
        BOOST_TEST((again.password() == info.password()));
    }
}

BOOST_AUTO_TEST_CASE(libpq_programs_get_everything_by_environment) {
    auto const info = parse("postgresql://u:p%40w@h:6432/d?sslmode=require&application_name=x");
    BOOST_TEST(variable(info, "PGHOST") == "h");
    BOOST_TEST(variable(info, "PGPORT") == "6432");
    BOOST_TEST(variable(info, "PGUSER") == "u");
    BOOST_TEST(variable(info, "PGDATABASE") == "d");
    BOOST_TEST(variable(info, "PGPASSWORD") == "p@w");
    BOOST_TEST(variable(info, "PGSSLMODE") == "require");
    BOOST_TEST(variable(info, "PGAPPNAME") == "x");
}

BOOST_AUTO_TEST_CASE(with_replaces_and_takes_out) {
    auto const info = parse("postgresql://u:pw@h/d?sslmode=require");
    BOOST_TEST(
        info.with_database("other").redacted() ==
        "postgresql://u:***@h:5432/other?sslmode=require");
    BOOST_TEST(
        info.with("sslmode", "").with("password", "").redacted() == "postgresql://u@h:5432/d");
    BOOST_TEST(info.database() == "d");
}

BOOST_AUTO_TEST_SUITE_END()
