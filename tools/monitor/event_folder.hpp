// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_feed.hpp"

#include <functional>

namespace slipway::monitor {

/// Folds the lines of a stack trace into the event that they belong to: indented lines, `Caused
/// by:`, the last line of a Python traceback, the goroutines of a Go panic. A line that is a JSON
/// object is an event of its own.
class EventFolder final : public LineSink {
public:
    /// `take` gets each event, its lines joined by newlines, at most 32 KiB of it.
    explicit EventFolder(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

    void line(std::string_view text, std::uint64_t mark) override;

    /// The event that is open is whole.
    void cut() override;

    /// Where the event begins that may go on; nothing where none is open.
    [[nodiscard]] std::optional<std::uint64_t> held() const;

    /// The lines so far, but for those of the event that is open.
    [[nodiscard]] std::int64_t lines() const { return lines_; }

private:
    enum class Shape : std::uint8_t { none, plain, python, go };
    [[nodiscard]] bool continues(std::string_view text) const;

    std::function<void(std::string_view)> take_;
    std::string open_;
    std::uint64_t mark_ = 0;
    std::size_t open_lines_ = 0;
    Shape shape_ = Shape::none;
    std::int64_t lines_ = 0;
};

} // namespace slipway::monitor
