// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "proc/child.hpp"
#include "proc/command.hpp"
#include "support/database.hpp"

#include <string>
#include <utility>
#include <vector>

namespace slipway::support {

/// How a run of db-backup ended, and the record that it left.
struct Ended {
    int exit_code = -1;
    std::string output; // stdout and stderr
    json::Box record;

    /// The text at a path of object members: `data.id`; empty where it is no text.
    [[nodiscard]] std::string at(std::string const& path) const;

    /// `passed`, `failed`, … of the last check of that id; empty where there is none.
    [[nodiscard]] std::string check(std::string const& id) const;

    /// The whole record as text, to be searched.
    [[nodiscard]] std::string text() const;
};

/// The sample application's database (5000 users with profiles), and db-backup run on it from a
/// folder of its own.
class Shop {
public:
    Shop();

    /// Runs db-backup with DATABASE_URL to its end. Throws where its record's data does not meet
    /// docs/schema/db-backup-1.json.
    [[nodiscard]] Ended
    run(std::vector<std::string> arguments,
        std::vector<std::pair<std::string, std::string>> environment = {}) const;

    /// The command that run() runs.
    [[nodiscard]] proc::Command command(
        std::vector<std::string> arguments,
        std::vector<std::pair<std::string, std::string>> environment = {}) const;

    /// The record of the last run as it lies there.
    [[nodiscard]] json::Value record() const;

    /// What is in the backups' folder, names sorted; and the names of the partial folders alone.
    [[nodiscard]] std::vector<std::string> files() const;
    [[nodiscard]] std::vector<std::string> partials() const;

    /// Makes a folder for SLIPWAY_PG_BIN of the real programs, but pg_dump and pg_restore are these
    /// shell scripts, in which $REAL is the real one, $OUT what --file names, and $RESTORING is set
    /// where --dbname is given; --version is answered by the real ones.
    [[nodiscard]] fs::Path programs(
        std::string const& dump_script,
        std::string const& restore_script = "exec $REAL \"$@\"") const;

    [[nodiscard]] Database const& database() const { return database_; }
    [[nodiscard]] fs::Path const& folder() const { return folder_.path(); }
    [[nodiscard]] fs::Path backups() const { return folder() / "out" / "backups"; }

private:
    Database database_;
    fs::TempFolder folder_{"slipway-test-"};
};

/// Runs a stock program to its end against a database; throws where it fails.
std::string
stock(std::string program, std::vector<std::string> arguments, pg::ConnInfo const& target);

/// The rows of each user table, as `users=5000 …`, sorted by name.
std::string row_counts(Database const& database);

} // namespace slipway::support
