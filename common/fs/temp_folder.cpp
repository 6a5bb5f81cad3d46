// SPDX-License-Identifier: Apache-2.0
#include "fs/temp_folder.hpp"

#include "error/error.hpp"

#include <cstdlib>
#include <system_error>

namespace slipway::fs {

namespace {
void remove_quietly(Path const& path) {
    std::error_code ignored;
    if (!path.empty()) {
        std::filesystem::remove_all(path, ignored);
    }
}
} // namespace

TempFolder::TempFolder(std::string_view prefix, Path const& parent) {
    std::error_code ignored;
    Path const where = parent.empty() ? std::filesystem::temp_directory_path(ignored) : parent;
    std::string pattern = (where / (std::string{prefix} + "XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw Error{
            ErrorKind::unavailable,
            "cannot make a temporary folder in " + where.string() + ": " + last_error(),
            "Set TMPDIR to a folder that is writable."};
    }
    path_ = pattern;
}

TempFolder& TempFolder::operator=(TempFolder&& other) noexcept {
    if (this != &other) {
        remove_quietly(path_);
        path_ = std::exchange(other.path_, {});
    }
    return *this;
}

TempFolder::~TempFolder() {
    remove_quietly(path_);
}

} // namespace slipway::fs
