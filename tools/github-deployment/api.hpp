// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "json/value.hpp"
#include "retry/retry.hpp"
#include "secret/secret.hpp"
#include "time/clock.hpp"

#include <string>
#include <string_view>

namespace slipway::github_deployment {

/// GitHub's REST API of one repository (docs.github.com/rest, version 2022-11-28).
class Api {
public:
    /// Throws usage where the URL is not https (http on this machine only) or the repository is
    /// not `owner/name`; a GitHub Enterprise server has a path in its URL (`/api/v3`).
    Api(std::string_view url,
        std::string_view repository,
        secret::Secret token,
        retry::Patience const& patience);

    /// One attempt; `path` is relative to the repository and may have a query. Throws unavailable
    /// or timeout where it may be tried again (retry::Later with GitHub's own wait where a rate
    /// limit is used up), else usage, refused or failed with GitHub's reason explained.
    json::Value get(std::string_view path);
    json::Value post(std::string_view path, json::Value const& body);

    /// How many requests were sent.
    [[nodiscard]] int requests() const { return requests_; }

private:
    json::Value exchange(std::string method, std::string_view path, std::string body);

    std::string base_;
    secret::Secret token_;
    retry::Patience patience_;
    int requests_ = 0;
};

/// Whether an error of the Api is worth another attempt.
bool transient(Error const& error);

/// The error for an answer of 3xx, 4xx or 5xx.
Error error_of(http::Response const& response, std::string_view path, time::Instant now);

/// How long GitHub's rate limits ask to wait; nothing where the answer is not about them.
std::optional<time::Milliseconds>
rate_limit_wait(http::Response const& response, time::Instant now);

} // namespace slipway::github_deployment
