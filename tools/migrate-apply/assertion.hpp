// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::migrate_apply {

/// What the rows that an assertion answers mean. `judged`: a single boolean must be true, no row is
/// well, and any others are what is wrong. `ignored`: only an error is a failure, as for sqitch.
enum class Rows : std::uint8_t { judged, ignored };

/// Runs the statements of a script in a transaction that is rolled back, read only where rows are
/// judged, and adds a check; false where one did not hold. No row's content is told.
bool assert_script(
    Session& session,
    migration::Script const& script,
    std::string const& title,
    Rows rows);

/// Runs the assertions that lie beside these migrations, and those of --assert; false where one
/// did not hold.
bool assert_all(Session& session, std::vector<migration::Item const*> const& items);

} // namespace slipway::migrate_apply
