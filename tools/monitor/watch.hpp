// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "judge.hpp"
#include "metrics_server.hpp"
#include "monitor.hpp"
#include "on_change.hpp"
#include "series.hpp"
#include "source.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace slipway::monitor {

/// Looks at all sources again and again, writes what they see to the series and tells of it.
class Watch {
public:
    using Sources = std::vector<std::unique_ptr<Source>>;

    /// `note` fills the record with what is known at that moment.
    Watch(
        Options const& options,
        tool::Context& context,
        Sources sources,
        Series& series,
        Judge& judge,
        std::function<void()> note);

    /// Until the time is up; throws the stop's error.
    void run();

private:
    [[nodiscard]] Sample look();
    void take(Sample const& sample);
    void tell(std::vector<Change> const& changes);
    void report_change(verdict::State before);
    void sleep_until(time::Steady at);
    void draw(bool resized_only = false);
    void publish();
    void begin_hour();
    void note_clock(Sample& sample);
    void tell_gaps(Sample const& sample);

    Options const& options_;
    tool::Context& context_;
    Sources sources_;
    Series& series_;
    Judge& judge_;
    std::function<void()> note_;
    OnChange on_change_;
    std::unique_ptr<MetricsServer> server_;
    time::Steady began_{};
    std::size_t columns_ = 0;
    std::int64_t hour_ = -1;
    bool unwritable_ = false;                                      // --openmetrics, which was told
    std::optional<std::pair<time::Instant, time::Steady>> looked_; // by both clocks
    std::map<std::string, std::string> gaps_;                      // of the last sample
    time::Steady told_at_{};
    time::Steady noted_at_{};
};

} // namespace slipway::monitor
