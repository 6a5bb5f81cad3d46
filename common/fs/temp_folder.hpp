// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <string_view>
#include <utility>

namespace slipway::fs {

/// A new private folder (mode 0700) that its destructor removes with all it holds; move-only.
class TempFolder {
public:
    /// Made in `parent`, by default $TMPDIR or /tmp; the name starts with `prefix`.
    explicit TempFolder(std::string_view prefix, Path const& parent = {});
    TempFolder(TempFolder const&) = delete;
    TempFolder& operator=(TempFolder const&) = delete;
    TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TempFolder& operator=(TempFolder&& other) noexcept;
    ~TempFolder();

    [[nodiscard]] Path const& path() const { return path_; }

    /// Lets the folder stay, and returns its path.
    Path keep() { return std::exchange(path_, {}); }

private:
    Path path_;
};

} // namespace slipway::fs
