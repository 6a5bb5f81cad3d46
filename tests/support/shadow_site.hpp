// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/migration_site.hpp"

#include <string>
#include <vector>

namespace slipway::support {

/// A database, a folder of migrations, and shadow runs between them.
class ShadowSite : public MigrationSite {
public:
    using MigrationSite::MigrationSite;

    /// Runs migrate-apply --dry-run; its run has the database's name, so that its scratch databases
    /// are told from those of other tests.
    [[nodiscard]] ToolRun shadow(std::vector<std::string> args = {}, Environment more = {}) const;

    /// The same on a private server.
    [[nodiscard]] ToolRun
    embedded(std::vector<std::string> args = {}, Environment const& more = {}) const;

    /// The scratch databases that are there.
    [[nodiscard]] std::vector<std::string> leftovers() const;

    /// What the private servers of all tests start from.
    static fs::Path cache();
};

} // namespace slipway::support
