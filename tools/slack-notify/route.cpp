// SPDX-License-Identifier: Apache-2.0
#include "route.hpp"

#include "bodies.hpp"
#include "error/error.hpp"
#include "mrkdwn.hpp"
#include "mustache/render.hpp"
#include "other_route.hpp"
#include "slack_route.hpp"
#include "tool/context.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {

namespace {

constexpr std::uint64_t largest_template = std::uint64_t{1} << 20U;

// The receiver's own shape of the message, which has to be JSON whatever stands in the records.
std::string body_by_template(fs::Path const& file, json::Value const& data) {
    std::string const body = mustache::render(
        fs::read_file(file, largest_template), data, file.string(), mustache::Escape::json);
    try {
        return json::write(json::parse(body, file.string() + ", filled in,"));
    } catch (Error const& error) {
        throw Error{
            ErrorKind::usage,
            error.message(),
            "Write {{name}} between quotes, and no comma behind the last of a list."};
    }
}

std::unique_ptr<Route> slack(Options const& options, Story const& story) {
    std::vector<std::string> mentions;
    for (auto const& who : options.mentions) {
        mentions.push_back(mention(who));
    }
    if (options.token.empty()) {
        return std::make_unique<SlackWebhookRoute>(options, payload_of(story, mentions));
    }
    return std::make_unique<SlackThreadRoute>(
        options,
        story.event,
        payload_of(story, mentions, Part::parent),
        payload_of(story, mentions, Part::details));
}

} // namespace

std::unique_ptr<Route> route_of(Options const& options, Story const& story) {
    if (!options.template_file.empty() && options.to != "webhook") {
        throw Error{
            ErrorKind::usage,
            "--template is for --to webhook",
            "The other receivers take messages of their own shape only."};
    }
    if (options.to == "slack") {
        return slack(options, story);
    }
    if (options.to == "email") {
        return std::make_unique<MailRoute>(options, letter_of(story));
    }
    bool const teams = options.to == "teams";
    if (teams || options.to == "discord") {
        auto const payload = teams ? teams_body(story) : discord_body(story);
        return std::make_unique<PostRoute>(
            options, teams ? "Teams" : "Discord", json::write(*payload.body), payload.omitted);
    }
    auto const payload = notification(story);
    return std::make_unique<PostRoute>(
        options,
        "the webhook",
        options.template_file.empty() ? json::write(*payload.body)
                                      : body_by_template(options.template_file, *payload.body),
        0);
}

} // namespace slipway::slack_notify
