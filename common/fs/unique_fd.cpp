// SPDX-License-Identifier: Apache-2.0
#include "fs/unique_fd.hpp"

#include <unistd.h>

namespace slipway::fs {

void UniqueFd::reset() noexcept {
    if (fd_ >= 0) {
        ::close(std::exchange(fd_, -1));
    }
}

} // namespace slipway::fs
