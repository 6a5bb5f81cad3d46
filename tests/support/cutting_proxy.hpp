// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/unique_fd.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace slipway::support {

/// When the proxy cuts both connections: at the client's first message that holds the word, either
/// instead of passing it on, or after the server has begun to answer it (the answer is kept, or the
/// half of its first piece passed on).
enum class Cut { before_the_server_sees_it, after_the_server_answers, within_the_answer };

/// A TCP proxy on 127.0.0.1 to another port there, for any number of connections. It cuts one of
/// them once; what connects afterwards is let through.
class CuttingProxy {
public:
    CuttingProxy(int server_port, std::string word, Cut cut);

    /// Cuts at the message of this number, from 1, whatever it holds.
    CuttingProxy(int server_port, int message, Cut cut);
    CuttingProxy(CuttingProxy const&) = delete;
    CuttingProxy& operator=(CuttingProxy const&) = delete;
    CuttingProxy(CuttingProxy&&) = delete;
    CuttingProxy& operator=(CuttingProxy&&) = delete;
    ~CuttingProxy();

    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] bool has_cut() const { return has_cut_; }

private:
    void serve();
    void listen();
    void relay(fs::UniqueFd client);
    bool is_the_one(std::string_view bytes);

    int server_port_;
    std::string word_;
    Cut cut_;
    int port_ = 0;
    int message_ = 0; // 0: the word decides
    std::atomic<int> messages_{0};
    std::atomic<bool> has_cut_{false};
    fs::UniqueFd listener_;
    std::atomic<bool> ending_{false};
    std::thread thread_;
    std::vector<std::thread> relays_; // the serving thread's own
};

} // namespace slipway::support
