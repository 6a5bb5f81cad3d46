// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace slipway::stats {

/// How a limit is taken from what was usual: the least value above the share `quantile`, times
/// `factor`, plus `more`.
struct Margin {
    double quantile = 0.8; // above 0, below 1
    double factor = 1;
    double more = 0;
};

/// What later values are held against: a limit of earlier ones, and how often they passed it.
struct Usual {
    double limit = 0;      // a later value is bad where it is above
    double above = 0;      // earlier values counted as above, the next one included
    double below = 0;      // and as not above; `above / (above + below)` is expected
    double dependence = 0; // lag-1 rank autocorrelation of the earlier values, 0 to 0.95

    /// Share of bad values where nothing has changed.
    [[nodiscard]] double expected() const { return above / (above + below); }
};

inline constexpr std::size_t least_usual = 20;

/// Takes the limit from at least `least_usual` finite values in the order of time; fewer are an
/// internal error.
Usual usual_of(std::vector<double> const& values, Margin const& margin);

/// The autocorrelation of the values' ranks (ties share one) at lag 1; 0 where all are alike.
double rank_autocorrelation(std::vector<double> const& values);

/// Bets that bad values have become more frequent, from the start or from one of 23 later onsets,
/// and that they have not; either may be read after every value. Where nothing has changed, `odds`
/// ever reach 1/p with a chance of at most p: docs/guides/monitoring.md says what of this is proved.
class ExceedanceProcess {
public:
    /// `planned` is how many values are to come, as known before the first; the onsets are spread
    /// over them. `bearable` is the share of bad values, below 1, that health is to exclude.
    ExceedanceProcess(Usual const& usual, std::size_t planned, double bearable = 0.5);

    /// Whether the next value is the first of one of the onsets.
    [[nodiscard]] bool may_begin() const;

    /// Takes the next value; returns whether it is bad.
    bool add(double value);

    /// The odds now that bad values have become more frequent, and the highest there were.
    [[nodiscard]] double odds() const { return odds_; }
    [[nodiscard]] double highest_odds() const { return highest_; }

    /// The odds now that fewer than the bearable share are bad.
    [[nodiscard]] double odds_of_health() const;

    /// The most likely onset: after how many values, and what has come since.
    struct Onset {
        std::size_t after = 0;
        std::size_t bad = 0;
        std::size_t values = 0;
    };
    [[nodiscard]] Onset onset() const { return onset_; }

    [[nodiscard]] std::size_t values() const { return values_; }
    [[nodiscard]] std::size_t bad() const { return bad_; }
    [[nodiscard]] Usual const& usual() const { return usual_; }

private:
    struct Bet {
        std::size_t from;
        std::size_t bad_before; // known once `from` values have come
    };
    [[nodiscard]] double log_gain(Bet const& bet) const;
    void reckon();

    Usual usual_;
    double weight_; // of one value, for what they tell of each other
    double bearable_;
    std::vector<Bet> bets_;
    std::size_t values_ = 0;
    std::size_t bad_ = 0;
    double odds_ = 1;
    double highest_ = 1;
    Onset onset_;
};

} // namespace slipway::stats
