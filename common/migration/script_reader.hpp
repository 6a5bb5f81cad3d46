// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: takes scripts apart, following psql's commands.
#pragma once

#include "migration/psql.hpp"
#include "migration/script.hpp"

#include <string>
#include <vector>

namespace slipway::migration {

/// Adds the statements of sources to a script, in the order in which psql would run them.
class ScriptReader {
public:
    explicit ScriptReader(Script& script) : script_(script) {}

    /// Adds a source to the script's; it stays where it is.
    Source const& keep(Source source);

    /// Takes the source apart; `path` is the file that it comes from.
    void read(Source const& source, fs::Path const& path);

    /// What `\echo` printed behind the last statement.
    [[nodiscard]] std::vector<std::string> says() const { return says_; }

private:
    void follow(Source const& source, sql::Statement const& command);
    void set(std::vector<std::string> const& arguments);
    void include(Source const& source, sql::Statement const& command, bool relative);
    void take(Source const& source, sql::Statement const& statement);
    void add(Source const& source, sql::Statement statement);

    Script& script_;
    PsqlVariables variables_;
    std::vector<fs::Path> open_; // the files that are being read, the outermost first
    std::vector<std::string> says_;
};

/// An error about a statement, at its place.
Error at_statement(
    Source const& source,
    std::size_t offset,
    std::string_view message,
    std::string hint);

} // namespace slipway::migration
