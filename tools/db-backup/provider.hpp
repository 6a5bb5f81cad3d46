// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "tool/context.hpp"

#include <string>

namespace slipway::db_backup {

/// Runs the provider's command by the shell (SLIPWAY_BACKUP_ID and SLIPWAY_ENVIRONMENT set) and
/// takes the last line that it writes as the marker of its snapshot or point in time; notes the
/// check `provider.snapshot`, and throws failed where the command fails or says nothing.
backup::ProviderSnapshot take_provider_snapshot(
    std::string const& command,
    std::string const& backup_id,
    tool::Context& context);

} // namespace slipway::db_backup
