// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "fs/scratch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::fs {

/// Bytes that do not change: in memory where they are few, else in a scratch file that is mapped,
/// so that whoever goes through them can let_go() of what is behind. Move-only; a move invalidates
/// views of a small one.
class Content {
public:
    Content() = default;
    Content(std::string bytes) : bytes_(std::move(bytes)) {} // NOLINT(google-explicit-constructor)

    [[nodiscard]] std::string_view view() const { return map_ ? map_->view() : bytes_; }
    operator std::string_view() const { return view(); } // NOLINT(google-explicit-constructor)
    [[nodiscard]] std::size_t size() const { return view().size(); }

private:
    friend class ContentWriter;

    std::string bytes_;
    std::optional<ScratchMap> map_;
};

/// Makes a Content from its bytes, in order. Where no scratch file can be had, or it finds no more
/// room, all stays in memory.
class ContentWriter {
public:
    void add(std::string_view bytes);

    /// All that was added; the object is spent afterwards.
    [[nodiscard]] Content finish();

private:
    [[nodiscard]] bool write_out();
    void read_back();

    std::string bytes_; // that are not in the file
    UniqueFd file_;
    std::size_t written_ = 0;
    bool in_memory_ = false;
};

/// As read_file, for a file that may be large.
Content read_content(Path const& path, std::uint64_t limit = std::uint64_t{1} << 30U);

} // namespace slipway::fs
