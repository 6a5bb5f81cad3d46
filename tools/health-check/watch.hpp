// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/client.hpp"
#include "probes.hpp"

#include <string>
#include <vector>

namespace slipway::health_check {

/// Looks at the probes, in rounds.
class Watch {
public:
    Watch(Options const& options, Probes const& probes, tool::Context& context);

    /// Until all are good, one is hopeless, or the time to wait is over; throws the stop's error.
    void wait();

    /// Notes the last round in the record: checks, metrics, data.
    void note() const;

    /// Whether all probes were good in the last rounds, as many as --consecutive says.
    [[nodiscard]] bool healthy() const { return streak_ >= options_.consecutive; }

    /// The error that ends the run where no probe that is not good was ever reached, or one
    /// refuses for good because it was asked wrongly.
    [[nodiscard]] std::optional<Error> ending() const;

    /// One line on how it ended.
    [[nodiscard]] std::string summary() const;

private:
    void look();
    void look_at_http();
    [[nodiscard]] bool all_good() const;
    [[nodiscard]] bool any_hopeless() const;
    void tell_what_is_waited_for();
    [[nodiscard]] time::Milliseconds pause() const;

    Options const& options_;
    Probes const& probes_;
    tool::Context& context_;
    http::Client client_;
    std::vector<probe::Look> looks_;
    std::vector<bool> reached_; // ever
    std::int64_t rounds_ = 0;
    std::int64_t failures_ = 0; // rounds since all was good
    std::int64_t streak_ = 0;
    time::Steady started_;
    time::Steady ended_;
    std::string told_;
    time::Steady told_at_;
};

} // namespace slipway::health_check
