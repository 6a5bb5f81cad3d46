// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "judge.hpp"
#include "log/logger.hpp"

#include <cstddef>
#include <vector>

namespace slipway::monitor {

/// How large a terminal is, and how far the watch.
struct View {
    std::size_t columns = 80;
    std::size_t rows = 24;
    time::Milliseconds elapsed{0};
    time::Milliseconds whole{0};
};

/// What a terminal of that size shows: the worst first, each line narrower than the terminal, and
/// all of them fewer than its rows.
std::vector<log::StatusLine> dashboard(Judge const& judge, View const& view);

/// The values as a line of that many blocks, the last ones where there are more.
std::string sparkline(std::vector<double> const& values, std::size_t columns);

} // namespace slipway::monitor
