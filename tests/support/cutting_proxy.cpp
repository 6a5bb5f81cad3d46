// SPDX-License-Identifier: Apache-2.0
#include "support/cutting_proxy.hpp"

#include "error/error.hpp"

#include <array>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slipway::support {

namespace {

constexpr int tick_ms = 50;

sockaddr_in loopback(int port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    out.sin_port = htons(static_cast<std::uint16_t>(port));
    return out;
}

sockaddr* raw(sockaddr_in& address) {
    return reinterpret_cast<sockaddr*>(&address); // NOLINT(*-reinterpret-cast): sockets' own way
}

bool readable(int fd) {
    pollfd each{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&each, 1, tick_ms) > 0;
}

} // namespace

CuttingProxy::CuttingProxy(int server_port, std::string word, Cut cut)
    : server_port_(server_port), word_(std::move(word)), cut_(cut),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    listen();
}

CuttingProxy::CuttingProxy(int server_port, int message, Cut cut)
    : server_port_(server_port), cut_(cut), message_(message),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    listen();
}

void CuttingProxy::listen() {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), raw(address), size) != 0 || ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), raw(address), &size) != 0) {
        throw Error{ErrorKind::internal, "the proxy got no port"};
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] {
        serve();
    }};
}

CuttingProxy::~CuttingProxy() {
    ending_ = true;
    thread_.join();
}

void CuttingProxy::serve() {
    while (!ending_) {
        if (readable(listener_.get())) {
            relays_.emplace_back([this, fd = ::accept(listener_.get(), nullptr, nullptr)] {
                relay(fs::UniqueFd{fd});
            });
        }
    }
    for (auto& thread : relays_) {
        thread.join();
    }
}

bool CuttingProxy::is_the_one(std::string_view bytes) {
    if (has_cut_ || bytes.empty()) {
        return false;
    }
    int const number = ++messages_;
    return message_ > 0 ? number == message_ : bytes.find(word_) != std::string_view::npos;
}

void CuttingProxy::relay(fs::UniqueFd client) {
    fs::UniqueFd const server{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address = loopback(server_port_);
    if (::connect(server.get(), raw(address), sizeof address) != 0) {
        return;
    }
    std::array<char, 65536> buffer{};
    bool seen = false;
    while (!ending_) {
        std::array<pollfd, 2> fds{
            pollfd{.fd = client.get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = server.get(), .events = POLLIN, .revents = 0}};
        if (::poll(fds.data(), fds.size(), tick_ms) <= 0) {
            continue;
        }
        if (fds[0].revents != 0) {
            ssize_t const got = ::recv(client.get(), buffer.data(), buffer.size(), 0);
            std::string_view const bytes{
                buffer.data(), static_cast<std::size_t>(got > 0 ? got : 0)};
            seen = is_the_one(bytes) || seen; // others may follow it before the answer
            if (seen && cut_ == Cut::before_the_server_sees_it) {
                has_cut_ = true;
                return;
            }
            if (got <= 0) {
                return;
            }
            ::send(server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        }
        if (fds[1].revents != 0) {
            ssize_t const got = ::recv(server.get(), buffer.data(), buffer.size(), 0);
            has_cut_ = has_cut_ || seen;
            if (got > 0 && seen && cut_ == Cut::within_the_answer) {
                ::send(
                    client.get(), buffer.data(), static_cast<std::size_t>(got) / 2, MSG_NOSIGNAL);
            }
            if (got <= 0 || seen) {
                return;
            }
            ::send(client.get(), buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
        }
    }
}

} // namespace slipway::support
