// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time/clock.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace slipway::monitor {

/// A series of values over time in bounded memory, for the record: all of them while they are at
/// most 500, then the least, the middle and the greatest of each stretch. Least and greatest are
/// exact; the middle is the median of a stretch, and about it once stretches were joined.
class Points {
public:
    using Point = std::pair<time::Instant, double>;

    /// Takes the next value; not earlier than the last.
    void add(time::Instant at, double value);

    /// At most 500 points in the order of time.
    [[nodiscard]] std::vector<Point> list() const;

private:
    struct Stretch {
        Point least;
        Point middle;
        Point greatest;
    };

    static Stretch stretch_of(std::vector<Point> points);
    static Stretch joined(Stretch const& a, Stretch const& b);

    std::vector<Stretch> stretches_; // of `width_` values each
    std::vector<Point> open_;        // those since the last whole stretch
    std::size_t width_ = 0;          // 0: still all of them, in open_
};

} // namespace slipway::monitor
