// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "fs/unique_fd.hpp"
#include "time/deadline.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace slipway::cluster {

/// The user that the server runs as.
struct Identity {
    uid_t user = 0;
    gid_t group = 0;
};

/// The unprivileged user to become where this process is root (the server refuses root):
/// postgres, else nobody; nothing where this process is not root.
std::optional<Identity> unprivileged();

/// Gives a path (not what is below it) to the unprivileged user where this process is root.
void hand_over(fs::Path const& path);

/// A program with its arguments; its output is appended to `log`.
struct Command {
    fs::Path program;
    std::vector<std::string> arguments;
    fs::Path log;
};

/// Runs a program as the unprivileged user; its exit code, 128 + n after signal n. On the deadline
/// or a stop it is killed and timeout or the stop's error thrown.
int run(Command const& command, time::Deadline deadline, std::stop_token const& stop);

/// A server under a supervising process that ends it when this process ends in whatever way: the
/// supervisor sees the end of a pipe of which this process holds the only other end.
class Supervised {
public:
    /// Starts; after an end of this process without stop() or release(), `doomed` is removed.
    Supervised(Command const& command, fs::Path const& doomed);
    Supervised(Supervised const&) = delete;
    Supervised& operator=(Supervised const&) = delete;
    Supervised(Supervised&& other) noexcept;
    Supervised& operator=(Supervised&& other) noexcept;
    ~Supervised();

    /// Whether the server has not ended by itself.
    [[nodiscard]] bool is_running();

    /// Ends the server at once (SIGQUIT) and waits for it.
    void stop() noexcept;

    /// Lets the server live on without this process.
    void release() noexcept;

private:
    void tell(char word) noexcept;
    pid_t supervisor_ = -1;
    fs::UniqueFd lifeline_;
};

} // namespace slipway::cluster
