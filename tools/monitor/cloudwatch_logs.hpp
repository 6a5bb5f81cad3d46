// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/credentials.hpp"
#include "http/client.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace slipway::monitor {

/// An event of CloudWatch Logs.
struct CloudWatchEvent {
    std::string id;
    std::string stream;
    std::int64_t timestamp = 0; // ms since 1970
    std::string message;
};

/// A page of events; it may be empty and have a next one.
struct CloudWatchPage {
    std::vector<CloudWatchEvent> events;
    std::string next_token; // empty: the last page
};

/// What FilterLogEvents is asked.
struct CloudWatchQuery {
    std::string group;
    std::string stream_prefix;
    std::string filter;
    std::int64_t start = 0; // ms since 1970
    std::string next_token;
};

/// CloudWatch Logs (API version 2014-03-28), its calls signed by signature version 4 and, where it
/// throttles or fails, tried again within the deadline.
class CloudWatchLogs {
public:
    /// An empty endpoint is that of AWS in the region.
    CloudWatchLogs(
        std::string endpoint,
        std::string region,
        aws::Surroundings surroundings,
        time::Clock& clock,
        std::stop_token stop);

    /// Throws usage where the group or a right is missing, unavailable where the service is.
    CloudWatchPage filter(CloudWatchQuery const& query, time::Deadline deadline);

private:
    http::Request request_of(std::string const& body, time::Deadline deadline);
    CloudWatchPage ask(std::string const& body, time::Deadline deadline);

    std::string endpoint_;
    std::string region_;
    time::Clock& clock_;
    std::stop_token stop_;
    aws::Provider credentials_;
    http::Client client_;
};

} // namespace slipway::monitor
