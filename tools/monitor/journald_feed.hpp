// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_feed.hpp"
#include "sources_file.hpp"

namespace slipway::monitor {

/// Asks journalctl for the entries after the last cursor.
class JournaldFeed final : public LogFeed {
public:
    explicit JournaldFeed(LogSpec spec) : spec_(std::move(spec)) {}

    [[nodiscard]] std::string_view kind() const override { return "journald"; }
    Fed read(LineSink& into, Allowance const& allowance) override;
    [[nodiscard]] std::string position(std::optional<std::uint64_t> held) override;
    void resume(std::string const& position) override;

private:
    void find_end(Allowance const& allowance);
    void take(std::string_view entry, LineSink& into);

    LogSpec spec_;
    std::string cursor_;
    bool begun_ = false;
};

} // namespace slipway::monitor
