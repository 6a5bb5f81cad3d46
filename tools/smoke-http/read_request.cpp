// SPDX-License-Identifier: Apache-2.0
// The parts of a request beside its target: forms of several parts, credentials, transport.
#include "cli/value.hpp"
#include "error/error.hpp"
#include "read_step.hpp"
#include "text/utf8.hpp"

#include <filesystem>
#include <map>

#include <fmt/format.h>

namespace slipway::smoke_http {

using config::Node;

void require_file(Node const& node, fs::Path const& path) {
    if (!std::filesystem::is_regular_file(path)) {
        throw node.error(
            fmt::format("there is no file {}", text::printable_line(path.string())),
            "Files are looked for beside the suite.");
    }
}

void StepReader::read_multipart(Node const& node, RequestPlan& request) const {
    for (auto const& member : node.map("multipart")) {
        Part part;
        part.name = member.first;
        if (!member.second.is_map()) {
            part.value = text(member.second);
            request.multipart.push_back(std::move(part));
            continue;
        }
        member.second.only_keys({"file", "value", "filename", "type"});
        part.type = member.second.text("type").value_or("");
        part.value = text(member.second, "value").value_or(Template{});
        part.filename = member.second.text("filename").value_or("");
        if (auto const file = member.second.find("file")) {
            part.file = folder / file->as_text();
            require_file(*file, part.file);
            part.filename = part.filename.empty() ? part.file.filename().string() : part.filename;
        }
        request.multipart.push_back(std::move(part));
    }
}

void StepReader::read_credentials(Node const& node, RequestPlan& request) const {
    request.bearer = text(node, "bearer");
    if (auto const basic = node.find("basic")) {
        basic->only_keys({"user", "password"});
        request.basic = {text(basic->required("user")), text(basic->required("password"))};
    }
    if (auto const key = node.find("api_key")) {
        key->only_keys({"header", "query", "value"});
        bool const in_query = key->find("query").has_value();
        if (in_query == key->find("header").has_value()) {
            throw key->error(
                "an API key goes into a header or into the query",
                "Write api_key: { header: X-API-Key, value: \"${API_KEY}\" }, or query: NAME.");
        }
        request.api_key = ApiKey{
            key->required_text(in_query ? "query" : "header"),
            text(key->required("value")),
            in_query};
    }
    if (auto const oauth = node.find("oauth2")) {
        oauth->only_keys(
            {"token_url", "client_id", "client_secret", "scope", "audience", "credentials"});
        auto const place = oauth->text("credentials").value_or("basic");
        if (place != "basic" && place != "body") {
            throw oauth->required("credentials")
                .error("credentials are sent as basic or in the body", "Write credentials: body.");
        }
        request.oauth2 = ClientCredentials{
            text(oauth->required("token_url")),
            text(oauth->required("client_id")),
            text(oauth->required("client_secret")),
            text(*oauth, "scope").value_or(Template{}),
            text(*oauth, "audience").value_or(Template{}),
            place == "body"};
    }
    auto const signature = node.find("aws_sigv4");
    bool const unsigned_ =
        signature && signature->value().is_boolean() && !node.boolean("aws_sigv4").value_or(true);
    if (signature && !unsigned_) {
        request.aws = read_aws_signature(*signature);
    }
    int const kinds = (request.bearer ? 1 : 0) + (request.basic ? 1 : 0) +
                      (request.oauth2 ? 1 : 0) + (request.aws ? 1 : 0);
    if (kinds > 1) {
        throw node.error(
            "the step has several credentials", "Keep one of bearer, basic, oauth2 and aws_sigv4.");
    }
    if (kinds == 0 && !unsigned_) {
        request.aws = aws;
    }
}

AwsSignature StepReader::read_aws_signature(Node const& node) const {
    node.only_keys({"service", "region", "access_key_id", "secret_access_key", "session_token"});
    AwsSignature out;
    out.service = text(node.required("service"));
    out.region = text(node, "region");
    out.access_key_id = text(node, "access_key_id");
    out.session_token = text(node, "session_token");
    auto const secret = text(node, "secret_access_key");
    if (out.access_key_id.has_value() != secret.has_value() || (out.session_token && !secret)) {
        throw node.error(
            "a key has an access_key_id and a secret_access_key",
            "Write both, or neither: then they are found as the SDKs of AWS find them.");
    }
    out.secret_access_key = secret.value_or(Template{});
    return out;
}

void StepReader::read_transport(Node const& node, RequestPlan& request) const {
    request.follow_redirects =
        node.boolean("follow_redirects").value_or(follow_redirects && !request.aws);
    if (request.follow_redirects && request.aws) {
        throw node.required("follow_redirects")
            .error(
                "a signature is for one address, so redirects of a signed request are not followed",
                "Ask the address itself that it leads to.");
    }
    constexpr std::int64_t most_redirects = 100;
    auto const redirects = node.integer("max_redirects").value_or(request.max_redirects);
    if (redirects < 0 || redirects > most_redirects) {
        throw node.required("max_redirects").error("max_redirects has to be from 0 to 100");
    }
    request.max_redirects = static_cast<int>(redirects);
    if (auto const most = node.find("max_body")) {
        constexpr std::uint64_t limit = std::uint64_t{1} << 30U;
        cli::Bytes bytes{};
        auto const fault = cli::read_value(most->as_text(), bytes);
        if (!fault.empty() || bytes.count == 0 || bytes.count > limit) {
            throw most->error("max_body is a size up to 1 GiB", "Write max_body: 50MiB.");
        }
        request.max_body = bytes.count;
    }
    request.insecure = node.boolean("insecure").value_or(false);
    if (auto const file = node.find("ca_file")) {
        auto const path = folder / file->as_text();
        require_file(*file, path);
        request.ca_file = path.string();
    }
    if (auto const version = node.find("version")) {
        std::map<std::string, http::Version> const known{
            {"1.1", http::Version::http1},
            {"2", http::Version::http2},
            {"2-prior-knowledge", http::Version::http2_prior_knowledge}};
        auto const found = known.find(version->as_text());
        if (found == known.end()) {
            throw version->error("the version to offer is 1.1, 2 or 2-prior-knowledge");
        }
        request.version = found->second;
    }
}

} // namespace slipway::smoke_http
