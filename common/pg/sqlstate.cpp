// SPDX-License-Identifier: Apache-2.0
#include "pg/sqlstate.hpp"

namespace slipway::pg::sqlstate {

ErrorKind kind_of(std::string_view code) {
    if (code.starts_with("08") || code == admin_shutdown || code == crash_shutdown ||
        code == cannot_connect_now || code == too_many_connections) {
        return ErrorKind::unavailable;
    }
    if (code.starts_with("28") || code == unknown_database || code == unknown_schema ||
        code == insufficient_privilege) {
        return ErrorKind::usage;
    }
    if (code == query_canceled) {
        return ErrorKind::timeout;
    }
    if (code == lock_not_available) {
        return ErrorKind::refused;
    }
    return ErrorKind::failed;
}

std::string_view hint_for(std::string_view code) {
    if (code == invalid_password) {
        return "Check the user name and the password of the connection string; special characters "
               "in a URL's password must be percent-encoded.";
    }
    if (code == invalid_authorization) {
        return "Check that the role exists, may log in, and is let in by the server's pg_hba.conf "
               "from this host and with this sslmode.";
    }
    if (code == unknown_database) {
        return "Check the database name in the connection string, or create the database first.";
    }
    if (code == insufficient_privilege) {
        return "GRANT the role the privilege that is missing, or connect as the owner.";
    }
    if (code == too_many_connections) {
        return "Wait for connections to end, or raise max_connections.";
    }
    if (code == cannot_connect_now) {
        return "The server is starting up or shutting down: try again.";
    }
    if (code == lock_not_available) {
        return "Another session holds the lock: see the blockers, then try again.";
    }
    return {};
}

} // namespace slipway::pg::sqlstate
