// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloudwatch_logs.hpp"
#include "log_feed.hpp"
#include "sources_file.hpp"

#include <map>

namespace slipway::monitor {

/// Follows a log group. Events may come late: each reading looks back over that time again and
/// knows those that it has had by their ids.
class CloudWatchFeed final : public LogFeed {
public:
    CloudWatchFeed(LogSpec spec, std::unique_ptr<CloudWatchLogs> logs, time::Clock& clock);

    [[nodiscard]] std::string_view kind() const override { return "cloudwatch"; }
    Fed read(LineSink& into, Allowance const& allowance) override;
    [[nodiscard]] std::string position(std::optional<std::uint64_t> held) override;
    void resume(std::string const& position) override;

private:
    void take(CloudWatchPage const& page, LineSink& into, Fed& out);
    void forget_before(std::int64_t start);

    LogSpec spec_;
    std::unique_ptr<CloudWatchLogs> logs_;
    time::Clock& clock_;
    std::int64_t start_ = -1; // of the pages that are being read; ms since 1970
    std::int64_t newest_ = 0;
    std::string token_;                        // of the next page
    std::map<std::string, std::int64_t> seen_; // short ids with their times
    std::string stream_;
};

} // namespace slipway::monitor
