// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "http/message.hpp"
#include "text_template.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::smoke_http {

/// A part of a multipart form.
struct Part {
    std::string name;
    Template value;
    fs::Path file; // instead of a value
    std::string filename;
    std::string type;
};

/// A key that is sent as a header or as a part of the query.
struct ApiKey {
    std::string name;
    Template value;
    bool in_query = false;
};

/// OAuth 2's client credentials (RFC 6749, section 4.4).
struct ClientCredentials {
    Template token_url;
    Template client_id;
    Template client_secret;
    Template scope;
    Template audience;
    bool in_body = false; // the credentials, instead of basic authentication
};

/// Signature version 4 of AWS. Credentials that are not written are found as the SDKs find them.
struct AwsSignature {
    Template service;
    std::optional<Template> region; // else the environment's
    std::optional<Template> access_key_id;
    Template secret_access_key;
    std::optional<Template> session_token;
};

/// A request as the suite says it, before the variables have values.
struct RequestPlan {
    std::string method;
    Template target; // a path below the base URL, or a URL
    std::vector<std::pair<std::string, Template>> headers;
    std::optional<Tree> json;
    std::vector<std::pair<std::string, Template>> form;
    std::vector<Part> multipart;
    std::optional<Template> body;
    fs::Path body_file;
    std::optional<Template> bearer;
    std::optional<std::pair<Template, Template>> basic;
    std::optional<ApiKey> api_key;
    std::optional<ClientCredentials> oauth2;
    std::optional<AwsSignature> aws;
    std::vector<std::pair<std::string, Template>> cookies;
    bool follow_redirects = false;
    int max_redirects = 10;
    std::uint64_t max_body = std::uint64_t{10} << 20U;
    bool insecure = false;
    std::string ca_file;
    http::Version version = http::Version::any;
};

} // namespace slipway::smoke_http
