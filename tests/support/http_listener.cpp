// SPDX-License-Identifier: Apache-2.0
#include "support/http_listener.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slipway::support {

namespace {

std::size_t content_length(std::string const& head) {
    auto const at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
}

} // namespace

std::string Peer::read_request() {
    std::array<char, 4096> buffer{};
    for (;;) {
        auto const end = rest_.find("\r\n\r\n");
        if (end != std::string::npos) {
            std::size_t const whole = end + 4 + content_length(rest_.substr(0, end));
            if (rest_.size() >= whole) {
                std::string const request = rest_.substr(0, whole);
                rest_.erase(0, whole);
                return request;
            }
        }
        ssize_t const count = ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (count <= 0) {
            return {};
        }
        rest_.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

bool Peer::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        ssize_t const count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool Peer::answer(int status, std::string_view body, std::string_view headers) const {
    return send(
        "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n" + std::string{headers} + "\r\n" + std::string{body});
}

void Peer::wait_for_end() const {
    std::array<char, 4096> buffer{};
    while (::recv(fd_, buffer.data(), buffer.size(), 0) > 0) {
    }
}

HttpListener::HttpListener(Handler handler)
    : handler_(std::move(handler)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    if (::bind(socket_.get(), raw, length) != 0 || ::listen(socket_.get(), 64) != 0 ||
        ::getsockname(socket_.get(), raw, &length) != 0) {
        throw std::runtime_error{"the listener has no port"};
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] {
        accept_all();
    }};
}

HttpListener::~HttpListener() {
    ending_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
    acceptor_.join();
    {
        std::lock_guard const lock{mutex_};
        for (int const fd : open_) {
            ::shutdown(fd, SHUT_RDWR);
        }
    }
    for (auto& thread : threads_) {
        thread.join();
    }
}

std::string HttpListener::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string{path};
}

void HttpListener::accept_all() {
    while (!ending_) {
        int const fd = ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) {
            continue;
        }
        ++connections_;
        std::lock_guard const lock{mutex_};
        open_.push_back(fd);
        threads_.emplace_back([this, fd] {
            Peer peer{fd};
            handler_(peer);
            std::lock_guard const inner{mutex_};
            std::erase(open_, fd);
            ::close(fd);
        });
    }
}

} // namespace slipway::support
