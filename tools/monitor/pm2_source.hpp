// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "source.hpp"
#include "time/deadline.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::monitor {

/// A process that PM2 keeps.
struct Pm2Process {
    std::string app;
    std::string status; // `online`, `stopped`, `errored`, …
    std::int64_t restarts = 0;
    std::string out_file;
    std::string error_file;
};

/// Reads what `pm2 jlist` printed; throws failed where that is no list.
std::vector<Pm2Process> read_jlist(std::string_view printed);

/// Asks `pm2 jlist`; throws unavailable where that fails.
std::vector<Pm2Process> ask_pm2(time::Milliseconds timeout, std::stop_token const& stop);

/// The log files of an application, by PM2's word, else by the names below $PM2_HOME/logs.
std::vector<std::string>
pm2_files(std::string const& app, time::Milliseconds timeout, std::stop_token const& stop);

/// Asks PM2, at most every 30 s for what that costs, whether all processes of an application are
/// online and how often they were restarted.
class Pm2Source final : public Source {
public:
    Pm2Source(std::string app, time::Milliseconds timeout, std::stop_token stop);

    /// `pm2.shop`.
    [[nodiscard]] std::string_view name() const override { return name_; }
    void look(Sample& sample) override;

private:
    std::string app_;
    std::string name_;
    time::Milliseconds timeout_;
    std::stop_token stop_;
    std::optional<time::Steady> asked_;
    std::optional<std::int64_t> restarts_;
};

} // namespace slipway::monitor
