// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "cluster/cluster.hpp"
#include "pg/conninfo.hpp"
#include "secret/secret.hpp"
#include "tool/context.hpp"

#include <optional>
#include <string>

namespace slipway::db_backup {

/// The empty database of a trial restore: on a private throw-away server, or on the one given. Its
/// destructor drops it; after a kill, the next trial of the same backup there does so.
class TrialDatabase {
public:
    /// `server` is a URL, or `embedded`. Throws usage where that server is older than the backup
    /// or lacks a role that a policy names.
    TrialDatabase(
        secret::Secret const& server,
        backup::Manifest const& manifest,
        tool::Context& context);
    TrialDatabase(TrialDatabase const&) = delete;
    TrialDatabase& operator=(TrialDatabase const&) = delete;
    TrialDatabase(TrialDatabase&&) = delete;
    TrialDatabase& operator=(TrialDatabase&&) = delete;
    ~TrialDatabase();

    [[nodiscard]] pg::ConnInfo where() const { return server_.with_database(name_); }

private:
    void start(backup::Manifest const& manifest);
    void use(secret::Secret const& server, backup::Manifest const& manifest);

    tool::Context& context_;
    std::optional<cluster::Cluster> own_;
    pg::ConnInfo server_;
    std::string name_;
    bool made_ = false;
};

} // namespace slipway::db_backup
