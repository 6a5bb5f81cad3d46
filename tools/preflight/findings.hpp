// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checks.hpp"

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::preflight {

/// What one group of checks found, in the order of looking; for one thread.
class Findings {
public:
    /// `left_out` are the ids (or groups) of --skip, which are noted as skipped.
    Findings(std::vector<std::string> const& left_out, std::stop_token stop)
        : left_out_(left_out), stop_(std::move(stop)) {}

    void passed(std::string_view id, std::string message);
    void skipped(std::string_view id, std::string why);
    void undecided(std::string_view id, std::string why);

    /// Where `hint` is empty the check's own hint is told.
    void warned(std::string_view id, std::string message, std::string hint = {});
    void failed(std::string_view id, std::string message, std::string hint = {});

    /// passed with `good` where the list of things found amiss is empty, else `amiss` with them,
    /// at most five by name; `hint` as in failed().
    enum class Amiss : std::uint8_t { warns, fails };
    void none_of(
        std::string_view id,
        std::vector<std::string> const& found,
        std::string good,
        Amiss amiss,
        std::string hint = {});

    /// Looks, and notes a failed check where that throws (undecided where the right is missing),
    /// with the error's own hint; a stop is thrown on. Does not look where the id is left out.
    void attempt(std::string_view id, std::function<void()> const& look);

    /// Notes all checks of a group that have none yet as skipped.
    void skip_rest(std::string_view group, std::string const& why);

    [[nodiscard]] std::vector<record::Check> const& checks() const { return checks_; }

private:
    [[nodiscard]] bool is_left_out(Kind const& kind) const;
    record::Check& note(std::string_view id, record::CheckStatus status, std::string message);

    std::vector<std::string> const& left_out_;
    std::stop_token stop_;
    std::vector<record::Check> checks_;
};

} // namespace slipway::preflight
