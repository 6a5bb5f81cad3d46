// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/contents.hpp"
#include "backup/manifest.hpp"
#include "db_restore.hpp"
#include "pg/connection.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::db_restore {

/// Entries of an archive, run on one connection in the transaction that is open there.
class ArchiveLoad {
public:
    /// The folder is that of the unpacked archive, in which the list of entries is written.
    ArchiveLoad(
        backup::Manifest const& manifest,
        fs::Path folder,
        std::vector<backup::Entry> entries);

    /// Restores definitions, rows, indexes and constraints, in this order. Throws what the server
    /// refuses, after which the transaction is worth nothing.
    void run(pg::Connection& work, Options const& options, tool::Context& context);

    /// Restores the rows alone; each statement is changed before it is run.
    void run_data(
        pg::Connection& work,
        Options const& options,
        tool::Context& context,
        std::function<std::string(std::string_view)> change = {});

    /// What pg_restore prints of a section, `pre-data` or `post-data`.
    std::string
    definitions(std::string_view section, Options const& options, tool::Context& context);

private:
    backup::Manifest const& manifest_;
    fs::Path folder_;
    fs::Path list_;
};

} // namespace slipway::db_restore
