// SPDX-License-Identifier: Apache-2.0
#include "fs/scratch.hpp"

#include "fs/file.hpp"

#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace slipway::fs {

UniqueFd scratch_file() {
    std::error_code code;
    Path const folder = std::filesystem::temp_directory_path(code);
    if (code) {
        return {};
    }
    UniqueFd file{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (!file) {
        // Some file systems make no file without a name.
        std::string pattern = (folder / ".slipway-XXXXXX").string();
        file = UniqueFd{::mkostemp(pattern.data(), O_CLOEXEC)};
        if (file) {
            ::unlink(pattern.c_str());
        }
    }
    return file;
}

void ScratchMap::Unmap::operator()(char* memory) const noexcept {
    ::munmap(memory, size);
}

ScratchMap::ScratchMap(void* memory, std::size_t size)
    : memory_(static_cast<char*>(memory), Unmap{size}),
      range_(std::make_unique<LetGoRange>(std::string_view{data(), size})) {}

std::optional<ScratchMap> ScratchMap::map(UniqueFd const& file, std::size_t size, int protection) {
    void* const memory = ::mmap(nullptr, size, protection, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) { // NOLINT(*-cstyle-cast, performance-no-int-to-ptr): the macro
        return std::nullopt;
    }
    return ScratchMap{memory, size};
}

std::optional<ScratchMap> ScratchMap::of(UniqueFd const& file, std::size_t size) {
    return map(file, size, PROT_READ);
}

std::optional<ScratchMap> ScratchMap::make(std::size_t size) {
    UniqueFd const file = scratch_file();
    // A full disk would otherwise show as SIGBUS at the first write.
    if (!file || ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)) != 0) {
        return std::nullopt;
    }
    return map(file, size, PROT_READ | PROT_WRITE);
}

} // namespace slipway::fs
