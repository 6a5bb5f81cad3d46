// SPDX-License-Identifier: Apache-2.0
#include "stats/sketch.hpp"

#include "error/error.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::stats {

namespace {

constexpr double growth = 1.02;
constexpr double smallest = 1e-6;
constexpr double largest = 1e15;

int bucket_of(double value) {
    return static_cast<int>(std::ceil(std::log(std::min(value, largest)) / std::log(growth)));
}

// In the middle of a bucket by ratio: as far from its lower as from its upper bound.
double middle_of(int bucket) {
    return 2 * std::pow(growth, bucket) / (growth + 1);
}

} // namespace

void Sketch::add(double value) {
    if (!std::isfinite(value)) {
        throw Error{ErrorKind::internal, "a sketch was given a value that is no number"};
    }
    least_ = count_ == 0 ? value : std::min(least_, value);
    greatest_ = count_ == 0 ? value : std::max(greatest_, value);
    ++count_;
    mean_ += (value - mean_) / static_cast<double>(count_);
    if (value < smallest) {
        ++small_;
    } else {
        ++buckets_[bucket_of(value)];
    }
}

double Sketch::quantile(double q) const {
    require_values();
    if (!(q >= 0 && q <= 1)) {
        throw Error{ErrorKind::internal, "a quantile out of range was asked for"};
    }
    auto const rank = std::max(
        std::int64_t{1}, static_cast<std::int64_t>(std::ceil(q * static_cast<double>(count_))));
    if (rank == 1 || rank == count_) {
        return rank == 1 ? least_ : greatest_;
    }
    auto passed = small_;
    if (rank <= passed) {
        return std::clamp(0.0, least_, greatest_);
    }
    for (auto const& bucket : buckets_) {
        passed += bucket.second;
        if (rank <= passed) {
            return std::clamp(middle_of(bucket.first), least_, greatest_);
        }
    }
    return greatest_;
}

double Sketch::least() const {
    require_values();
    return least_;
}

double Sketch::greatest() const {
    require_values();
    return greatest_;
}

double Sketch::mean() const {
    require_values();
    return mean_;
}

void Sketch::require_values() const {
    if (count_ == 0) {
        throw Error{ErrorKind::internal, "a sketch without values was asked for one"};
    }
}

} // namespace slipway::stats
