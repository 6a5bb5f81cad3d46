// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster/cluster.hpp"
#include "session.hpp"

#include <string_view>

namespace slipway::migrate_apply {

/// The ways to rehearse where there is no shadow, as a hint.
extern std::string_view const ways_without_shadow;

/// A private server of the target's major version, with its roles: the same attributes and
/// memberships, no passwords, and only the session's own may log in. Throws refused where the
/// programs are missing, unavailable where it does not start.
cluster::Cluster start_shadow_server(Session& target);

/// Whether a server's log complains of a full disk. Pure.
bool tells_of_full_disk(std::string_view log);

} // namespace slipway::migrate_apply
