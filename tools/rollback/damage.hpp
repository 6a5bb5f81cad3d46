// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

namespace slipway::rollback {

/// Whether the server says that it has found its own files damaged: data_corrupted or
/// index_corrupted (PostgreSQL documentation, appendix A).
inline bool tells_damage(Error const& error) {
    return error.sqlstate() == "XX001" || error.sqlstate() == "XX002";
}

} // namespace slipway::rollback
