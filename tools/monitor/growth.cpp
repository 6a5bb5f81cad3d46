// SPDX-License-Identifier: Apache-2.0
#include "growth.hpp"

#include <array>

namespace slipway::monitor {

namespace {

constexpr std::array<char const*, 3> sizes{
    "pg.database_size",
    "pg.largest_table",
    "pg.transaction_age"};
constexpr std::size_t least_points = 20;
constexpr double days_of_a_century = 36'500;

std::optional<double> next_limit(Track const& track) {
    if (!track.entry.threshold) {
        return std::nullopt;
    }
    for (auto const& limit : {track.entry.threshold->warning, track.entry.threshold->critical}) {
        if (limit && *limit > track.last) {
            return limit;
        }
    }
    return std::nullopt;
}

} // namespace

std::vector<Growth> growth_of(Judge const& judge) {
    using Days = std::chrono::duration<double, std::ratio<86'400>>;
    std::vector<Growth> out;
    for (auto const* const metric : sizes) {
        auto const* const track = judge.track({metric, ""});
        if (track == nullptr) {
            continue;
        }
        auto const points = track->points.list();
        if (points.size() < least_points) {
            continue;
        }
        Days const seen = points.back().first - points.front().first;
        if (seen.count() <= 0) {
            continue;
        }
        Growth growth{{metric, ""}, (track->last - points.front().second) / seen.count(), {}, {}};
        growth.limit = next_limit(*track);
        if (growth.limit && growth.per_day > 0) {
            double const days = (*growth.limit - track->last) / growth.per_day;
            if (days < days_of_a_century) {
                growth.reached =
                    judge.last().at + std::chrono::duration_cast<time::Milliseconds>(Days{days});
            }
        }
        out.push_back(std::move(growth));
    }
    return out;
}

} // namespace slipway::monitor
