// SPDX-License-Identifier: Apache-2.0
#include "metrics_server.hpp"

#include "error/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t most_clients = 16;
constexpr std::size_t longest_request = 8192;
constexpr std::chrono::seconds longest_talk{5};

struct Free {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::unique_ptr<addrinfo, Free> resolve(std::string const& address) {
    auto const colon = address.rfind(':');
    auto host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    bool const is_whole = colon != std::string::npos && !host.empty() && colon + 1 < address.size();
    if (!is_whole ||
        ::getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--listen {} is no address and port", address),
            "Write it as 127.0.0.1:9187 or [::1]:9187."};
    }
    return std::unique_ptr<addrinfo, Free>{found};
}

std::string response(std::string_view status, std::string_view type, std::string_view body) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
        status,
        type,
        body.size(),
        body);
}

} // namespace

struct MetricsServer::Client {
    fs::UniqueFd fd;
    Steady::time_point until;
    std::string request;
    std::string answer; // not empty: it is being sent
    std::size_t sent = 0;

    // Whether it goes on.
    bool send_more() {
        auto const n = ::send(
            fd.get(), answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        sent += static_cast<std::size_t>(n);
        return sent < answer.size();
    }

    // Whether it goes on; the request is whole once it ends in an empty line.
    bool read_more() {
        std::array<char, 2048> block{};
        auto const n = ::recv(fd.get(), block.data(), block.size(), MSG_DONTWAIT);
        if (n <= 0) {
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        }
        request.append(block.data(), static_cast<std::size_t>(n));
        return request.size() <= longest_request;
    }

    [[nodiscard]] bool is_whole() const { return request.find("\r\n\r\n") != std::string::npos; }
};

MetricsServer::MetricsServer(std::string const& address) {
    auto const where = resolve(address);
    listener_ =
        fs::UniqueFd{::socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    int const on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!listener_ || ::bind(listener_.get(), where->ai_addr, where->ai_addrlen) != 0 ||
        ::listen(listener_.get(), 16) != 0) {
        throw Error{
            ErrorKind::unavailable,
            fmt::format("cannot listen on {}: {}", address, std::strerror(errno)),
            "Choose another port, or end what listens there."};
    }
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    std::array<char, 16> port{};
    if (::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&bound), &length) == 0) {
        ::getnameinfo(
            reinterpret_cast<sockaddr*>(&bound),
            length,
            nullptr,
            0,
            port.data(),
            port.size(),
            NI_NUMERICSERV);
    }
    url_ = fmt::format("http://{}:{}/metrics", address.substr(0, address.rfind(':')), port.data());
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw Error{ErrorKind::unavailable, "cannot make a pipe"};
    }
    stop_read_ = fs::UniqueFd{ends[0]};
    stop_write_ = fs::UniqueFd{ends[1]};
    thread_ = std::thread{[this] {
        serve();
    }};
}

MetricsServer::~MetricsServer() {
    stop_write_.reset();
    thread_.join();
}

void MetricsServer::show(std::string text) {
    std::scoped_lock const lock{mutex_};
    text_ = std::move(text);
}

std::string MetricsServer::answer_to(std::string const& request) {
    auto const line = request.substr(0, request.find("\r\n"));
    bool const get = line.starts_with("GET ");
    auto const path = line.substr(get ? 4 : 0, line.find(' ', 4) - (get ? 4 : 0));
    if (!get) {
        return response("405 Method Not Allowed", "text/plain", "GET /metrics\n");
    }
    if (path != "/metrics" && !path.starts_with("/metrics?")) {
        return response("404 Not Found", "text/plain", "The metrics are at /metrics\n");
    }
    bool const open = request.find("application/openmetrics-text") != std::string::npos;
    std::scoped_lock const lock{mutex_};
    return response(
        "200 OK",
        open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8",
        text_);
}

void MetricsServer::accept_one(std::vector<Client>& clients) const {
    fs::UniqueFd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (fd) {
        clients.push_back({std::move(fd), Steady::now() + longest_talk, "", "", 0});
    }
}

void MetricsServer::serve() {
    std::vector<Client> clients;
    for (;;) {
        std::vector<pollfd> waits{{stop_read_.get(), POLLIN, 0}};
        for (auto const& client : clients) {
            short const what = client.answer.empty() ? POLLIN : POLLOUT;
            waits.push_back({client.fd.get(), what, 0});
        }
        // With all places taken the others wait in the kernel's queue.
        if (clients.size() < most_clients) {
            waits.push_back({listener_.get(), POLLIN, 0});
        }
        ::poll(waits.data(), waits.size(), clients.empty() ? -1 : 500);
        if (waits[0].revents != 0) {
            return;
        }
        auto const now = Steady::now();
        for (std::size_t i = 0; i < clients.size(); ++i) {
            auto& client = clients[i];
            bool on = now < client.until;
            if (on && waits[i + 1].revents != 0) {
                on = client.answer.empty() ? client.read_more() : client.send_more();
                if (on && client.answer.empty() && client.is_whole()) {
                    client.answer = answer_to(client.request);
                }
            }
            if (!on) {
                client.fd.reset();
            }
        }
        bool const is_called = waits.size() > clients.size() + 1 && waits.back().revents != 0;
        std::erase_if(clients, [](Client const& client) { return !client.fd; });
        if (is_called) {
            accept_one(clients);
        }
    }
}

} // namespace slipway::monitor
