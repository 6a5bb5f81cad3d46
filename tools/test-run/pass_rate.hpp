// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::test_run {

/// A part of the whole as it was written, without rounding: `99.9%` is 999 of 1000.
class PassRate {
public:
    /// Reads `95%`, `99.5%` or `0.95`, between 0 and 100 %; throws usage for anything else.
    static PassRate parse(std::string_view text);

    /// Whether that many of `run` tests are enough; none of none are not.
    [[nodiscard]] bool met_by(std::int64_t passed, std::int64_t run) const;

    /// `95%`.
    [[nodiscard]] std::string text() const;

private:
    PassRate(std::int64_t part, std::int64_t whole) : part_(part), whole_(whole) {}
    std::int64_t part_;
    std::int64_t whole_;
};

/// `93.33%`, cut after two decimals: 9999 of 10000 and one more failure are never 100%.
std::string percentage(std::int64_t passed, std::int64_t run);

} // namespace slipway::test_run
