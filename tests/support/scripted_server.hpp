// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/http_listener.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::support {

/// A request that came over HTTP/1.1.
struct HttpRequest {
    std::string method;
    std::string target; // path and query
    std::string head;
    std::string body;

    /// A header field's value; empty where there is none.
    [[nodiscard]] std::string header(std::string_view name) const;
};

struct HttpAnswer {
    int status = 200;
    std::string body;
    std::string headers; // lines ended by CRLF
};

/// A server that answers by a function, after the disturbances that a test has ordered: each takes
/// the place of one answer, in their order.
class ScriptedServer {
public:
    explicit ScriptedServer(std::function<HttpAnswer(HttpRequest const&)> answer);

    /// Instead of the answer.
    void disturb(HttpAnswer instead);

    /// Takes the request, acts on it, and closes the connection without an answer.
    void lose_next_answer();

    /// Does nothing with the request but close the connection.
    void drop_next();

    /// Holds each answer back for that long.
    void slow(std::chrono::milliseconds pause);

    /// All requests so far.
    [[nodiscard]] std::vector<HttpRequest> requests() const;

    [[nodiscard]] std::string url(std::string_view path = "") const { return listener_.url(path); }

private:
    enum class Kind : std::uint8_t { instead, lost, dropped };
    struct Disturbance {
        Kind kind;
        HttpAnswer answer;
    };

    void serve(Peer& peer);

    std::function<HttpAnswer(HttpRequest const&)> answer_;
    mutable std::mutex mutex_;
    std::deque<Disturbance> disturbances_;
    std::vector<HttpRequest> requests_;
    std::chrono::milliseconds pause_{0};
    HttpListener listener_; // last: its threads use all of the above
};

} // namespace slipway::support
