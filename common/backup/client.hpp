// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::backup {

/// A client program of PostgreSQL: pg_dump, pg_restore, ….
struct Client {
    fs::Path path;
    std::string version; // `15.20`
    int major = 0;
};

/// The program of the lowest major version that is at least `major`: from SLIPWAY_PG_BIN, else
/// the distributions' folders, else PATH. Asks each candidate for its version. Throws refused,
/// naming the package, where all are older; unavailable where there is none.
Client find_client(std::string_view program, int major, std::stop_token const& stop);

} // namespace slipway::backup
