// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "fs/content.hpp"
#include "migration/file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::migration {

/// A value that takes the place of bytes of another text.
struct Replacement {
    std::size_t from = 0;
    std::size_t taken = 0; // how many bytes it takes the place of
    std::string value;
};

/// A text that statements point into: a file's, or one that was made of a part of another by
/// putting values into it. It must not move while they do.
struct Source {
    std::string file;
    fs::Content text;
    Source const* origin = nullptr; // what it was made of; it must live as long

    /// Line and column of a byte in the file that a person would edit.
    [[nodiscard]] Where place(std::size_t offset) const;

    /// The place of the server's error position, which counts characters from the statement's
    /// first one.
    [[nodiscard]] Where place_of_error(std::size_t statement, std::int64_t position) const;

    /// A value inside of `text`, and the bytes of the origin that it stands for.
    struct Splice {
        std::size_t at = 0;
        std::size_t length = 0;
        std::size_t from = 0;
        std::size_t taken = 0;
    };
    std::vector<Splice> splices; // in order; the first, without length, says where the part begins
};

/// The part of the text with the values in it; the replacements lie inside of the part, in order.
Source
with_values(Source const& origin, Part const& part, std::vector<Replacement> const& replacements);

} // namespace slipway::migration
