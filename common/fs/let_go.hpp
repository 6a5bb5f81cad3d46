// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace slipway::fs {

/// Gives back the memory of bytes that are mapped from a file (a Content's, a ScratchMap's), and
/// does nothing about others; they can be looked at again, and are then read from the file.
void let_go(std::string_view bytes) noexcept;

/// How much is looked at before it is let go.
inline constexpr std::size_t piece_size = std::size_t{1} << 20U;

/// Calls for one piece after the other, and lets go of each behind it but the last.
void each_piece(std::string_view bytes, std::function<void(std::string_view)> const& take);

/// Calls for one line after the other, without its LF and with its offset, until that says false;
/// as text::split() a text that ends in LF has an empty line behind it.
void each_line(
    std::string_view bytes,
    std::function<bool(std::string_view line, std::size_t at)> const& take);

/// As bytes.find(word, from), letting go of what was gone through.
std::size_t find(std::string_view bytes, std::string_view word, std::size_t from = 0);

/// Lets go of a text behind whoever goes through it.
class Behind {
public:
    explicit Behind(std::string_view bytes) : bytes_(bytes) {}

    /// What is before the offset is done with.
    void pass(std::size_t offset) {
        if (offset > kept_ + piece_size) {
            let_go(bytes_.substr(kept_, offset - kept_));
            kept_ = offset;
        }
    }

private:
    std::string_view bytes_;
    std::size_t kept_ = 0;
};

/// Inside the room: a range that let_go() may give back, for as long as this lives.
class LetGoRange {
public:
    explicit LetGoRange(std::string_view range);
    LetGoRange(LetGoRange const&) = delete;
    LetGoRange& operator=(LetGoRange const&) = delete;
    LetGoRange(LetGoRange&&) = delete;
    LetGoRange& operator=(LetGoRange&&) = delete;
    ~LetGoRange();

private:
    std::string_view range_;
};

} // namespace slipway::fs
