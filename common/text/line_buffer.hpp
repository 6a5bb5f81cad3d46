// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace slipway::text {

/// Cuts what a program writes, as it comes in pieces, into lines; one that has no end is handed
/// on in parts of 64 KiB.
class LineBuffer {
public:
    explicit LineBuffer(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

    void add(std::string_view piece);

    /// Hands on what is left without an end.
    void flush();

private:
    std::function<void(std::string_view)> take_;
    std::string held_;
};

/// What a terminal would show of a line, without its colours: what was drawn over by a carriage
/// return and all escape sequences (ECMA-48) are left out.
std::string as_shown(std::string_view line);

} // namespace slipway::text
