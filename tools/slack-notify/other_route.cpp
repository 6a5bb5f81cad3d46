// SPDX-License-Identifier: Apache-2.0
#include "other_route.hpp"

#include "hash/digest.hpp"
#include "smtp.hpp"
#include "tool/context.hpp"

#include <array>
#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {

namespace {

// RFC 5322; in the C locale, which no tool leaves.
std::string mail_date(time::Instant now) {
    std::time_t const seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    std::size_t const length =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S +0000", &parts);
    return {text.data(), length};
}

bool passing(Error const& error) {
    return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::timeout;
}

} // namespace

PostRoute::PostRoute(Options const& options, std::string who, std::string body, std::size_t omitted)
    : options_(options), who_(std::move(who)), body_(std::move(body)), omitted_(omitted) {}

json::Value PostRoute::shown() const {
    return json::parse(body_, "the message");
}

int PostRoute::send(tool::Context& context, retry::Patience const& patience, Told const& told) {
    if (options_.url.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("there is no address of {}, so nothing was sent", who_),
            "Give it with --url or NOTIFY_URL: a secret, since whoever knows it may post."};
    }
    auto const address = safe_address(options_.url.reveal(), "--url", "Give the address by https.");
    context.redactor.add(address.path());
    context.redactor.add(address.query());
    auto request = json_request(address, body_);
    if (!options_.signing_secret.empty()) {
        request.headers.add(
            "X-Slipway-Signature",
            "sha256=" + hash::to_hex(hash::hmac_sha256(options_.signing_secret.reveal(), body_)));
    }
    return deliver(
        std::move(request),
        [this](http::Response const& response, time::Instant now) {
            std::string const answer =
                fmt::format("{} answered {} with {}", who_, response.status, said(response));
            throw_if_disturbed(response, who_, answer, now);
            if (response.status < 200 || response.status >= 300) {
                throw Error{
                    ErrorKind::failed,
                    answer,
                    "Is --url the address that takes messages, and still valid?"};
            }
        },
        patience,
        told);
}

MailRoute::MailRoute(Options const& options, Letter letter)
    : options_(options), letter_(std::move(letter)) {}

json::Value MailRoute::shown() const {
    return {{"subject", letter_.subject}, {"text", letter_.text}};
}

int MailRoute::send(tool::Context& context, retry::Patience const& patience, Told const& told) {
    MailServer const server{options_.smtp_url, options_.smtp_user, options_.smtp_password};
    require_server(server);
    if (options_.recipients.empty()) {
        throw Error{
            ErrorKind::usage,
            "there is nobody to send mail to",
            "Name who gets it with --recipient."};
    }
    Mail const mail{
        options_.from, options_.recipients, letter_.subject, letter_.text, hash::random_hex(16)};
    std::string const message = message_of(mail, mail_date(context.clock.now()));
    int attempts = 0;
    return retry::run(
        retry::Policy{20, time::Milliseconds{500}, time::Milliseconds{10'000}, 0.5},
        patience,
        passing,
        [&] {
            ++attempts;
            send_mail(server, mail, message, patience.deadline, patience.stop);
            return attempts;
        },
        told);
}

} // namespace slipway::slack_notify
