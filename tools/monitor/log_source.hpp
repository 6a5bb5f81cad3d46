// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_folder.hpp"
#include "log_classes.hpp"
#include "source.hpp"

#include <functional>
#include <memory>

namespace slipway::monitor {

/// How a log is read.
struct LogReading {
    std::uint64_t bytes = std::uint64_t{64} << 20U; // a sample, at most
    time::Milliseconds timeout{5000};               // of a look
    bool may_be_silent = false;
    time::Deadline deadline = time::Deadline::never();
    std::stop_token stop;
    std::function<std::string(std::string_view)> redact; // what the run knows as secrets
};

/// Counts the events of a log by class and by fingerprint.
class LogSource final : public Source {
public:
    LogSource(
        std::string name,
        std::unique_ptr<LogFeed> feed,
        Classifier classifier,
        LogReading reading);

    /// `log.app`.
    [[nodiscard]] std::string_view name() const override { return gap_name_; }
    void look(Sample& sample) override;
    void resume(std::map<std::string, std::string> const& positions) override;

private:
    void take(std::string_view event);
    void read(Allowance const& allowance, std::string& gap);

    std::string name_;
    std::string gap_name_;
    std::unique_ptr<LogFeed> feed_;
    Classifier classifier_;
    LogReading reading_;
    EventFolder folder_;
    LogRead now_; // of the look that goes on
    std::string position_;
};

} // namespace slipway::monitor
