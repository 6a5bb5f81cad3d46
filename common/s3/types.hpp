// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "http/message.hpp"
#include "time/clock.hpp"
#include "time/deadline.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::s3 {

/// How a store that speaks S3 is reached.
struct Settings {
    std::string endpoint; // empty: that of AWS in the region
    std::string region = "us-east-1";
    /// The bucket in the path, not in the host's name; by default for any endpoint but AWS' own.
    std::optional<bool> path_style;
    std::string encryption; // `AES256`, `aws:kms`, …; empty: what the bucket does by itself
    std::string kms_key;
    std::string ca_file;
    /// Of one request.
    time::Milliseconds timeout{300'000};
    std::size_t parallel = 4;
};

/// What a run has for all its requests.
struct Run {
    time::Clock& clock;
    time::Deadline deadline = time::Deadline::never();
    std::stop_token stop;
    /// Hears of attempts that failed and are made again, and of a clock that is wrong.
    std::function<void(std::string_view)> told;
};

/// An object as a listing has it.
struct Object {
    std::string key;
    std::uint64_t bytes = 0;
    time::Instant modified{};
};

/// What HEAD tells.
struct Head {
    std::uint64_t bytes = 0;
    std::string etag; // without quotes
    time::Instant modified{};
    http::Headers headers;
};

/// One part of an upload; its ETag is the MD5 of its bytes but where a KMS key encrypts them.
struct Part {
    int number = 0;
    std::string etag;
    std::uint64_t bytes = 0;
    time::Instant modified{};
};

/// An upload that was begun and not yet completed.
struct Pending {
    std::string key;
    std::string upload_id;
    time::Instant initiated{};
};

using Query = std::vector<std::pair<std::string, std::string>>;

/// The answer of S3 that is an error, as `code`: NoSuchBucket, AccessDenied, …
class Refusal : public Error {
public:
    Refusal(Error const& error, std::string code) : Error(error), code_(std::move(code)) {}

    [[nodiscard]] std::string const& code() const noexcept { return code_; }

private:
    std::string code_;
};

} // namespace slipway::s3
