// SPDX-License-Identifier: Apache-2.0
#include "plan/lock.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace slipway::plan {

namespace {

constexpr std::size_t modes = 9;

constexpr std::array<std::string_view, modes> mode_names{
    "none",
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
};

// The documentation's table of conflicting lock modes, a row a mode; bit 0 is `none`.
constexpr std::array<unsigned, modes> conflicts{
    0,
    0b100000000,
    0b110000000,
    0b111100000,
    0b111110000,
    0b111011000,
    0b111111000,
    0b111111100,
    0b111111110,
};

// Letters alone, in capitals, without the `Lock` that pg_locks adds.
std::string letters(std::string_view text) {
    std::string out;
    for (char const byte : text) {
        if (byte >= 'a' && byte <= 'z') {
            out += static_cast<char>(byte - 'a' + 'A');
        } else if (byte >= 'A' && byte <= 'Z') {
            out += byte;
        }
    }
    if (out.ends_with("LOCK")) {
        out.resize(out.size() - 4);
    }
    return out;
}

} // namespace

std::string_view name(LockMode mode) {
    return mode_names.at(static_cast<std::size_t>(mode));
}

std::optional<LockMode> lock_mode_from(std::string_view text) {
    auto const wanted = letters(text);
    for (std::size_t i = 1; i < modes; ++i) {
        if (letters(mode_names.at(i)) == wanted) {
            return static_cast<LockMode>(i);
        }
    }
    return std::nullopt;
}

bool conflict(LockMode a, LockMode b) {
    return (conflicts.at(static_cast<std::size_t>(a)) & (1U << static_cast<unsigned>(b))) != 0;
}

Blocks blocks(LockMode mode) {
    return conflict(mode, LockMode::access_share)    ? Blocks::reads_and_writes
           : conflict(mode, LockMode::row_exclusive) ? Blocks::writes
                                                     : Blocks::nothing;
}

std::string_view name(Blocks what) {
    switch (what) {
    case Blocks::nothing:
        return "nothing";
    case Blocks::writes:
        return "writes";
    case Blocks::reads_and_writes:
        return "reads_and_writes";
    }
    return "nothing";
}

std::string_view words(Blocks what) {
    switch (what) {
    case Blocks::nothing:
        return "blocks nothing but DDL";
    case Blocks::writes:
        return "blocks writes";
    case Blocks::reads_and_writes:
        return "blocks reads and writes";
    }
    return "blocks nothing but DDL";
}

} // namespace slipway::plan
