// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "probe/excerpt.hpp"
#include "probe/http_expectation.hpp"
#include "probe/sensitive.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"

#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

// A token is asked for anew that long before it ends.
constexpr std::chrono::seconds spare{10};
constexpr std::int64_t usual_seconds = 300; // where the server does not say

http::Request token_request(ClientCredentials const& credentials, Step const& step, World& world) {
    auto const& variables = *world.variables;
    auto const id = credentials.client_id.render(variables);
    auto const secret = credentials.client_secret.render(variables);
    world.context.redactor.add_password(id, secret);
    http::Request request;
    request.method = "POST";
    request.url = credentials.token_url.render_url(variables);
    if (request.url.find("://") == std::string::npos) {
        request.url =
            world.suite.base_url + (request.url.starts_with('/') ? "" : "/") + request.url;
    }
    request.timeout = step.timeout;
    request.insecure = step.request.insecure;
    request.ca_file = step.request.ca_file;
    request.headers.add("content-type", "application/x-www-form-urlencoded");
    request.headers.add("accept", "application/json");
    request.body = "grant_type=client_credentials";
    auto const add = [&](std::string_view name, std::string const& value) {
        if (!value.empty()) {
            request.body += fmt::format("&{}={}", name, text::percent_encode(value));
        }
    };
    add("scope", credentials.scope.render(variables));
    add("audience", credentials.audience.render(variables));
    if (credentials.in_body) {
        add("client_id", id);
        add("client_secret", secret);
    } else {
        // RFC 6749, section 2.3.1: both are encoded as in a form first.
        request.basic_auth =
            http::BasicAuth{text::percent_encode(id), secret::Secret{text::percent_encode(secret)}};
    }
    return request;
}

} // namespace

std::string access_token(ClientCredentials const& credentials, Step const& step, World& world) {
    auto const request = token_request(credentials, step, world);
    auto const key = hash::sha256_hex(
        request.url + "\n" + request.body + "\n" +
        (request.basic_auth ? request.basic_auth->user : ""));
    auto const now = world.context.clock.steady();
    auto const known = world.shared.tokens.find(key);
    if (known != world.shared.tokens.end() && now < known->second.until) {
        return known->second.value;
    }
    auto const outcome = world.send(step, request, world.shared.deadline.sooner(step.timeout));
    if (auto const* error = std::get_if<Error>(&outcome)) {
        throw error->with_context("no access token");
    }
    auto const& response = std::get<http::Response>(outcome);
    auto const body = probe::body_as_json(response);
    auto const token = json::text_at(body, "access_token");
    probe::teach_sensitive(body, world.context.redactor);
    if (token.empty()) {
        auto const code = json::text_at(body, "error");
        throw Error{
            ErrorKind::failed,
            fmt::format(
                "no access token from {}: {}; {}",
                http::Url::parse(request.url).redacted(),
                probe::status_text(response.status),
                code.empty()
                    ? "body " + probe::excerpt_of_text(response.body, world.context.redactor)
                    : probe::excerpt_of_text(code, world.context.redactor)),
            "Look at client_id, client_secret and scope of oauth2."};
    }
    world.context.redactor.add(token);
    auto const& lifetime = json::at(body, "expires_in");
    std::int64_t const seconds =
        lifetime.is_number_integer() ? lifetime.get<std::int64_t>() : usual_seconds;
    world.shared.tokens[key] = {
        token, world.context.clock.steady() + std::chrono::seconds{seconds} - spare};
    return token;
}

} // namespace slipway::smoke_http
