// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"

#include "support/http_listener.hpp"

#include <chrono>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(http_client)

using namespace slipway;
using namespace std::chrono_literals;
using support::HttpListener;
using support::Peer;

namespace {

http::Request request_to(std::string url) {
    http::Request request;
    request.url = std::move(url);
    request.proxy = "";
    request.timeout = 5s;
    return request;
}

http::Outcome fetch(http::Request request) {
    http::Client client{{}};
    return client.fetch(std::move(request), time::Deadline::after(10s));
}

http::Response respond(http::Request request) {
    auto outcome = fetch(std::move(request));
    return http::response_of(outcome);
}

Error error_of(http::Outcome const& outcome) {
    auto const* error = std::get_if<Error>(&outcome);
    return error == nullptr ? Error{ErrorKind::internal, "no error"} : *error;
}

// Answers every request of a connection with what it got.
void echo(Peer& peer) {
    for (std::string request = peer.read_request(); !request.empty();
         request = peer.read_request()) {
        peer.answer(200, request, "X-Twice: a\r\nx-twice: b\r\n");
    }
}

void stay_silent(Peer& peer) {
    peer.wait_for_end();
}

} // namespace

BOOST_AUTO_TEST_CASE(an_answer_is_told_whole) {
    HttpListener const server{echo};
    auto const response = respond(request_to(server.url("/a?b=1")));
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.http_version == "1.1");
    BOOST_TEST(response.body.starts_with("GET /a?b=1 HTTP/1.1\r\n"));
    BOOST_TEST(response.headers.all("X-TWICE").size() == 2U);
    BOOST_TEST(response.remote_ip == "127.0.0.1");
    BOOST_TEST(response.effective_url == server.url("/a?b=1"));
    BOOST_TEST(!response.tls.has_value());
    BOOST_TEST(!response.body_truncated);
    BOOST_TEST(response.timings.total.count() > 0);
    BOOST_TEST((response.timings.total >= response.timings.first_byte));
}

BOOST_AUTO_TEST_CASE(method_headers_body_and_credentials_are_sent) {
    HttpListener const server{echo};
    auto request = request_to(server.url());
    request.method = "PATCH";
    request.body = std::string{"a\0b", 3};
    request.headers.add("X-Empty", "");
    request.headers.add("Content-Type", "application/json");
    request.basic_auth = http::BasicAuth{"me", secret::Secret{"pass"}};
    auto const body = respond(request).body;
    BOOST_TEST(body.starts_with("PATCH / HTTP/1.1\r\n"));
    BOOST_TEST(body.find("X-Empty:") != std::string::npos);
    BOOST_TEST(body.find("Content-Type: application/json\r\n") != std::string::npos);
    BOOST_TEST(body.find("Authorization: Basic bWU6cGFzcw==\r\n") != std::string::npos);
    BOOST_TEST(body.find("Expect") == std::string::npos);
    BOOST_TEST(body.ends_with(std::string{"\r\n\r\na\0b", 7}));
    auto head = request_to(server.url());
    head.method = "DELETE";
    BOOST_TEST(respond(head).body.starts_with("DELETE / HTTP/1.1\r\n"));
    head.method = "POST";
    BOOST_TEST(respond(head).body.find("Content-Length: 0\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(connections_are_reused_and_requests_run_at_a_time) {
    HttpListener const server{[](Peer& peer) {
        while (!peer.read_request().empty()) {
            std::this_thread::sleep_for(20ms);
            peer.answer(200, "x");
        }
    }};
    http::Client client{{4, {}}};
    auto const start = std::chrono::steady_clock::now();
    auto const outcomes = client.fetch_all(
        std::vector<http::Request>(20, request_to(server.url())), time::Deadline::after(10s));
    for (auto const& outcome : outcomes) {
        BOOST_TEST(std::get<http::Response>(outcome).status == 200);
    }
    BOOST_TEST((std::chrono::steady_clock::now() - start < 350ms));
    BOOST_TEST(server.connections() <= 4);
    auto again = client.fetch(request_to(server.url()), time::Deadline::after(1s));
    BOOST_TEST(http::response_of(again).status == 200);
    BOOST_TEST(server.connections() <= 4);
}

BOOST_AUTO_TEST_CASE(outcomes_keep_the_order_of_the_requests) {
    HttpListener const server{echo};
    std::vector<http::Request> requests;
    for (int i = 0; i < 10; ++i) {
        requests.push_back(request_to(i == 5 ? "nonsense" : server.url("/" + std::to_string(i))));
    }
    http::Client client{{3, {}}};
    auto const outcomes = client.fetch_all(requests, time::Deadline::after(10s));
    BOOST_TEST((error_of(outcomes[5]).kind() == ErrorKind::usage));
    BOOST_TEST(std::get<http::Response>(outcomes[7]).body.starts_with("GET /7 "));
    BOOST_TEST(client.fetch_all({}, time::Deadline::after(1s)).empty());
}

BOOST_AUTO_TEST_CASE(redirects_are_recorded_and_keep_credentials_at_home) {
    HttpListener const elsewhere{echo};
    HttpListener const server{[&](Peer& peer) {
        for (std::string got = peer.read_request(); !got.empty(); got = peer.read_request()) {
            if (got.find(" /start ") != std::string::npos) {
                peer.answer(302, "ignored", "Location: next?t=1\r\n");
            } else if (got.find("Authorization: Bearer x") == std::string::npos) {
                peer.answer(401, "");
            } else {
                peer.answer(307, "", "Location: " + elsewhere.url("/end") + "\r\n");
            }
        }
    }};
    auto request = request_to(server.url("/start"));
    request.headers.add("Authorization", "Bearer x");
    request.headers.add("Cookie", "a=b");
    request.headers.add("X-Other", "kept");
    BOOST_TEST(respond(request).status == 302);
    request.follow_redirects = true;
    auto const response = respond(request);
    BOOST_TEST(response.status == 200);
    BOOST_REQUIRE(response.redirects.size() == 2U);
    BOOST_TEST(response.redirects[0].status == 302);
    BOOST_TEST(response.redirects[0].to == server.url("/next?t=***"));
    BOOST_TEST(response.effective_url == elsewhere.url("/end"));
    BOOST_TEST(response.body.find("Authorization") == std::string::npos);
    BOOST_TEST(response.body.find("Cookie") == std::string::npos);
    BOOST_TEST(response.body.find("X-Other: kept") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_redirect_after_post_is_followed_by_get) {
    HttpListener const server{[](Peer& peer) {
        for (std::string got = peer.read_request(); !got.empty(); got = peer.read_request()) {
            if (got.find(" /start ") != std::string::npos) {
                peer.answer(303, "", "Location: /end\r\n");
            } else {
                peer.answer(200, got);
            }
        }
    }};
    auto request = request_to(server.url("/start"));
    request.method = "PATCH";
    request.body = "data";
    request.follow_redirects = true;
    auto const body = respond(request).body;
    BOOST_TEST(body.starts_with("GET /end "));
    BOOST_TEST(!body.ends_with("data"));
}

BOOST_AUTO_TEST_CASE(endless_and_foreign_redirects_fail) {
    HttpListener const server{[](Peer& peer) {
        for (std::string got = peer.read_request(); !got.empty(); got = peer.read_request()) {
            bool const file = got.find(" /file ") != std::string::npos;
            peer.answer(302, "", file ? "Location: file:///etc/passwd\r\n" : "Location: /\r\n");
        }
    }};
    auto request = request_to(server.url());
    request.follow_redirects = true;
    request.max_redirects = 3;
    Error const endless = error_of(fetch(request));
    BOOST_TEST((endless.kind() == ErrorKind::failed));
    BOOST_TEST(endless.message().find("more than 3 times") != std::string::npos);
    request.url = server.url("/file");
    BOOST_TEST(error_of(fetch(request)).message().find("redirects nowhere") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_large_body_is_cut) {
    HttpListener const server{[](Peer& peer) {
        peer.read_request();
        peer.answer(200, std::string(5'000'000, 'x'));
    }};
    auto request = request_to(server.url());
    request.max_body = 1000;
    auto const response = respond(request);
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.body_truncated);
    BOOST_TEST(response.body.size() == 1000U);
}

BOOST_AUTO_TEST_CASE(a_compressed_body_is_bounded_by_its_decoded_size) {
    // gzip of "hello".
    std::string const hello{
        "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0", 25};
    HttpListener const server{[&](Peer& peer) {
        for (std::string got = peer.read_request(); !got.empty(); got = peer.read_request()) {
            bool const bad = got.find(" /bad ") != std::string::npos;
            peer.answer(200, bad ? "not gzip at all" : hello, "Content-Encoding: gzip\r\n");
        }
    }};
    auto request = request_to(server.url());
    BOOST_TEST(respond(request).body == "hello");
    request.max_body = 3;
    auto const cut = respond(request);
    BOOST_TEST(cut.body == "hel");
    BOOST_TEST(cut.body_truncated);
    request.url = server.url("/bad");
    BOOST_TEST((error_of(fetch(request)).kind() == ErrorKind::failed));
}

BOOST_AUTO_TEST_CASE(endless_headers_fail) {
    HttpListener const server{[](Peer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\n");
        while (peer.send("X-More: " + std::string(1000, 'x') + "\r\n")) {
        }
    }};
    Error const error = error_of(fetch(request_to(server.url())));
    BOOST_TEST((error.kind() == ErrorKind::failed));
    BOOST_TEST(error.message().find("256 KiB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_a_timeout) {
    HttpListener const server{stay_silent};
    auto request = request_to(server.url());
    request.timeout = 100ms;
    Error const error = error_of(fetch(request));
    BOOST_TEST((error.kind() == ErrorKind::timeout));
    BOOST_TEST(error.message().find("no whole answer from 127.0.0.1:") != std::string::npos);
    http::Client client{{1, {}}};
    auto const outcomes = client.fetch_all(
        std::vector<http::Request>(3, request_to(server.url())), time::Deadline::after(150ms));
    for (auto const& outcome : outcomes) {
        BOOST_TEST((error_of(outcome).kind() == ErrorKind::timeout));
    }
}

BOOST_AUTO_TEST_CASE(a_stop_ends_requests_at_once) {
    HttpListener const server{stay_silent};
    std::stop_source stop;
    http::Client client{{8, stop.get_token()}};
    std::jthread const stopper{[&stop] {
        std::this_thread::sleep_for(100ms);
        stop.request_stop();
    }};
    auto const start = std::chrono::steady_clock::now();
    auto const outcomes = client.fetch_all(
        std::vector<http::Request>(10, request_to(server.url())), time::Deadline::never());
    BOOST_TEST((std::chrono::steady_clock::now() - start < 1s));
    for (auto const& outcome : outcomes) {
        BOOST_TEST((error_of(outcome).kind() == ErrorKind::interrupted));
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reached_is_unavailable) {
    std::string url;
    {
        HttpListener const gone{echo};
        url = gone.url();
    }
    Error const refused = error_of(fetch(request_to(url)));
    BOOST_TEST((refused.kind() == ErrorKind::unavailable));
    BOOST_TEST(refused.message().find("Connection refused") != std::string::npos);
    Error const unknown = error_of(fetch(request_to("http://no-such-host.invalid/")));
    BOOST_TEST((unknown.kind() == ErrorKind::unavailable));
    BOOST_TEST(unknown.message() == "the name no-such-host.invalid cannot be resolved");
}

BOOST_AUTO_TEST_CASE(a_broken_answer_is_told_apart) {
    HttpListener const server{[](Peer& peer) {
        std::string const got = peer.read_request();
        if (got.find(" /half ") != std::string::npos) {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
        } else if (got.find(" /noise ") != std::string::npos) {
            peer.send("SSH-2.0-OpenSSH_9.2\r\n");
        }
    }};
    auto const error = [&](char const* path) {
        return error_of(fetch(request_to(server.url(path))));
    };
    BOOST_TEST(error("/half").message().find("before the end") != std::string::npos);
    BOOST_TEST((error("/half").kind() == ErrorKind::unavailable));
    BOOST_TEST((error("/noise").kind() == ErrorKind::failed));
    BOOST_TEST(error("/close").message().find("without an answer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_malformed_request_is_a_usage_error) {
    HttpListener const server{echo};
    auto request = request_to(server.url());
    request.headers.add("X-Injected", "a\r\nEvil: yes");
    BOOST_TEST((error_of(fetch(request)).kind() == ErrorKind::usage));
    request = request_to(server.url());
    request.method = "GET / HTTP/1.1\r\nX:";
    BOOST_TEST((error_of(fetch(request)).kind() == ErrorKind::usage));
    BOOST_TEST((error_of(fetch(request_to("file:///etc/passwd"))).kind() == ErrorKind::usage));
    BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_name_may_be_resolved_by_hand) {
    HttpListener const server{echo};
    std::string const port = std::to_string(server.port());
    auto request = request_to("http://shop.example:" + port + "/");
    request.resolve = {"shop.example:" + port + ":127.0.0.1"};
    BOOST_TEST(respond(request).body.find("Host: shop.example:" + port) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
