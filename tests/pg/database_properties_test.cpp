// SPDX-License-Identifier: Apache-2.0
// What belongs to a database and is in no dump of it, read and copied.
#include "catalog/properties.hpp"
#include "pg/quote.hpp"
#include "support/database.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(database_properties)

using namespace slipway;
using namespace slipway::catalog;

namespace {

// A database that is made by the case itself.
class Made {
public:
    Made(pg::Connection& server, std::string name, std::string const& create)
        : server_(server), name_(std::move(name)) {
        server_.exec(create);
    }
    Made(Made const&) = delete;
    Made& operator=(Made const&) = delete;
    Made(Made&&) = delete;
    Made& operator=(Made&&) = delete;
    ~Made() {
        try {
            server_.exec("alter database " + pg::quote_identifier(name_) + " is_template false");
            server_.exec("drop database " + pg::quote_identifier(name_));
        } catch (Error const& error) {
            BOOST_TEST_MESSAGE(error.message());
        }
    }

    [[nodiscard]] std::int64_t oid() const {
        return server_.exec("select oid::bigint from pg_database where datname = $1", {name_})
            .one_value<std::int64_t>();
    }

private:
    pg::Connection& server_;
    std::string name_;
};

} // namespace

BOOST_AUTO_TEST_CASE(encoding_and_locale_are_those_of_the_original) {
    support::Database const database;
    auto server = pg::Connection::open(support::test_server());
    for (std::string const create :
         {"encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'",
          "encoding 'UTF8' locale_provider icu icu_locale 'de-DE' lc_collate 'C' lc_ctype 'C'"}) {
        std::string const name = database.name() + " \"a'b";
        Made const original{
            server,
            name,
            "create database " + pg::quote_identifier(name) + " template template0 " + create};
        auto const wanted = properties_of(server, original.oid());
        std::string const other = database.name() + "=copy";
        Made const copy{server, other, create_statement(other, wanted)};
        auto const found = differences(properties_of(server, copy.oid()), wanted, true);
        BOOST_TEST(found.empty(), text::join(found, "; "));
    }
}

BOOST_AUTO_TEST_CASE(settings_grants_limit_and_template_are_copied_as_they_are) {
    support::Database const database;
    auto server = pg::Connection::open(support::test_server());
    std::string const role = "role_of_" + database.name();
    std::string const name = pg::quote_identifier(database.name());
    server.exec("create role " + role);
    auto const oid =
        server.exec("select oid::bigint from pg_database where datname = $1", {database.name()})
            .one_value<std::int64_t>();
    std::string const copy_name = database.name() + "_copy";
    for (std::string const& statement :
         {"alter database " + name + " set search_path = 'a, b', \"$user\"",
          "alter database " + name + " set temp_tablespaces = ''",
          "alter database " + name + " set my.setting = 'c:\\temp ''x'''",
          "alter database " + name + " set \"DateStyle\" = 'SQL, DMY'",
          "alter database " + name + " set default_transaction_read_only = on",
          "alter role " + role + " in database " + name + " set search_path = x, y",
          "alter database " + name + " connection limit 7",
          "alter database " + name + " is_template true",
          "revoke all on database " + name + " from public",
          "revoke temporary on database " + name + " from slipway",
          "grant connect, temporary on database " + name + " to " + role + " with grant option"}) {
        server.exec(statement);
    }
    auto const wanted = properties_of(server, oid);
    {
        Made const copy{server, copy_name, create_statement(copy_name, wanted)};
        BOOST_TEST(!differences(properties_of(server, copy.oid()), wanted, false).empty());
        copy_properties(server, oid, copy_name);
        auto const found = differences(properties_of(server, copy.oid()), wanted, false);
        BOOST_TEST(found.empty(), text::join(found, "; "));
        auto const literal =
            "select setconfig::text from pg_db_role_setting where setdatabase = $1 and setrole = 0";
        BOOST_TEST(
            server.exec(literal, {oid}).one_value<std::string>() ==
            server.exec(literal, {copy.oid()}).one_value<std::string>());
    }
    server.exec("alter database " + name + " is_template false");
    server.exec("alter database " + name + " reset all");
    server.exec("alter role " + role + " in database " + name + " reset all");
    database.run("drop owned by " + role + "; drop role " + role);
}

BOOST_AUTO_TEST_SUITE_END()
