// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/temp_folder.hpp"
#include "support/database.hpp"
#include "support/run_tool.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::support {

/// The sample application's folder in the source tree.
fs::Path sample_app();

/// The database that the sample application has before its migrations, seeded: made once a
/// process, to be copied (Database{sample_database()}).
std::string const& sample_database();

/// A database and a folder of migrations, and migrate-apply between them.
class MigrationSite {
    fs::TempFolder folder_{"slipway-site-"};

public:
    /// An empty database, or a copy of `original`.
    MigrationSite() = default;
    explicit MigrationSite(std::string const& original) : db(original) {}

    /// Writes a file of the plain layout, or any other file of the folder.
    fs::Path add(std::string const& name, std::string_view content);

    /// Writes a migration of the Prisma layout.
    fs::Path add_prisma(std::string const& name, std::string_view content);

    void remove(std::string const& name);

    /// Runs migrate-apply with --dir and DATABASE_URL set.
    [[nodiscard]] ToolRun
    run(std::vector<std::string> args = {}, Environment const& more = {}) const;

    /// What both need to start it by other means.
    [[nodiscard]] std::vector<std::string> arguments(std::vector<std::string> args) const;
    [[nodiscard]] Environment environment(Environment const& more = {}) const;

    /// One value of a query, as text; empty for null.
    [[nodiscard]] std::string ask(std::string_view sql) const;

    /// pg_dump's text of the whole database, data included, without what differs from run to run.
    [[nodiscard]] std::string dump() const;

    Database db;
    fs::Path dir = folder_.path() / "migrations";
};

} // namespace slipway::support
