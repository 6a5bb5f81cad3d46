// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

namespace slipway::cluster {

/// PostgreSQL's server programs on this machine.
struct Installation {
    fs::Path bin; // the folder of postgres, initdb, …
    int major = 0;
};

/// Finds the newest installation, or the one of a major version: SLIPWAY_PG_BIN, then the
/// distributions' folders, then PATH; throws unavailable with what to install where there is none.
Installation find_installation(int major = 0);

} // namespace slipway::cluster
