// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/let_go.hpp"
#include "fs/unique_fd.hpp"

#include <memory>
#include <optional>

namespace slipway::fs {

/// A file without a name in the folder for temporary files, which is gone with the process; none
/// (-1) where it cannot be made.
UniqueFd scratch_file();

/// Memory that is a part of a scratch file, so that let_go() may give it back. Move-only.
class ScratchMap {
public:
    /// Maps the first `size` bytes of a scratch file, only to be read; nothing where that fails.
    static std::optional<ScratchMap> of(UniqueFd const& file, std::size_t size);

    /// The same of a fresh file with room for so many zero bytes, which may be written.
    static std::optional<ScratchMap> make(std::size_t size);

    [[nodiscard]] char* data() const { return memory_.get(); }
    [[nodiscard]] std::size_t size() const { return memory_.get_deleter().size; }
    [[nodiscard]] std::string_view view() const { return {data(), size()}; }

private:
    struct Unmap {
        std::size_t size = 0;
        void operator()(char* memory) const noexcept;
    };

    ScratchMap(void* memory, std::size_t size);
    static std::optional<ScratchMap> map(UniqueFd const& file, std::size_t size, int protection);

    std::unique_ptr<char, Unmap> memory_;
    std::unique_ptr<LetGoRange> range_; // ends before the memory does
};

} // namespace slipway::fs
