// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/credentials.hpp"
#include "http/client.hpp"
#include "s3/types.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::s3 {

/// One bucket. Requests are signed (signature version 4, their bodies included), tried again where
/// that can help, and throw: usage where the key, the bucket or a right is wrong, unavailable
/// where the store does not answer.
class Bucket {
public:
    Bucket(std::string name, Settings settings, aws::Provider& credentials, Run run);

    [[nodiscard]] std::string const& name() const { return name_; }
    [[nodiscard]] Settings const& settings() const { return settings_; }
    [[nodiscard]] Run const& run() const { return run_; }

    /// The objects below a prefix, by their keys; those in deeper folders are left out.
    std::vector<Object> list(std::string const& prefix);

    std::optional<Head> head(std::string const& key);

    /// The whole object, at most `limit` bytes; nothing where it does not exist.
    std::optional<std::string> get(std::string const& key, std::uint64_t limit);

    /// The bytes of the ranges (first, length), fetched side by side.
    std::vector<std::string> get_ranges(
        std::string const& key,
        std::vector<std::pair<std::uint64_t, std::uint64_t>> const& ranges);

    /// Replaces the object at once; returns its ETag.
    std::string put(std::string const& key, std::string body, http::Headers const& headers = {});

    /// It is no error if the object is not there.
    void remove(std::string const& key);

    /// Begins an upload in parts; returns its id.
    std::string begin(std::string const& key, http::Headers const& headers);

    /// Sends parts side by side; the ETags in their order.
    std::vector<std::string> put_parts(
        std::string const& key,
        std::string const& upload_id,
        std::vector<std::pair<int, std::string>> parts);

    /// Makes the object of its parts; returns its ETag. An answer that was lost is found out.
    std::string
    complete(std::string const& key, std::string const& upload_id, std::vector<Part> const& parts);

    /// It is no error if there is no such upload.
    void abort(std::string const& key, std::string const& upload_id);

    /// The parts that have arrived.
    std::vector<Part> parts(std::string const& key, std::string const& upload_id);

    /// The uploads below a prefix that are not completed.
    std::vector<Pending> pending(std::string const& prefix);

    /// The store's clock, as far as its answers have told; else this machine's.
    [[nodiscard]] time::Instant now() const { return run_.clock.now() + skew_; }

private:
    struct Call {
        std::string method;
        std::string key;
        Query query{};
        http::Headers headers{};
        std::string body{};
        std::uint64_t max_body = std::uint64_t{16} << 20U;
    };

    http::Request request_of(Call const& call);
    http::Response send(Call const& call, std::optional<http::Outcome> first = std::nullopt);
    std::vector<http::Response> send_all(std::vector<Call> const& calls);
    /// The response where it is one to go on with; throws otherwise, as what retry knows.
    http::Response judge(http::Outcome outcome, Call const& call);
    [[noreturn]] void refuse(http::Response const& response, Call const& call);
    bool correct_clock(http::Response const& response);
    [[nodiscard]] std::string host() const;
    [[nodiscard]] std::string path_of(std::string const& key) const;
    http::Headers with_encryption(http::Headers headers) const;

    std::string name_;
    Settings settings_;
    aws::Provider& credentials_;
    Run run_;
    http::Client client_;
    std::chrono::seconds skew_{0};
    bool corrected_ = false;
    bool renewed_ = false;
};

} // namespace slipway::s3
