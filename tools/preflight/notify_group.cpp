// SPDX-License-Identifier: Apache-2.0
#include "ci/environment.hpp"
#include "http/url.hpp"
#include "look.hpp"
#include "text/join.hpp"

namespace slipway::preflight {

namespace {

void look_at_token(Findings& findings) {
    auto const token = ci::variable("SLACK_BOT_TOKEN");
    if (!token) {
        findings.skipped("notify.token", "SLACK_BOT_TOKEN is not set");
        return;
    }
    token->starts_with("xoxb-") ? findings.passed("notify.token", "it is")
                                : findings.warned("notify.token", "it does not begin with xoxb-");
}

} // namespace

void look_at_notify(Look const& /*look*/, Findings& findings) {
    look_at_token(findings);
    auto const url = ci::variable("SLACK_WEBHOOK_URL");
    if (!url) {
        findings.skipped("notify.slack", "SLACK_WEBHOOK_URL is not set");
        return;
    }
    findings.attempt("notify.slack", [&] {
        auto const parsed = http::Url::parse(*url);
        bool const shaped = parsed.scheme() == "https" && parsed.host() == "hooks.slack.com" &&
                            parsed.path().starts_with("/services/") &&
                            text::split(parsed.path(), '/').size() == 5;
        shaped ? findings.passed("notify.slack", "it does")
               : findings.warned("notify.slack", "it is not of the form that Slack hands out");
    });
}

} // namespace slipway::preflight
