// SPDX-License-Identifier: Apache-2.0
// Requests to services of AWS, and to what speaks as they do, signed by signature version 4.
#include "attempt.hpp"
#include "aws/sign.hpp"
#include "ci/environment.hpp"
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"

#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

aws::Credentials written_credentials(AwsSignature const& wanted, World const& world) {
    auto const& variables = *world.variables;
    aws::Credentials out;
    out.access_key_id = wanted.access_key_id->render(variables);
    out.secret_access_key = secret::Secret{wanted.secret_access_key.render(variables)};
    auto const token = wanted.session_token ? wanted.session_token->render(variables) : "";
    out.session_token = secret::Secret{token};
    world.context.redactor.add_password(out.access_key_id, out.secret_access_key.reveal());
    world.context.redactor.add(token);
    return out;
}

// As the SDKs find them.
aws::Credentials found_credentials(std::string const& region, Step const& step, World& world) {
    auto& provider = world.shared.aws_credentials;
    if (!provider) {
        provider.emplace(
            aws::Surroundings{
                [](std::string_view name) { return ci::variable(std::string{name}); },
                [&redactor = world.context.redactor](std::string_view text) { redactor.add(text); },
                region},
            world.context.clock,
            world.context.stop);
    }
    return provider->current(world.shared.deadline.sooner(step.timeout));
}

// The query's parts; a plus is a blank, as servers read it.
std::vector<std::pair<std::string, std::string>> pairs_of(std::string const& query) {
    std::vector<std::pair<std::string, std::string>> out;
    auto const decoded = [](std::string_view text) {
        auto const blanks = text::replace_all(text, "+", "%20");
        return text::percent_decode(blanks).value_or(std::string{text});
    };
    for (auto const part : text::split(query, '&')) {
        auto const sign = std::min(part.find('='), part.size());
        if (!part.empty()) {
            out.emplace_back(
                decoded(part.substr(0, sign)),
                decoded(part.substr(std::min(sign + 1, part.size()))));
        }
    }
    return out;
}

// As libcurl writes it into the request.
std::string host_of(http::Url const& url) {
    auto const host =
        url.host().find(':') == std::string::npos ? url.host() : "[" + url.host() + "]";
    int const usual = url.scheme() == "https" ? 443 : 80;
    return url.port() == usual ? host : host + ":" + std::to_string(url.port());
}

} // namespace

void sign_for_aws(
    http::Request& request,
    AwsSignature const& wanted,
    Step const& step,
    World& world) {
    auto const& variables = *world.variables;
    auto region =
        wanted.region
            ? wanted.region->render(variables)
            : aws::region_of([](std::string_view name) { return ci::variable(std::string{name}); });
    auto const credentials = wanted.access_key_id ? written_credentials(wanted, world)
                                                  : found_credentials(region, step, world);
    auto const service = wanted.service.render(variables);
    auto const url = http::Url::parse(request.url);
    auto const now = world.context.clock.now();
    auto& headers = request.headers;
    if (!headers.find("host")) {
        headers.add("host", host_of(url));
    }
    auto const set = [&](std::string const& name, std::string const& value) {
        headers.remove(name);
        headers.add(name, value);
    };
    aws::Signable signable;
    signable.method = request.method;
    signable.path = url.path().empty() ? "/" : url.path();
    signable.query = pairs_of(url.query());
    signable.payload_sha256 = hash::sha256_hex(request.body);
    set("x-amz-date", aws::amz_date(now));
    set("x-amz-content-sha256", signable.payload_sha256);
    if (!credentials.session_token.empty()) {
        set("x-amz-security-token", credentials.session_token.reveal());
    }
    for (auto const& field : headers) {
        // What proxies on the way may change is not signed.
        auto const name = text::lower(field.first);
        if (name == "host" || name.starts_with("content-") || name.starts_with("x-amz-")) {
            signable.headers.add(field.first, field.second);
        }
    }
    auto const query = aws::canonical_query(signable.query);
    request.url = url.text().substr(0, url.text().find('?')) + (query.empty() ? "" : "?" + query);
    set("authorization",
        aws::sign(signable, credentials, {region, service, service.starts_with("s3")}, now)
            .authorization);
}

} // namespace slipway::smoke_http
