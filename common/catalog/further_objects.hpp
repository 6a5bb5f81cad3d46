// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace slipway::catalog {

/// Inside the room: queries of a snapshot for the kinds of objects that only an Extent of
/// `everything` has; written as those of snapshot.cpp.
struct FurtherQuery {
    int since = 0; // server version that has the catalog
    std::string_view sql;
};

std::span<FurtherQuery const> further_objects();

} // namespace slipway::catalog
