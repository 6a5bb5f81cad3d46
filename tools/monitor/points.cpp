// SPDX-License-Identifier: Apache-2.0
#include "points.hpp"

#include <algorithm>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_points = 500;
constexpr std::size_t most_stretches = 165; // with an open one: 166 * 3 points
constexpr std::size_t first_width = 4;

bool by_value(Points::Point const& a, Points::Point const& b) {
    return a.second < b.second;
}

} // namespace

Points::Stretch Points::stretch_of(std::vector<Point> points) {
    std::stable_sort(points.begin(), points.end(), by_value);
    return {points.front(), points[points.size() / 2], points.back()};
}

Points::Stretch Points::joined(Stretch const& a, Stretch const& b) {
    Point const middle{
        a.middle.first + (b.middle.first - a.middle.first) / 2,
        a.middle.second + (b.middle.second - a.middle.second) / 2};
    return {
        std::min(a.least, b.least, by_value), middle, std::max(a.greatest, b.greatest, by_value)};
}

void Points::add(time::Instant at, double value) {
    open_.emplace_back(at, value);
    if (width_ == 0 && open_.size() > most_points) {
        width_ = first_width;
        auto const all = std::exchange(open_, {});
        std::size_t done = 0;
        for (; done + width_ <= all.size(); done += width_) {
            auto const from = all.begin() + static_cast<std::ptrdiff_t>(done);
            auto const to = from + static_cast<std::ptrdiff_t>(width_);
            stretches_.push_back(stretch_of({from, to}));
        }
        open_.assign(all.begin() + static_cast<std::ptrdiff_t>(done), all.end());
    } else if (width_ != 0 && open_.size() == width_) {
        stretches_.push_back(stretch_of(std::exchange(open_, {})));
    }
    // An even number is joined, so that all stretches are of one width again.
    if (stretches_.size() > most_stretches) {
        std::vector<Stretch> fewer;
        for (std::size_t i = 0; i + 1 < stretches_.size(); i += 2) {
            fewer.push_back(joined(stretches_[i], stretches_[i + 1]));
        }
        stretches_ = std::move(fewer);
        width_ *= 2;
    }
}

std::vector<Points::Point> Points::list() const {
    if (width_ == 0) {
        return open_;
    }
    auto all = stretches_;
    if (!open_.empty()) {
        all.push_back(stretch_of(open_));
    }
    std::vector<Point> out;
    for (auto const& each : all) {
        std::vector<Point> three{each.least, each.middle, each.greatest};
        std::stable_sort(three.begin(), three.end(), [](Point const& a, Point const& b) {
            return a.first < b.first;
        });
        out.insert(out.end(), three.begin(), three.end());
    }
    return out;
}

} // namespace slipway::monitor
