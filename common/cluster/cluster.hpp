// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster/child.hpp"
#include "fs/temp_folder.hpp"
#include "pg/conninfo.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace slipway::cluster {

/// How to start a throw-away server.
struct Settings {
    int major = 0;    // of the server; 0 is the newest installed
    bool tcp = false; // listen on 127.0.0.1 as well, at a free port, without passwords
    std::vector<std::string> hba = {}; // lines of pg_hba.conf that come first
    std::vector<std::pair<std::string, std::string>> parameters = {}; // of postgresql.conf
    fs::Path folder =
        {}; // new or empty, stays; by default a temporary one that goes with the server
    fs::Path cache = {}; // holds a prepared data directory to copy: 0.3 s in place of 2 s
    time::Milliseconds timeout{60'000};
    std::stop_token stop = {};
};

/// A private throw-away PostgreSQL: superuser `slipway`, UTF-8, nothing durable (fsync is off), a
/// Unix socket in a private folder. Run as postgres or nobody where this process is root. It ends
/// with this object and with this process, even by SIGKILL, unless detached; move-only.
class Cluster {
public:
    /// Makes a data directory and starts a server on it; returns when it accepts connections.
    /// Throws unavailable with the end of the server's log where it does not start, and timeout.
    static Cluster start(Settings const& settings);

    /// A server that was detached, by its folder; throws unavailable where none runs there. It
    /// ends with stop() only.
    static Cluster attach(fs::Path const& folder);

    Cluster(Cluster const&) = delete;
    Cluster& operator=(Cluster const&) = delete;
    Cluster(Cluster&&) noexcept = default;
    Cluster& operator=(Cluster&&) = delete;
    ~Cluster() = default;

    /// How to connect as its superuser, over TCP where it listens there, else the socket.
    [[nodiscard]] pg::ConnInfo conninfo(std::string const& database = "postgres") const;

    /// Ends the server at once and removes its data.
    void stop();

    /// Lets the server outlive this object and this process; its folder stays, too.
    void detach();

    [[nodiscard]] fs::Path const& folder() const { return folder_; }
    [[nodiscard]] fs::Path log() const { return folder_ / "log"; }
    [[nodiscard]] int postmaster_pid() const { return postmaster_; }

private:
    Cluster() = default;
    void read_address(std::vector<std::string> const& pid_file);

    std::optional<fs::TempFolder> own_folder_;
    std::optional<fs::TempFolder> own_sockets_;
    fs::Path folder_;
    std::string sockets_;
    std::string port_;
    bool tcp_ = false;
    int postmaster_ = 0;
    std::optional<Supervised> server_; // the first to go
};

} // namespace slipway::cluster
