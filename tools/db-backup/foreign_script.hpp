// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace slipway::db_backup {

/// What is learnt of a script of pg_dump, line by line, without running it. Rows of COPY are passed
/// over.
class ScriptFacts {
public:
    void line(std::string_view text);

    /// Whether its head is that of a dump of PostgreSQL.
    [[nodiscard]] bool is_dump() const { return is_dump_; }

    /// Whether its end was reached: pg_dump says so in its last lines.
    [[nodiscard]] bool is_complete() const { return is_complete_; }

    /// `15.20`; empty where it does not say.
    [[nodiscard]] std::string const& server_version() const { return server_version_; }

    /// The database that it makes and connects to; empty where it does neither.
    [[nodiscard]] std::string const& database() const { return database_; }

    /// The roles that it gives objects and rights to.
    [[nodiscard]] std::set<std::string> const& roles() const { return roles_; }

    /// Why it must not be run: a command of psql that reaches beyond the database, or several
    /// databases; empty where nothing speaks against it.
    [[nodiscard]] std::string const& objection() const { return objection_; }

private:
    void command(std::string_view text);
    void add_role(std::string_view name);

    bool in_rows_ = false;
    bool is_dump_ = false;
    bool is_complete_ = false;
    std::string server_version_;
    std::string database_;
    std::set<std::string> roles_;
    std::string objection_;
};

} // namespace slipway::db_backup
