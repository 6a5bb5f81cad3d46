// SPDX-License-Identifier: Apache-2.0
#include "delivery.hpp"

#include "http/client.hpp"
#include "http/retry_after.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "tool/main.hpp"

#include <fmt/format.h>

namespace slipway::slack_notify {

namespace {

constexpr time::Milliseconds one_attempt{10'000};
constexpr retry::Policy policy{20, time::Milliseconds{500}, time::Milliseconds{10'000}, 0.5};

bool is_local(std::string const& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool transient(Error const& error) {
    return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::timeout;
}

} // namespace

int deliver(
    http::Request request,
    Judge const& judge,
    retry::Patience const& patience,
    Told const& told) {
    request.headers.add("User-Agent", fmt::format("slipway/{}", tool::version()));
    request.timeout = one_attempt;
    request.max_body = 65536;
    int attempts = 0;
    return retry::run(
        policy,
        patience,
        transient,
        [&] {
            ++attempts;
            // A new connection each: over a kept one that turns out to be closed libcurl sends the
            // message a second time by itself.
            http::Client client{{1, patience.stop}};
            auto outcome = client.fetch(request, patience.deadline);
            judge(http::response_of(outcome), patience.clock.now());
            return attempts;
        },
        told);
}

http::Request json_request(http::Url const& url, std::string body) {
    http::Request request;
    request.method = "POST";
    request.url = url.text();
    request.headers.add("Content-Type", "application/json; charset=utf-8");
    request.body = std::move(body);
    return request;
}

void throw_if_disturbed(
    http::Response const& response,
    std::string_view who,
    std::string const& answer,
    time::Instant now) {
    if (response.status != 429 && response.status < 500) {
        return;
    }
    Error const error{
        ErrorKind::unavailable,
        answer,
        fmt::format("{} is busy or disturbed; try again later.", who)};
    if (auto const wait = http::retry_after(response.headers, now)) {
        throw retry::Later{error, *wait};
    }
    throw error;
}

std::string said(http::Response const& response) {
    std::string const body = text::printable_line(text::trim(response.body));
    return body.empty() ? "nothing" : text::shorten(body, 200);
}

http::Url safe_address(std::string_view url, std::string_view what, std::string const& hint) {
    try {
        auto parsed = http::Url::parse(text::trim(url));
        if (parsed.scheme() == "https" || is_local(parsed.host())) {
            return parsed;
        }
    } catch (Error const&) {
        throw Error{ErrorKind::usage, fmt::format("{} is no URL", what), hint};
    }
    throw Error{
        ErrorKind::usage, fmt::format("{} is not https, so its secret would be read", what), hint};
}

} // namespace slipway::slack_notify
