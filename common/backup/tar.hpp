// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "fs/unique_fd.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace slipway::backup {

/// Writes an uncompressed POSIX tar (ustar, with pax headers for long names and sizes from 8 GiB)
/// that any `tar x` reads; owner 0, mode 0600, the same time for all members, so that the same
/// content gives the same bytes. Throws unavailable where the disk is full.
class TarWriter {
public:
    /// How many bytes at its start a file leaves free for the header of its first member, whose
    /// size is not known before its bytes are there.
    static constexpr std::uint64_t front = 3 * 512;

    /// Makes the file, mode 0600, which must not exist.
    TarWriter(fs::Path const& path, time::Instant modified);

    /// Goes on with a file that holds, behind the free front, the bytes of the member `first` and
    /// nothing else.
    TarWriter(fs::Path const& path, time::Instant modified, std::string const& first);

    /// Begins a member; exactly `bytes` bytes must follow by write().
    void begin(std::string const& name, std::uint64_t bytes);
    void write(std::string_view bytes);

    /// Ends the archive, makes it durable and closes it; the object is spent.
    void finish();

    /// The size of all that was written.
    [[nodiscard]] std::uint64_t bytes() const { return written_; }

private:
    void put(std::string_view bytes);
    void pad();

    fs::Path path_;
    fs::UniqueFd fd_;
    std::int64_t modified_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t missing_ = 0; // of the member begun
    std::uint64_t flushed_ = 0;
};

/// What read_tar calls back with.
struct TarEvents {
    /// A member begins; false passes over its bytes.
    std::function<bool(std::string const& name, std::uint64_t bytes)> on_member;
    /// A piece of the member's bytes.
    std::function<void(std::string_view)> on_data;
    /// The member's bytes are over; false ends the reading.
    std::function<bool()> on_end;
    /// Every byte of the file, read in order.
    std::function<void(std::string_view)> on_raw;
};

/// Reads a tar as TarWriter writes it, to the end of the file where nobody ends it; without on_raw, the
/// bytes of a member that is passed over are not read. Throws failed, naming the place, where it is
/// damaged or cut off.
void read_tar(fs::Path const& path, TarEvents const& events);

} // namespace slipway::backup
