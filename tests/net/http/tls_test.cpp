// SPDX-License-Identifier: Apache-2.0
#include "fs/temp_folder.hpp"
#include "fs/unique_fd.hpp"
#include "http/client.hpp"

#include <array>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(http_tls)

using namespace slipway;
using namespace std::chrono_literals;

namespace {

pid_t start_openssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    std::vector<char*> raw;
    for (auto& argument : arguments) {
        raw.push_back(argument.data());
    }
    raw.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int const fd : {0, 1, 2}) {
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    }
    pid_t child = 0;
    int const failed = ::posix_spawnp(&child, "openssl", &actions, nullptr, raw.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        throw std::runtime_error{"the program openssl cannot be started"};
    }
    return child;
}

void run_openssl(std::vector<std::string> const& arguments) {
    ::waitpid(start_openssl(arguments), nullptr, 0);
}

std::uint16_t free_port() {
    fs::UniqueFd const socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
}

bool listens(std::uint16_t port) {
    fs::UniqueFd const socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

// openssl's own server with a certificate made for it.
class TlsServer {
public:
    explicit TlsServer(std::string const& name, bool expired = false) : port_(free_port()) {
        std::string const key = (folder_.path() / "key.pem").string();
        run_openssl(
            {"req",
             "-x509",
             "-newkey",
             "ec",
             "-pkeyopt",
             "ec_paramgen_curve:prime256v1",
             "-nodes",
             "-keyout",
             key,
             "-out",
             certificate(),
             "-days",
             "30",
             "-subj",
             "/CN=" + name,
             "-addext",
             "subjectAltName=DNS:" + name});
        if (expired) {
            // Valid until now: openssl 3.0 makes no certificate that ended earlier.
            run_openssl(
                {"x509",
                 "-in",
                 certificate(),
                 "-signkey",
                 key,
                 "-days",
                 "0",
                 "-out",
                 certificate()});
            std::this_thread::sleep_for(1100ms);
        }
        child_ = start_openssl(
            {"s_server",
             "-accept",
             "127.0.0.1:" + std::to_string(port_),
             "-cert",
             certificate(),
             "-key",
             key,
             "-www",
             "-quiet"});
        for (int left = 500; left > 0 && !listens(port_); --left) {
            std::this_thread::sleep_for(10ms);
        }
    }
    TlsServer(TlsServer const&) = delete;
    TlsServer& operator=(TlsServer const&) = delete;
    TlsServer(TlsServer&&) = delete;
    TlsServer& operator=(TlsServer&&) = delete;
    ~TlsServer() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }

    [[nodiscard]] std::string certificate() const { return (folder_.path() / "cert.pem").string(); }

    [[nodiscard]] http::Outcome fetch(bool trusted, bool insecure = false) const {
        std::string const port = std::to_string(port_);
        http::Request request;
        request.url = "https://shop.example:" + port + "/";
        request.resolve = {"shop.example:" + port + ":127.0.0.1"};
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

    [[nodiscard]] std::string place() const { return "shop.example:" + std::to_string(port_); }

private:
    fs::TempFolder folder_{"tls"};
    std::uint16_t port_;
    pid_t child_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_trusted_certificate_is_described) {
    TlsServer const server{"shop.example"};
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
    TlsServer const server{"shop.example"};
    Error const error = server.error(false);
    BOOST_TEST((error.kind() == ErrorKind::unavailable));
    BOOST_TEST(error.message() == "the certificate of " + server.place() + " is self-signed");
    auto outcome = server.fetch(false, true);
    auto const& insecure = http::response_of(outcome);
    BOOST_TEST(insecure.status == 200);
    BOOST_TEST(insecure.tls.value().verify_error == "is self-signed");
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused_and_named_so) {
    TlsServer const server{"shop.example", true};
    BOOST_TEST(
        server.error(true).message() == "the certificate of " + server.place() + " has expired");
    auto outcome = server.fetch(true, true);
    BOOST_TEST(http::response_of(outcome).tls.value().days_left < 0);
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_name_is_refused_and_named_so) {
    TlsServer const server{"other.example"};
    BOOST_TEST(
        server.error(true).message() ==
        "the certificate of " + server.place() + " is for another name than shop.example");
}

BOOST_AUTO_TEST_SUITE_END()
