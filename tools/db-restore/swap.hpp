// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "marker.hpp"
#include "site.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace slipway::db_restore {

/// Which database takes whose place.
struct Swap {
    std::int64_t live = 0; // oid of the database that is live now
    std::string next;      // name of the database that comes in its place
    std::int64_t next_oid = 0;
    std::string previous;               // the new name of the one that was live
    Marker marker;                      // for its comment
    std::optional<std::string> comment; // of the new live one
    bool terminate = false;
};

/// Renames both databases and sets both comments in one transaction, while a second session ends
/// the sessions of others as the first one waits. `leave` is called once nobody can come in any
/// more, on another thread: it must end the caller's own sessions in the live database. Returns
/// when the new one is live. Throws with nothing changed; or in_doubt where the connection was
/// lost in the commit and the server cannot be asked what became of it.
void swap(Site& site, Swap const& swap, std::function<void()> const& leave, tool::Context& context);

} // namespace slipway::db_restore
