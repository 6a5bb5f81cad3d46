// SPDX-License-Identifier: Apache-2.0
#include "stats/exceedance.hpp"

#include "error/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/special_functions/beta.hpp>

namespace slipway::stats {

namespace {

constexpr std::size_t onsets = 24;
constexpr double most_dependence = 0.95;
constexpr double most_odds = 1e300; // JSON knows no infinity

using Fast = boost::math::policies::policy<boost::math::policies::promote_double<false>>;

double log_beta(double a, double b) {
    return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

std::vector<double> ranks_of(std::vector<double> const& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return values[a] < values[b];
    });
    std::vector<double> ranks(values.size());
    for (std::size_t i = 0; i < order.size();) {
        auto end = i;
        while (end < order.size() && values[order[end]] == values[order[i]]) {
            ++end;
        }
        for (auto at = i; at < end; ++at) {
            ranks[order[at]] = static_cast<double>(i + end - 1) / 2;
        }
        i = end;
    }
    return ranks;
}

} // namespace

double rank_autocorrelation(std::vector<double> const& values) {
    if (values.size() < 2) {
        return 0;
    }
    auto const ranks = ranks_of(values);
    double const mean = static_cast<double>(ranks.size() - 1) / 2;
    double together = 0;
    double alone = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        alone += (ranks[i] - mean) * (ranks[i] - mean);
        if (i > 0) {
            together += (ranks[i] - mean) * (ranks[i - 1] - mean);
        }
    }
    return alone == 0 ? 0 : together / alone;
}

Usual usual_of(std::vector<double> const& values, Margin const& margin) {
    auto const m = static_cast<double>(values.size());
    if (values.size() < least_usual || margin.quantile <= 0 || margin.quantile >= 1) {
        throw Error{ErrorKind::internal, "too few values for a limit, or no share to take it at"};
    }
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    // The nearest whole number first: 0.8 * 30 may be a little more than 24 in binary.
    double const exact = margin.quantile * (m + 1);
    double const whole = std::round(exact);
    double const k = std::min(m, std::abs(exact - whole) < 1e-9 ? whole : std::ceil(exact));
    Usual out;
    out.limit = sorted[static_cast<std::size_t>(k) - 1] * margin.factor + margin.more;
    out.above = m - k + 1;
    out.below = k;
    // A short series hides some of its dependence, and independent ones show some by chance: what
    // one in ten of those would show is taken for none.
    double const found = rank_autocorrelation(values);
    out.dependence = found < 1.28 / std::sqrt(m) ? 0 : std::min(found + 1 / m, most_dependence);
    return out;
}

ExceedanceProcess::ExceedanceProcess(Usual const& usual, std::size_t planned, double bearable)
    : usual_(usual), weight_((1 - usual.dependence) / (1 + usual.dependence)), bearable_(bearable) {
    for (std::size_t i = 0; i < onsets; ++i) {
        bets_.push_back({i * planned / onsets, 0});
    }
}

bool ExceedanceProcess::may_begin() const {
    return std::any_of(
        bets_.begin(), bets_.end(), [&](Bet const& bet) { return bet.from == values_; });
}

bool ExceedanceProcess::add(double value) {
    for (auto& bet : bets_) {
        if (bet.from == values_) {
            bet.bad_before = bad_;
        }
    }
    bool const is_bad = value > usual_.limit;
    ++values_;
    bad_ += is_bad ? 1U : 0U;
    reckon();
    return is_bad;
}

// Of one onset: the chance of what came since under a share of bad ones between the expected and
// all, over that under the exchangeable series that an unchanged system makes.
double ExceedanceProcess::log_gain(Bet const& bet) const {
    auto const weighed = [&](std::size_t count) {
        return weight_ * static_cast<double>(count);
    };
    double const a = weight_ * usual_.above + weighed(bet.bad_before);
    double const b = weight_ * usual_.below + weighed(bet.from - bet.bad_before);
    double const bad = weighed(bad_ - bet.bad_before);
    double const good = weighed(values_ - bet.from) - bad;
    double const p0 = usual_.expected();
    // The upper tail itself: as one less the lower it is lost in rounding, and false alarms follow.
    double const tail = boost::math::ibetac(bad + 1, good + 1, p0, Fast{});
    return log_beta(bad + 1, good + 1) + std::log(tail) - std::log1p(-p0) -
           (log_beta(a + bad, b + good) - log_beta(a, b));
}

void ExceedanceProcess::reckon() {
    double sum = 0;
    double best = -1;
    for (std::size_t i = 0; i < bets_.size(); ++i) {
        auto const& bet = bets_[i];
        double const share = i == 0 ? 0.5 : 0.5 / static_cast<double>(onsets - 1);
        bool const has_begun = bet.from < values_;
        double const gain = has_begun ? std::min(most_odds, std::exp(log_gain(bet))) : 1;
        sum += share * gain;
        if (has_begun && gain > best) {
            best = gain;
            onset_ = {bet.from, bad_ - bet.bad_before, values_ - bet.from};
        }
    }
    odds_ = std::min(sum, most_odds);
    highest_ = std::max(highest_, odds_);
}

double ExceedanceProcess::odds_of_health() const {
    double const bad = weight_ * static_cast<double>(bad_);
    double const good = weight_ * static_cast<double>(values_ - bad_);
    double const part = boost::math::ibeta(bad + 1, good + 1, bearable_, Fast{});
    double const out = log_beta(bad + 1, good + 1) + std::log(part) -
                       (bad + 1) * std::log(bearable_) - good * std::log1p(-bearable_);
    return std::min(most_odds, std::exp(out));
}

} // namespace slipway::stats
