// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/store.hpp"

#include <string>
#include <vector>

namespace slipway::backup {

/// A whole backup that a run, which is dead, had yet to bring to some places.
struct Unsent {
    Partial partial; // of that run; goes with the object, unless it is kept again
    Stored stored;   // below the partial folder, or beside it where it is published there
    std::vector<std::string> places;
};

/// Notes in a partial folder that its backup is whole, and where it still has to go: as long as
/// sweep() finds that note, less than a day old, it leaves the folder alone. Where `with_manifest`,
/// the archive is in `work` below it and is given its manifest there.
void note_unsent(
    Partial const& partial,
    Manifest const& manifest,
    std::vector<std::string> const& places,
    bool with_manifest);

/// What dead runs left unsent in a folder; taken over, so that no other run does so.
std::vector<Unsent> take_unsent(fs::Path const& store, std::stop_token const& stop);

} // namespace slipway::backup
