// SPDX-License-Identifier: Apache-2.0
#include "score.hpp"

#include "text/join.hpp"

#include <array>

#include <fmt/format.h>

namespace slipway::preflight {

using record::CheckStatus;
using record::Severity;

std::int64_t weight(Severity severity) {
    switch (severity) {
    case Severity::critical:
        return 10;
    case Severity::major:
        return 5;
    case Severity::minor:
        return 2;
    case Severity::info:
        return 0;
    }
    return 0;
}

std::int64_t Score::value() const {
    // In halves of points, so that no rounding of a fraction makes 100 of 99.9.
    auto const halves = static_cast<std::int64_t>(earned * 2);
    return possible == 0 ? 0 : halves * 100 / (possible * 2);
}

Score score_of(std::vector<record::Check> const& checks) {
    Score out;
    std::vector<std::string> parts;
    for (Severity const severity : {Severity::critical, Severity::major, Severity::minor}) {
        double good = 0;
        std::int64_t looked_at = 0;
        for (auto const& check : checks) {
            if (check.severity == severity && check.status != CheckStatus::skipped) {
                ++looked_at;
                good += check.status == CheckStatus::passed   ? 1
                        : check.status == CheckStatus::warned ? 0.5
                                                              : 0;
            }
        }
        if (looked_at > 0) {
            parts.push_back(fmt::format(
                "{} {} of {} × {}", record::name(severity), good, looked_at, weight(severity)));
        }
        out.earned += good * static_cast<double>(weight(severity));
        out.possible += looked_at * weight(severity);
    }
    out.arithmetic =
        fmt::format("{} of {} points: {}", out.earned, out.possible, text::join(parts, ", "));
    return out;
}

} // namespace slipway::preflight
