// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/temp_folder.hpp"
#include "support/database.hpp"
#include "support/run_tool.hpp"

#include <string>
#include <vector>

namespace slipway::support {

/// A small database with something of everything, a folder of backups, and the tools run on them.
/// Its databases all have the name of the first one as their beginning, and go with it.
class RestoreSite {
public:
    RestoreSite();
    RestoreSite(RestoreSite const&) = delete;
    RestoreSite& operator=(RestoreSite const&) = delete;
    RestoreSite(RestoreSite&&) = delete;
    RestoreSite& operator=(RestoreSite&&) = delete;
    ~RestoreSite();

    /// Runs a tool with DATABASE_URL and BACKUP_DIR set.
    [[nodiscard]] ToolRun
    run(std::string const& tool,
        std::vector<std::string> arguments,
        Environment const& more = {}) const;

    [[nodiscard]] ToolRun restore(std::vector<std::string> arguments) const;

    /// Backs the database up, which must succeed; returns the backup's id.
    std::string backup(std::vector<std::string> arguments = {}) const;

    /// Changes a member of a backup's manifest, a number or text as JSON.
    void forge(std::string const& id, std::string const& member, std::string const& value) const;

    /// The databases that restores made or replaced, sorted.
    [[nodiscard]] std::vector<std::string> siblings() const;

    /// Those whose name holds the word.
    [[nodiscard]] std::vector<std::string> siblings(std::string_view word) const;

    /// Runs a script in the database, or one statement in `postgres`.
    void sql(std::string_view script) const { database_.run(script); }
    void server_sql(std::string_view statement) const;

    /// The only value that a query answers, as text, in the database of that name (by default the
    /// live one).
    [[nodiscard]] std::string value(std::string_view query, std::string const& database = "") const;

    [[nodiscard]] Environment environment() const;
    [[nodiscard]] Database const& database() const { return database_; }
    [[nodiscard]] std::string const& name() const { return database_.name(); }
    [[nodiscard]] fs::Path folder() const { return folder_.path(); }
    [[nodiscard]] fs::Path backups() const { return folder() / "backups"; }

private:
    Database database_;
    fs::TempFolder folder_{"slipway-restore-"};
};

} // namespace slipway::support
