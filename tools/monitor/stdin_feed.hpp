// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "line_cutter.hpp"
#include "log_feed.hpp"

#include <mutex>
#include <thread>

namespace slipway::monitor {

/// Reads standard input all the time, so that who writes it never waits for a sample; of what is
/// more than 64 MiB a sample the newest is lost, and counted.
class StdinFeed final : public LogFeed {
public:
    StdinFeed();
    ~StdinFeed() override;
    StdinFeed(StdinFeed const&) = delete;
    StdinFeed& operator=(StdinFeed const&) = delete;
    StdinFeed(StdinFeed&&) = delete;
    StdinFeed& operator=(StdinFeed&&) = delete;

    [[nodiscard]] std::string_view kind() const override { return "stdin"; }
    Fed read(LineSink& into, Allowance const& allowance) override;

    /// A pipe cannot be gone on with.
    [[nodiscard]] std::string position(std::optional<std::uint64_t> held) override;
    void resume(std::string const& position) override;

private:
    void collect(std::stop_token const& stop);

    std::mutex mutex_;
    std::string waiting_;
    std::uint64_t lost_ = 0;
    bool ended_ = false;
    LineCutter lines_;
    std::uint64_t offset_ = 0;
    std::jthread reader_;
};

} // namespace slipway::monitor
