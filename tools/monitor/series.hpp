// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "fs/unique_fd.hpp"
#include "observation.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace slipway::monitor {

/// Hears what a series holds, in its order.
struct Listener {
    std::function<void(Start const&)> on_start;
    std::function<void(Sample const&)> on_sample;
};

/// One line each, without the line's end.
std::string to_line(Start const& start);
std::string to_line(Sample const& sample);

/// Hands one line to the listener; a kind of line that this version does not know is passed over.
/// Throws usage with what is wrong.
void read_line(std::string_view line, std::string_view name, Listener const& listener);

/// The samples of one watch, or of several runs one after the other, as lines of JSON (NDJSON).
/// One process at a time writes to it.
class Series {
public:
    /// Opens the file to go on with it, or makes it. A last line without its end is what a killed
    /// run left: it is cut off. Throws refused where another process writes to it, usage where it
    /// cannot be opened.
    static Series append_to(fs::Path const& path);

    /// Hands all of an existing file to the listener, a cut last line left out; bounded memory.
    /// Throws usage with file and line where a line is none of a series.
    static void read(fs::Path const& path, Listener const& listener);

    /// Writes one line and makes it durable; throws unavailable where the disk is full.
    void append(std::string_view line);

    /// How many bytes of an unfinished line were cut off.
    [[nodiscard]] std::uint64_t cut() const { return cut_; }

    [[nodiscard]] fs::Path const& path() const { return path_; }

private:
    Series(fs::Path path, fs::UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    void cut_unfinished_line();

    fs::Path path_;
    fs::UniqueFd fd_;
    std::uint64_t cut_ = 0;
};

} // namespace slipway::monitor
