// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <string>
#include <string_view>

namespace slipway::support {

/// The superuser's address of the shared test server's database `postgres`; throws with the
/// command to type where none was started.
pg::ConnInfo test_server();

/// A database for one test case: made new, dropped at its end (kept where KEEP_TEST_DB is set).
class Database {
public:
    Database();

    /// A copy of the database of that name, to which nobody may be connected meanwhile.
    explicit Database(std::string const& original);
    Database(Database const&) = delete;
    Database& operator=(Database const&) = delete;
    Database(Database&&) = delete;
    Database& operator=(Database&&) = delete;
    ~Database();

    [[nodiscard]] pg::ConnInfo const& conninfo() const { return conninfo_; }
    [[nodiscard]] std::string const& name() const { return name_; }

    /// A new connection to it.
    [[nodiscard]] pg::Connection connect(pg::Options options = {}) const;

    /// Runs a script on a connection of its own.
    void run(std::string_view sql) const;

private:
    std::string name_;
    pg::ConnInfo conninfo_;
};

} // namespace slipway::support
