// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/unique_fd.hpp"

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

namespace slipway::monitor {

/// Answers GET /metrics over HTTP/1.1 on a thread of its own: at most 16 clients at once, five
/// seconds for each, requests of at most 8 KiB.
class MetricsServer {
public:
    /// Listens on `127.0.0.1:9187` or `[::1]:9187`; port 0 takes a free one. Throws usage where
    /// that is no address, unavailable where it cannot be had.
    explicit MetricsServer(std::string const& address);
    MetricsServer(MetricsServer const&) = delete;
    MetricsServer& operator=(MetricsServer const&) = delete;
    MetricsServer(MetricsServer&&) = delete;
    MetricsServer& operator=(MetricsServer&&) = delete;
    ~MetricsServer();

    /// What is answered from now on.
    void show(std::string text);

    /// `http://127.0.0.1:9187/metrics`.
    [[nodiscard]] std::string const& url() const { return url_; }

private:
    struct Client;
    void serve();
    void accept_one(std::vector<Client>& clients) const;
    [[nodiscard]] std::string answer_to(std::string const& request);

    fs::UniqueFd listener_;
    fs::UniqueFd stop_read_;
    fs::UniqueFd stop_write_;
    std::string url_;
    std::mutex mutex_;
    std::string text_;
    std::thread thread_;
};

} // namespace slipway::monitor
