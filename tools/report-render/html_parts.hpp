// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway::report_render::page {

/// Foreign text as HTML: escaped, with control characters shown.
std::string esc(std::string_view text);

/// As esc, at most `limit` bytes of it.
std::string esc(std::string_view text, std::size_t limit);

/// Foreign text as `<code>`; empty where it is.
std::string code(std::string_view text);

/// A hint: words escaped, what stood between back-ticks as code.
std::string prose(std::string_view hint);

/// `<time>` that shows hours, minutes and seconds, or with `whole` the date as well.
std::string moment(time::Instant instant, bool whole);

/// A status as a word with a sign before it, in its colour.
std::string pill(std::string_view tone, std::string_view word);
std::string pill(Step const& step);

/// `step-3`: the anchor of a step.
std::string anchor(std::size_t step);

/// The rest of a file's size: what does not fit is counted instead of written.
class Room {
public:
    explicit Room(std::size_t bytes) : left_(bytes) {}

    /// Adds `row` to `out` where it fits; false where it was left out.
    bool add(std::string& out, std::string const& row);

    /// Begins to count anew, with the same room.
    void forget() { left_out_ = 0; }

    /// A sentence on what was left out; empty where nothing was.
    [[nodiscard]] std::string notice(std::string_view noun) const;

private:
    std::size_t left_;
    std::size_t left_out_ = 0;
};

/// A section with its heading, to which the contents link.
std::string section(std::string_view id, std::string_view heading, std::string const& body);

/// A table that scrolls sideways where the page is narrow; `head` is its `<tr>`.
std::string
table(std::string_view caption, std::string const& head, std::string const& rows, bool quiet);

} // namespace slipway::report_render::page
