// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster/cluster.hpp"
#include "fs/temp_folder.hpp"

#include <optional>
#include <string>

namespace slipway::support {

/// Two private servers: a primary, and a replica that streams from it, made by pg_basebackup.
class Replication {
public:
    /// Returns when both accept connections.
    Replication();

    [[nodiscard]] pg::ConnInfo primary() const { return primary_.conninfo(); }
    [[nodiscard]] pg::ConnInfo replica() const;

    /// Runs statements on one of them, as its superuser.
    static void run(pg::ConnInfo const& server, std::string_view sql);

    /// Writes some 2 MB of WAL on the primary.
    void write_wal() const;

    void stop_replica();

private:
    void copy_primary() const;
    void start_replica();

    cluster::Cluster primary_;
    fs::TempFolder folder_{"slipway-replica-"};
    std::string port_;
    std::optional<cluster::Supervised> server_;
};

} // namespace slipway::support
