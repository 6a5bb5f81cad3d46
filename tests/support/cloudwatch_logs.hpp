// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/http_listener.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace slipway::support {

/// A local CloudWatch Logs, which cannot be installed: FilterLogEvents after its published API
/// (2014-03-28). It judges the signature, the target and the parameters, pages as the service does
/// (empty pages with a token among them), throttles and fails when told.
class CloudWatchService {
public:
    CloudWatchService();

    /// `http://127.0.0.1:<port>`.
    [[nodiscard]] std::string endpoint() const;

    void put(std::string const& stream, std::int64_t timestamp, std::string const& message);

    /// The next so many calls are answered ThrottlingException, or ExpiredTokenException.
    void throttle(int calls);
    void expire(int calls);

    /// No call is answered any more, or they are again.
    void hang(bool on);

    [[nodiscard]] int calls() const;
    [[nodiscard]] int refused_signatures() const;

    static constexpr std::size_t page = 3; // events; each page is followed by an empty one
    static constexpr char const* key = "AKIDEXAMPLE";
    static constexpr char const* secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    static constexpr char const* group = "/ecs/shop";

private:
    struct Event {
        std::string id;
        std::string stream;
        std::int64_t timestamp;
        std::string message;
    };
    void serve(Peer& peer);
    std::pair<int, std::string> answer(std::string const& request);

    mutable std::mutex mutex_;
    std::vector<Event> events_;
    int throttled_ = 0;
    int expired_ = 0;
    bool hangs_ = false;
    int calls_ = 0;
    int refused_ = 0;
    HttpListener listener_; // the last: its threads use all of the above
};

} // namespace slipway::support
