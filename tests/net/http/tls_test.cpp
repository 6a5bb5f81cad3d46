// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"
#include "support/tls_server.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(http_tls)

using namespace slipway;
using namespace std::chrono_literals;

namespace {

class Server : public support::TlsServer {
public:
    using TlsServer::TlsServer;

    [[nodiscard]] http::Outcome fetch(bool trusted, bool insecure = false) const {
        http::Request request;
        request.url = "https://" + place() + "/";
        request.resolve = {place() + ":127.0.0.1"};
        request.proxy = "";
        request.timeout = 5s;
        request.insecure = insecure;
        request.ca_file = trusted ? certificate() : "";
        http::Client client{{}};
        return client.fetch(request, time::Deadline::after(10s));
    }

    [[nodiscard]] Error error(bool trusted) const {
        auto const outcome = fetch(trusted);
        auto const* error = std::get_if<Error>(&outcome);
        return error == nullptr ? Error{ErrorKind::internal, "no error"} : *error;
    }

    [[nodiscard]] std::string place() const { return "shop.example:" + std::to_string(port()); }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_trusted_certificate_is_described) {
    Server const server{"shop.example"};
    auto outcome = server.fetch(true);
    auto const& response = http::response_of(outcome);
    BOOST_TEST(response.status == 200);
    BOOST_REQUIRE(response.tls.has_value());
    BOOST_TEST(response.tls->days_left >= 29);
    BOOST_TEST(response.tls->subject.find("shop.example") != std::string::npos);
    BOOST_TEST(response.tls->issuer.find("shop.example") != std::string::npos);
    BOOST_TEST(response.tls->verify_error == "");
    BOOST_TEST(response.timings.tls.count() > 0);
}

BOOST_AUTO_TEST_CASE(a_self_signed_certificate_is_refused_and_named_so) {
    Server const server{"shop.example"};
    Error const error = server.error(false);
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
    BOOST_TEST(error.message() == "the certificate of " + server.place() + " is self-signed");
    auto outcome = server.fetch(false, true);
    auto const& insecure = http::response_of(outcome);
    BOOST_TEST(insecure.status == 200);
    BOOST_TEST(insecure.tls.value().verify_error == "is self-signed");
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused_and_named_so) {
    Server const server{"shop.example", 0};
    BOOST_TEST(
        server.error(true).message() == "the certificate of " + server.place() + " has expired");
    auto outcome = server.fetch(true, true);
    BOOST_TEST(http::response_of(outcome).tls.value().days_left < 0);
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_name_is_refused_and_named_so) {
    Server const server{"other.example"};
    BOOST_TEST(
        server.error(true).message() ==
        "the certificate of " + server.place() + " is for another name than shop.example");
}

BOOST_AUTO_TEST_SUITE_END()
