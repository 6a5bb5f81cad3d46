// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/unique_fd.hpp"
#include "proc/command.hpp"

#include <optional>

#include <sys/types.h>

namespace slipway::proc {

/// A started program with our ends of its pipes; the destructor kills and reaps it.
class Child {
public:
    /// Throws unavailable, with the cause, where the program cannot be started.
    static Child start(Command const& command);

    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;
    ~Child();

    /// Takes the exit status if the program has ended; does not wait.
    void reap();

    [[nodiscard]] bool reaped() const { return status_.has_value(); }

    /// -1 where a signal ended it; valid once reaped.
    [[nodiscard]] int exit_code() const;

    /// 0 where it ended by itself; valid once reaped.
    [[nodiscard]] int signal() const;

    /// Sends a signal to the program's process group.
    void kill(int number) const;

    /// Whether any process of the program's group still runs, itself or one that it started.
    [[nodiscard]] bool group_is_alive() const;

    fs::UniqueFd input;
    fs::UniqueFd output;
    fs::UniqueFd errors;

private:
    explicit Child(pid_t pid) : pid_(pid) {}
    pid_t pid_ = -1;
    std::optional<int> status_;
};

} // namespace slipway::proc
