// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"
#include "secret/secret.hpp"
#include "time/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::aws {

/// A key to the services of AWS, or of what speaks as they do.
struct Credentials {
    std::string access_key_id;
    secret::Secret secret_access_key;
    secret::Secret session_token;         // empty for keys that last
    std::optional<time::Instant> expires; // nothing: never
};

/// For what a signature is valid, and how the service writes paths.
struct Scope {
    std::string region;
    std::string service;
    /// S3 signs the path as it is sent; the others normalise it and encode it once more.
    bool path_as_sent = false;
};

/// What is signed of a request.
struct Signable {
    std::string method;
    std::string path; // as it is sent, before the question mark
    /// Names and values, decoded.
    std::vector<std::pair<std::string, std::string>> query;
    http::Headers headers; // all of them are signed
    std::string payload_sha256;
};

/// A signature with its intermediate results, which the published vectors have as well.
struct Signature {
    std::string canonical_request;
    std::string string_to_sign;
    std::string signature;
    std::string authorization; // the header's value
};

/// Signature version 4 (AWS General Reference, "Signing AWS API requests"). `host` and `x-amz-date`
/// must be among the headers. Pure.
Signature
sign(Signable const& request, Credentials const& credentials, Scope const& scope, time::Instant at);

/// The query as it is signed, and best sent: sorted, encoded.
std::string canonical_query(std::vector<std::pair<std::string, std::string>> const& query);

/// `20150830T123600Z`, what `x-amz-date` holds.
std::string amz_date(time::Instant at);

} // namespace slipway::aws
