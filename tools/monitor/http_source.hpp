// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/client.hpp"
#include "probe/status_set.hpp"
#include "source.hpp"

#include <optional>
#include <vector>

namespace slipway::monitor {

/// How the endpoints are asked.
struct Asking {
    probe::StatusSet expected;
    std::int64_t requests = 5;        // a sample and endpoint, one after the other
    time::Milliseconds timeout{5000}; // of one request
    time::Deadline deadline = time::Deadline::never();
    std::stop_token stop;
};

/// Sends a few requests to each endpoint with every sample: the endpoints side by side, those to
/// one of them one after the other.
class HttpSource final : public Source {
public:
    HttpSource(std::vector<Endpoint> endpoints, Asking asking);

    [[nodiscard]] std::string_view name() const override { return "http"; }
    void look(Sample& sample) override;

private:
    std::vector<Endpoint> endpoints_;
    Asking asking_;
    http::Client client_;
};

/// How many requests are left by `RateLimit`, `RateLimit-Remaining` or `X-RateLimit-Remaining`;
/// nothing where there is no such field, or one that is no number.
std::optional<std::int64_t> remaining_requests(http::Headers const& headers);

} // namespace slipway::monitor
