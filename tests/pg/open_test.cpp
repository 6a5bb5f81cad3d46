// SPDX-License-Identifier: Apache-2.0
#include "cluster/cluster.hpp"
#include "pg/connection.hpp"
#include "pg/sqlstate.hpp"
#include "support/database.hpp"
#include "support/errors.hpp"

#include <csignal>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(pg_open)

using namespace slipway;
using namespace std::chrono_literals;
using support::error_of;
using support::time_of;

namespace {

cluster::Cluster start_with_passwords() {
    cluster::Settings settings;
    settings.tcp = true;
    settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    settings.hba = {
        "host all guest 127.0.0.1/32 scram-sha-256", "host all stranger 127.0.0.1/32 reject"};
    auto out = cluster::Cluster::start(settings);
    pg::Connection::open(out.conninfo())
        .script("create role guest login password 'pa/ss w%rd'; create role stranger login");
    return out;
}

// A port that takes connections and never says a word.
struct Silence {
    Silence() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const raw = reinterpret_cast<sockaddr*>(&address); // NOLINT(*-reinterpret-cast)
        BOOST_REQUIRE(::bind(fd.get(), raw, size) == 0 && ::listen(fd.get(), 5) == 0);
        BOOST_REQUIRE(::getsockname(fd.get(), raw, &size) == 0);
        port = ntohs(address.sin_port);
    }
    fs::UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    int port = 0;

    [[nodiscard]] pg::ConnInfo target() const {
        return pg::ConnInfo::parse(
            secret::Secret{"postgresql://u@127.0.0.1:" + std::to_string(port) + "/d"});
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(passwords_are_checked_and_told_apart_from_other_refusals) {
    auto const server = start_with_passwords();
    auto const guest = server.conninfo().with("user", "guest");
    BOOST_TEST(pg::Connection::open(guest.with("password", "pa/ss w%rd")).is_open());
    auto const by_uri = pg::ConnInfo::parse(secret::Secret{
        "postgresql://guest:pa%2Fss%20w%25rd@127.0.0.1:" + guest.port() + "/postgres"});
    BOOST_TEST(pg::Connection::open(by_uri).is_open());

    auto const wrong = error_of([&] { pg::Connection::open(guest.with("password", "wrong-pw")); });
    BOOST_TEST((wrong.kind() == ErrorKind::usage));
    BOOST_TEST(wrong.sqlstate() == pg::sqlstate::invalid_password);
    BOOST_TEST(wrong.hint().find("password") != std::string::npos);
    BOOST_TEST(wrong.message().find("wrong-pw") == std::string::npos);

    auto const none = error_of([&] { pg::Connection::open(guest); });
    BOOST_TEST((none.kind() == ErrorKind::usage));
    BOOST_TEST(none.message().find("no password supplied") != std::string::npos);

    auto const rejected =
        error_of([&] { pg::Connection::open(server.conninfo().with("user", "stranger")); });
    BOOST_TEST((rejected.kind() == ErrorKind::usage));
    BOOST_TEST(rejected.sqlstate() == pg::sqlstate::invalid_authorization);
    BOOST_TEST(rejected.hint().find("pg_hba.conf") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_database_or_role_is_a_usage_error) {
    auto const server = support::test_server();
    auto const database = error_of([&] { pg::Connection::open(server.with_database("nope")); });
    BOOST_TEST((database.kind() == ErrorKind::usage));
    BOOST_TEST(database.sqlstate() == pg::sqlstate::unknown_database);
    BOOST_TEST(database.message().find("'nope'") != std::string::npos);
    auto const role = error_of([&] { pg::Connection::open(server.with("user", "nobody-here")); });
    BOOST_TEST((role.kind() == ErrorKind::usage));
    BOOST_TEST(role.sqlstate() == pg::sqlstate::invalid_authorization);
}

BOOST_AUTO_TEST_CASE(no_server_no_socket_and_no_such_name_are_unavailable) {
    auto const server = support::test_server();
    for (auto const& target :
         {server.with("port", "1"),
          server.with("host", "/nowhere"),
          server.with("host", "no-such-host.invalid")}) {
        auto const error = error_of([&] { pg::Connection::open(target); });
        BOOST_TEST((error.kind() == ErrorKind::unavailable), error.message());
        BOOST_TEST(!error.hint().empty());
    }
}

BOOST_AUTO_TEST_CASE(tls_that_the_server_does_not_speak_is_a_usage_error) {
    auto const target = support::test_server().with("sslmode", "require");
    BOOST_TEST((error_of([&] { pg::Connection::open(target); }).kind() == ErrorKind::usage));
    auto const bogus = support::test_server().with("sslmode", "bogus");
    BOOST_TEST((error_of([&] { pg::Connection::open(bogus); }).kind() == ErrorKind::usage));
}

BOOST_AUTO_TEST_CASE(a_host_that_is_silent_is_a_timeout) {
    Silence const silence;
    auto const took = time_of([&] {
        auto const error =
            error_of([&] { pg::Connection::open(silence.target(), {.connect_timeout = 300ms}); });
        BOOST_TEST((error.kind() == ErrorKind::timeout));
    });
    BOOST_TEST(took.count() >= 300);
    BOOST_TEST(took.count() < 1300);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_wait_for_a_silent_host) {
    Silence const silence;
    std::stop_source source;
    std::thread stopper{[&] {
        std::this_thread::sleep_for(100ms);
        source.request_stop();
    }};
    auto const took = time_of([&] {
        auto const error =
            error_of([&] { pg::Connection::open(silence.target(), {.stop = source.get_token()}); });
        BOOST_TEST((error.kind() == ErrorKind::interrupted));
    });
    stopper.join();
    BOOST_TEST(took.count() < 1100);
}

BOOST_AUTO_TEST_CASE(of_several_hosts_the_first_that_answers_is_taken) {
    auto const server = support::test_server();
    auto const target =
        server.with("host", "127.0.0.1,localhost").with("port", "1," + server.port());
    auto db = pg::Connection::open(target);
    BOOST_TEST(db.exec("select 1").one_value<std::int32_t>() == 1);
}

BOOST_AUTO_TEST_CASE(names_are_resolved_for_the_driver) {
    auto db = pg::Connection::open(support::test_server().with("host", "localhost"));
    BOOST_TEST(db.exec("select host(inet_client_addr())").one_value<std::string>() == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_full_server_is_unavailable) {
    cluster::Settings settings;
    settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    settings.parameters = {
        {"max_connections", "2"},
        {"superuser_reserved_connections", "0"},
        {"max_wal_senders", "0"}};
    auto const server = cluster::Cluster::start(settings);
    auto const first = pg::Connection::open(server.conninfo());
    auto const second = pg::Connection::open(server.conninfo());
    auto const error = error_of([&] { pg::Connection::open(server.conninfo()); });
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
    BOOST_TEST(error.sqlstate() == pg::sqlstate::too_many_connections);
}

BOOST_AUTO_TEST_CASE(a_server_killed_in_the_middle_of_a_query_is_unavailable) {
    cluster::Settings settings;
    settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    auto const server = cluster::Cluster::start(settings);
    auto db = pg::Connection::open(server.conninfo());
    std::thread killer{[&] {
        std::this_thread::sleep_for(100ms);
        ::kill(server.postmaster_pid(), SIGQUIT);
    }};
    auto const error = error_of([&] { db.exec("select pg_sleep(60)"); });
    killer.join();
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
    BOOST_TEST(!error.sqlstate().empty());
    auto const again = error_of([&] { pg::Connection::open(server.conninfo()); });
    BOOST_TEST((again.kind() == ErrorKind::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
