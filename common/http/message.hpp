// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "secret/secret.hpp"
#include "time/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace slipway::http {

/// Header fields in their order, repeated ones kept; names without regard to case.
class Headers {
public:
    void add(std::string name, std::string value);

    /// Removes all fields of that name.
    void remove(std::string_view name);

    /// The first value; nothing where there is none.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

    [[nodiscard]] bool empty() const { return fields_.empty(); }
    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// The HTTP version to offer: `any` is 2 over TLS where the server has it, else 1.1.
enum class Version : std::uint8_t { any, http1, http2, http2_prior_knowledge };

struct BasicAuth {
    std::string user;
    secret::Secret password;
};

struct Request {
    std::string method = "GET";
    std::string url;
    Headers headers;
    std::string body;
    /// For the whole exchange, redirects included.
    time::Milliseconds timeout{30'000};
    bool follow_redirects = false;
    int max_redirects = 10;
    /// Of the decoded body; what is beyond is not read.
    std::uint64_t max_body = std::uint64_t{10} << 20U;
    /// A file of certificates to trust instead of the system's.
    std::string ca_file;
    /// Any certificate will do; the answer then tells what is wrong with it.
    bool insecure = false;
    Version version = Version::any;
    /// `host:port:address`, as curl --resolve.
    std::vector<std::string> resolve;
    std::optional<BasicAuth> basic_auth;
    std::string unix_socket;
    /// By default as curl does by environment (https_proxy, no_proxy, …); empty: none.
    std::optional<std::string> proxy;
};

/// How long the last exchange took; first_byte and total since its start.
struct Timings {
    using Microseconds = std::chrono::microseconds;
    Microseconds dns{0};
    Microseconds connect{0};
    Microseconds tls{0};
    Microseconds first_byte{0};
    Microseconds total{0};
};

/// The server's certificate.
struct Tls {
    std::int64_t days_left = 0;
    std::string issuer;
    std::string subject;
    /// What an insecure request ignored; empty where the certificate is valid.
    std::string verify_error;
};

struct Redirect {
    int status = 0;
    std::string from;
    std::string to;
};

struct Response {
    int status = 0;
    /// `1.0`, `1.1`, `2` or `3`.
    std::string http_version;
    Headers headers;
    std::string body;
    bool body_truncated = false;
    Timings timings;
    std::string effective_url;
    std::vector<Redirect> redirects;
    std::string remote_ip;
    std::optional<Tls> tls;
};

/// An answer of any status, or why there is none: unavailable (name, connection, TLS), timeout,
/// usage (URL, header, certificate file), failed (an answer that is no HTTP or without an end to
/// its redirects), interrupted or terminated.
using Outcome = std::variant<Response, Error>;

/// The response, or throws the error.
Response& response_of(Outcome& outcome);

} // namespace slipway::http
