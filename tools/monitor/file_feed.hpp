// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "line_cutter.hpp"
#include "log_feed.hpp"
#include "log_file.hpp"

#include <deque>

namespace slipway::monitor {

/// Follows a file through rotation (renamed and made anew, or copied and truncated), truncation,
/// removal and return. What was rotated while nobody looked is found again beside it by its
/// content, also where it was compressed by gzip.
class FileFeed final : public LogFeed {
public:
    /// Without a position it begins at the end, or at the start.
    FileFeed(fs::Path path, bool from_start) : path_(std::move(path)), from_start_(from_start) {}

    [[nodiscard]] std::string_view kind() const override { return "file"; }
    Fed read(LineSink& into, Allowance const& allowance) override;
    [[nodiscard]] std::string position(std::optional<std::uint64_t> held) override;
    void resume(std::string const& position) override;

private:
    struct Position {
        std::uint64_t inode = 0;
        std::uint64_t offset = 0;
        std::string signature;
        bool in_line = false; // of a line that was too long
    };

    void look_around(LineSink& into, Fed& out);
    void begin(LogFile file, Fed& out);
    void follow_rotation(LogFile next, Fed& out);
    void follow_truncation(LineSink& into, Fed& out);
    bool take_up(Position const& position, Fed& out);
    void add_newer_than(fs::Path const& older);
    void pass_over(LineSink& into, Fed& out, std::uint64_t most);

    fs::Path path_;
    bool from_start_;
    bool was_absent_ = false;
    std::optional<Position> resume_;
    std::optional<LogFile> current_;
    std::deque<LogFile> next_;
    LineCutter lines_;
    std::string signature_; // of what was read of current_
};

} // namespace slipway::monitor
