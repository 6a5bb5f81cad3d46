// SPDX-License-Identifier: Apache-2.0
#include "api.hpp"

#include "http/retry_after.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"
#include "tool/main.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::github_deployment {

namespace {

constexpr time::Milliseconds one_attempt{20'000};
constexpr time::Milliseconds secondary_limit{60'000}; // what GitHub asks for where it names no time
constexpr std::uint64_t largest_answer = std::uint64_t{8} << 20U;

bool is_local(std::string const& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 100 && text != "." && text != ".." &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "._-") == std::string_view::npos;
}

// GitHub's message, with what it says of single fields.
std::string said(http::Response const& response) {
    try {
        auto const body = json::parse(response.body, "the answer");
        std::string out = json::text_at(body, "message");
        auto const& errors = json::at(body, "errors");
        for (std::size_t i = 0; errors.is_array() && i < errors.size() && i < 3; ++i) {
            std::string const detail = errors[i].is_string() ? errors[i].get<std::string>()
                                                             : json::text_at(errors[i], "message");
            out += detail.empty() ? "" : "; " + detail;
        }
        return text::shorten(text::printable_line(out), 300);
    } catch (Error const&) {
        return text::shorten(text::printable_line(text::trim(response.body)), 100);
    }
}

ErrorKind kind_of(int status) {
    if (status >= 500 || status == 429) {
        return ErrorKind::unavailable;
    }
    if (status == 409) {
        return ErrorKind::refused;
    }
    bool const ours = status == 401 || status == 403 || status == 404 || status == 422;
    return ours || (status >= 300 && status < 400) ? ErrorKind::usage : ErrorKind::failed;
}

std::string hint_of(int status, std::string const& message) {
    if (status == 401) {
        return "Give a valid token by GITHUB_TOKEN; in a workflow: ${{ github.token }}.";
    }
    if (status == 403) {
        return "Give the job `permissions: deployments: write`; a run for a pull request from a "
               "fork or of Dependabot has a token that may only read.";
    }
    if (status == 404) {
        return "Is GITHUB_REPOSITORY right, and may the token see it and its deployments?";
    }
    if (status == 409) {
        return "Look at what GitHub says; the deployment was not made.";
    }
    if (status == 422) {
        return message.find("No ref found") != std::string::npos
                   ? "Push the branch, tag or commit first, or name another one with --ref."
                   : "Mend what GitHub names.";
    }
    if (status >= 300 && status < 400) {
        return "The repository has another name now; set GITHUB_REPOSITORY to it.";
    }
    return status >= 500 || status == 429 ? "GitHub is disturbed or busy; try again later." : "";
}

} // namespace

Api::Api(
    std::string_view url,
    std::string_view repository,
    secret::Secret token,
    retry::Patience const& patience)
    : token_(std::move(token)), patience_(patience) {
    auto const parsed = http::Url::parse(url);
    if (parsed.scheme() != "https" && !is_local(parsed.host())) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--api-url {} is not https, so the token would be read", parsed.redacted()),
            "Give GitHub's API by https, such as https://api.github.com."};
    }
    auto const parts = text::split(repository, '/');
    if (parts.size() != 2 || !is_name(parts[0]) || !is_name(parts[1])) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--repository: {} is not owner/name", text::printable_line(repository)),
            "Write it as GITHUB_REPOSITORY has it, such as octo-org/shop."};
    }
    base_ = parsed.text();
    while (base_.ends_with('/')) {
        base_.pop_back();
    }
    base_ += fmt::format("/repos/{}/{}", parts[0], parts[1]);
}

json::Value Api::get(std::string_view path) {
    return exchange("GET", path, {});
}

json::Value Api::post(std::string_view path, json::Value const& body) {
    return exchange("POST", path, json::write(body));
}

json::Value Api::exchange(std::string method, std::string_view path, std::string body) {
    http::Request request;
    request.method = std::move(method);
    request.url = base_ + std::string{path};
    request.headers.add("Accept", "application/vnd.github+json");
    request.headers.add("Authorization", "Bearer " + token_.reveal());
    request.headers.add("X-GitHub-Api-Version", "2022-11-28");
    request.headers.add("User-Agent", fmt::format("slipway/{}", tool::version()));
    if (!body.empty()) {
        request.headers.add("Content-Type", "application/json");
    }
    request.body = std::move(body);
    request.timeout = one_attempt;
    request.max_body = largest_answer;
    ++requests_;
    // A new connection each: over a kept one that turns out to be closed libcurl sends a request a
    // second time by itself, and GitHub would make two deployments of it.
    http::Client client{{1, patience_.stop}};
    auto outcome = client.fetch(std::move(request), patience_.deadline);
    auto const& response = http::response_of(outcome);
    if (response.status < 200 || response.status >= 300) {
        auto const now = patience_.clock.now();
        Error const error = error_of(response, path, now);
        if (auto const wait = rate_limit_wait(response, now)) {
            throw retry::Later{error, *wait};
        }
        throw error;
    }
    try {
        return json::parse(response.body, "GitHub's answer");
    } catch (Error const& error) {
        throw Error{
            ErrorKind::failed,
            fmt::format("GitHub answered {} with no JSON: {}", response.status, error.message()),
            "Is GITHUB_API_URL the address of GitHub's API?"};
    }
}

bool transient(Error const& error) {
    return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::timeout;
}

std::optional<time::Milliseconds>
rate_limit_wait(http::Response const& response, time::Instant now) {
    if (response.status != 403 && response.status != 429) {
        return std::nullopt;
    }
    if (auto const wait = http::retry_after(response.headers, now)) {
        return wait;
    }
    if (response.headers.find("x-ratelimit-remaining") == "0") {
        std::string const reset = response.headers.find("x-ratelimit-reset").value_or("");
        std::int64_t at = 0;
        std::from_chars(reset.data(), reset.data() + reset.size(), at);
        auto const today = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
        return time::Milliseconds{std::clamp<std::int64_t>(at - today.count(), 1, 3600) * 1000};
    }
    bool const secondary = response.status == 429 ||
                           text::lower(response.body).find("rate limit") != std::string::npos;
    return secondary ? std::optional{secondary_limit} : std::nullopt;
}

Error error_of(http::Response const& response, std::string_view path, time::Instant now) {
    std::string const message = said(response);
    std::string const answer = fmt::format(
        "GitHub answered {} to {}{}{}",
        response.status,
        path.substr(0, path.find('?')),
        message.empty() ? "" : ": ",
        message);
    if (auto const wait = rate_limit_wait(response, now)) {
        return Error{
            ErrorKind::unavailable,
            answer,
            fmt::format(
                "GitHub's rate limit is used up; it asks to wait {}.",
                time::human_duration(*wait))};
    }
    return Error{kind_of(response.status), answer, hint_of(response.status, message)};
}

} // namespace slipway::github_deployment
