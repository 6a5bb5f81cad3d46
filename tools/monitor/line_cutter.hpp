// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_feed.hpp"

#include <string>

namespace slipway::monitor {

/// Cuts the bytes of a log into lines and knows where each begins. Of a line that is too long the
/// first 64 KiB are handed on at once, and the rest is passed over.
class LineCutter {
public:
    /// Takes the bytes that stand at `offset`.
    void add(std::string_view bytes, std::uint64_t offset, LineSink& into);

    /// Hands on what is left without an end.
    void flush(LineSink& into);

    /// Forgets what is left; with `in_line`, also what comes until a line ends.
    void restart(bool in_line) {
        held_.clear();
        passing_ = in_line;
    }

    /// How many bytes wait for their line's end.
    [[nodiscard]] std::size_t waiting() const { return held_.size(); }

    /// Whether the rest of a line is being passed over.
    [[nodiscard]] bool passing() const { return passing_; }

private:
    std::string held_;
    std::uint64_t begin_ = 0;
    bool passing_ = false;
};

} // namespace slipway::monitor
