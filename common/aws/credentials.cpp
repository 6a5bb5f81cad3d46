// SPDX-License-Identifier: Apache-2.0
#include "aws/credentials.hpp"

#include "error/error.hpp"
#include "fs/file.hpp"
#include "http/url.hpp"
#include "json/value.hpp"
#include "retry/retry.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/rfc3339.hpp"
#include "xml/document.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::aws {

namespace {

constexpr std::chrono::minutes margin{5};
constexpr time::Milliseconds longest_answer{10'000};
constexpr std::uint64_t largest_token = 64 * 1024;
constexpr std::string_view container_host = "http://169.254.170.2";
constexpr int throttled = 429;

std::optional<xml::Element> find_element(xml::Element const& element, std::string_view name) {
    for (auto const& child : element.children()) {
        if (child.name() == name) {
            return child;
        }
        if (auto found = find_element(child, name)) {
            return found;
        }
    }
    return std::nullopt;
}

std::string text_below(xml::Element const& element, std::string_view name) {
    auto const found = find_element(element, name);
    return found ? std::string{text::trim(found->text())} : "";
}

// What STS says of a refusal, without what it was asked.
std::string complaint(http::Response const& response) {
    try {
        auto const document = xml::Document::parse(response.body, "the answer");
        std::string const code = text_below(document.root(), "Code");
        if (!code.empty()) {
            return code + ": " + text_below(document.root(), "Message");
        }
    } catch (Error const&) { // NOLINT(bugprone-empty-catch): the body is then told as it is
    }
    constexpr std::size_t most = 200;
    return text::shorten(text::printable_line(response.body), most);
}

Credentials complete(Credentials credentials, std::string const& expires, std::string_view who) {
    credentials.expires = time::from_rfc3339(expires);
    if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() ||
        !credentials.expires) {
        throw Error{
            ErrorKind::failed,
            fmt::format("{} answered without credentials", who),
            "See whether the role and its trust policy are what this run needs."};
    }
    return credentials;
}

// The token goes nowhere but to the machine itself or over TLS, as the SDKs have it.
void require_private(std::string const& url) {
    auto const parsed = http::Url::parse(url);
    bool const here = parsed.host() == "localhost" || parsed.host().starts_with("127.") ||
                      parsed.host() == "::1" || parsed.host().starts_with("169.254.170.") ||
                      parsed.host() == "fd00:ec2::23";
    if (parsed.scheme() != "https" && !here) {
        throw Error{
            ErrorKind::usage,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to another machine without TLS",
            "Only https and addresses of the container's host are asked for credentials."};
    }
}

} // namespace

std::string region_of(Lookup const& variable) {
    for (auto const* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (auto value = variable(name)) {
            return *value;
        }
    }
    return "us-east-1";
}

Provider::Provider(Surroundings surroundings, time::Clock& clock, std::stop_token stop)
    : surroundings_(std::move(surroundings)), clock_(clock), client_({1, stop}),
      stop_(std::move(stop)) {}

Credentials const& Provider::current(time::Deadline deadline) {
    bool const usable =
        credentials_ && (!credentials_->expires || *credentials_->expires - clock_.now() > margin);
    if (!usable) {
        credentials_ = find(deadline);
        learn(*credentials_);
    }
    return *credentials_;
}

void Provider::forget() {
    if (credentials_ && credentials_->expires) {
        credentials_.reset();
    }
}

void Provider::learn(Credentials const& credentials) const {
    for (auto const& value : {credentials.secret_access_key, credentials.session_token}) {
        if (surroundings_.on_secret && !value.empty()) {
            surroundings_.on_secret(value.reveal());
        }
    }
}

Credentials Provider::find(time::Deadline deadline) {
    if (auto found = from_environment()) {
        source_ = "environment";
        return *found;
    }
    if (auto const file = surroundings_.variable("AWS_WEB_IDENTITY_TOKEN_FILE")) {
        source_ = "web identity";
        return from_web_identity(*file, deadline);
    }
    if (auto const path = surroundings_.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
        source_ = "container";
        return from_container(std::string{container_host} + *path, deadline);
    }
    if (auto const url = surroundings_.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
        require_private(*url);
        source_ = "container";
        return from_container(*url, deadline);
    }
    throw Error{
        ErrorKind::usage,
        "there are no credentials for S3",
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the job a role "
        "(AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, or the container's)."};
}

std::optional<Credentials> Provider::from_environment() {
    auto const id = surroundings_.variable("AWS_ACCESS_KEY_ID");
    auto const key = surroundings_.variable("AWS_SECRET_ACCESS_KEY");
    if (id.has_value() != key.has_value()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is not set", id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"),
            "A key has two halves: set both variables, or neither."};
    }
    if (!id) {
        return std::nullopt;
    }
    return Credentials{
        *id,
        secret::Secret{*key},
        secret::Secret{surroundings_.variable("AWS_SESSION_TOKEN").value_or("")},
        std::nullopt};
}

Credentials Provider::from_web_identity(std::string const& token_file, time::Deadline deadline) {
    auto const role = surroundings_.variable("AWS_ROLE_ARN");
    if (!role) {
        throw Error{
            ErrorKind::usage,
            "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not",
            "Name the role that the token is for."};
    }
    std::string const token{text::trim(fs::read_file(token_file, largest_token))};
    if (surroundings_.on_secret && !token.empty()) {
        surroundings_.on_secret(token);
    }
    auto const& region = surroundings_.region;
    http::Request request;
    request.method = "POST";
    request.url =
        surroundings_.variable("AWS_ENDPOINT_URL_STS")
            .value_or(fmt::format(
                "https://sts.{}.amazonaws.com{}/", region, region.starts_with("cn-") ? ".cn" : ""));
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = fmt::format(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}"
        "&WebIdentityToken={}",
        text::percent_encode(*role),
        text::percent_encode(surroundings_.variable("AWS_ROLE_SESSION_NAME").value_or("slipway")),
        text::percent_encode(token));
    auto const body = ask(std::move(request), "STS", deadline);
    auto const document = xml::Document::parse(body, "the answer of STS");
    auto const found = find_element(document.root(), "Credentials").value_or(document.root());
    return complete(
        {text_below(found, "AccessKeyId"),
         secret::Secret{text_below(found, "SecretAccessKey")},
         secret::Secret{text_below(found, "SessionToken")},
         {}},
        text_below(found, "Expiration"),
        "STS");
}

std::string Provider::container_token() {
    if (auto const file = surroundings_.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
        return std::string{text::trim(fs::read_file(*file, largest_token))};
    }
    return surroundings_.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
}

Credentials Provider::from_container(std::string const& url, time::Deadline deadline) {
    http::Request request;
    request.url = url;
    request.proxy = "";
    if (std::string const token = container_token(); !token.empty()) {
        if (surroundings_.on_secret) {
            surroundings_.on_secret(token);
        }
        request.headers.add("Authorization", token);
    }
    auto const body = ask(std::move(request), "the container's credentials", deadline);
    auto const answer = json::parse(body, "the container's credentials");
    return complete(
        {json::text_at(answer, "AccessKeyId"),
         secret::Secret{json::text_at(answer, "SecretAccessKey")},
         secret::Secret{json::text_at(answer, "Token")},
         {}},
        json::text_at(answer, "Expiration"),
        "the container's credentials");
}

std::string Provider::ask(http::Request request, std::string_view who, time::Deadline deadline) {
    request.timeout = longest_answer;
    return retry::run({}, retry::Patience{clock_, deadline, stop_}, retry::unavailable, [&] {
        auto outcome = client_.fetch(request, deadline);
        auto& response = http::response_of(outcome);
        if (response.status == 200) {
            return response.body;
        }
        throw Error{
            response.status >= 500 || response.status == throttled ? ErrorKind::unavailable
                                                                   : ErrorKind::usage,
            fmt::format(
                "{} gave no credentials (status {}): {}",
                who,
                response.status,
                complaint(response)),
            "See whether the role exists and trusts this job."};
    });
}

} // namespace slipway::aws
