// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/unique_fd.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace slipway::support {

/// One connection to the listener, for a handler that decides about every byte.
class Peer {
public:
    explicit Peer(int fd) : fd_(fd) {}

    /// The next request's head and body as they came (Content-Length is honoured); empty where
    /// the client has gone.
    std::string read_request();

    /// Sends bytes as they are; false where the client has gone.
    bool send(std::string_view bytes) const;

    /// Sends a whole answer with Content-Length.
    bool answer(int status, std::string_view body, std::string_view headers = "") const;

    /// Waits until the client closes the connection.
    void wait_for_end() const;

private:
    int fd_;
    std::string rest_;
};

/// A listener on the loopback interface that misbehaves as it is told; each connection has its own
/// thread, all ended by the destructor.
class HttpListener {
public:
    using Handler = std::function<void(Peer&)>;

    /// The handler serves one connection, which is closed when it returns.
    explicit HttpListener(Handler handler);
    HttpListener(HttpListener const&) = delete;
    HttpListener& operator=(HttpListener const&) = delete;
    HttpListener(HttpListener&&) = delete;
    HttpListener& operator=(HttpListener&&) = delete;
    ~HttpListener();

    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// `http://127.0.0.1:<port><path>`.
    [[nodiscard]] std::string url(std::string_view path = "/") const;

    /// How many connections were accepted.
    [[nodiscard]] int connections() const { return connections_; }

private:
    void accept_all();

    Handler handler_;
    fs::UniqueFd socket_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<bool> ending_{false};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

} // namespace slipway::support
