// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "probe/look.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::probe {

/// How much of a disk has to be free.
struct Room {
    double share = 0;        // of its size, 0 to 1
    std::uint64_t bytes = 0; // where there is no share

    /// Reads `10%`, `5GB`; throws usage for anything else.
    static Room read(std::string const& text);
};

/// Measures the file system of a path: its free bytes and inodes.
Look look_at_disk(std::string const& id, std::string const& path, Room const& least);

/// A command of one's own, and what it has to do.
struct CommandWish {
    std::vector<std::string> words; // a program and its arguments; one word is a line for sh
    bool line = false;
    std::int64_t exit_code = 0;
    std::string output; // that its stdout has to contain
};

/// Runs the command within the time that `options` allow; throws the stop's error.
Look look_at_command(
    std::string const& id,
    CommandWish const& wish,
    time::Milliseconds timeout,
    std::stop_token const& stop);

} // namespace slipway::probe
