// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/record.hpp"
#include "tool/context.hpp"

#include <future>
#include <optional>
#include <string>

namespace slipway::monitor {

/// Runs the command of --on-change beside the watch, one at a time: while one runs, of the changes
/// that come only the newest is kept. Its failure is told and changes nothing.
class OnChange {
public:
    OnChange(std::string command, tool::Context& context);
    OnChange(OnChange const&) = delete;
    OnChange& operator=(OnChange const&) = delete;
    OnChange(OnChange&&) = delete;
    OnChange& operator=(OnChange&&) = delete;
    ~OnChange() = default; // waits for the command, which a stop of the run ends

    /// A change of state: the command gets `snapshot` as a file, named by SLIPWAY_CHANGE_RECORD.
    void report(std::string from, std::string to, std::string summary, record::Record snapshot);

    /// Starts what is waiting, if the command before it has ended.
    void go_on();

    /// Waits until all has been reported.
    void finish();

    [[nodiscard]] int runs() const { return runs_; }
    [[nodiscard]] int failures() const { return failures_; }

private:
    struct Change {
        std::string from;
        std::string to;
        std::string summary;
        record::Record snapshot;
    };
    struct Ended {
        bool ok = true;
        std::string how;
    };
    [[nodiscard]] Ended run(Change const& change) const;
    void start(Change change);
    void take_end();

    std::string command_;
    tool::Context& context_;
    std::optional<Change> waiting_;
    std::future<Ended> running_;
    int runs_ = 0;
    int failures_ = 0;
};

} // namespace slipway::monitor
