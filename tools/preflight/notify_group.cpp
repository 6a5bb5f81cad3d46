// SPDX-License-Identifier: Apache-2.0
#include "ci/environment.hpp"
#include "http/url.hpp"
#include "look.hpp"
#include "text/join.hpp"

namespace slipway::preflight {

void look_at_notify(Look const& /*look*/, Findings& findings) {
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
