// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "time/clock.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace slipway::migrate_apply {

/// Looks, on a connection of its own and in a thread of its own, whether a session waits for a
/// lock and who holds it up. Connects only when work takes long; where it cannot, it says nothing.
class BlockWatch {
public:
    /// `open` connects and stops trying when it is told to. `tell` is called from the watching thread, when the session begins to be held up and every
    /// 5 s while it is.
    BlockWatch(
        std::function<pg::Connection(std::stop_token)> open,
        std::int32_t pid,
        time::Milliseconds interval,
        std::function<void(std::string const&)> tell);
    BlockWatch(BlockWatch const&) = delete;
    BlockWatch& operator=(BlockWatch const&) = delete;
    BlockWatch(BlockWatch&&) = delete;
    BlockWatch& operator=(BlockWatch&&) = delete;
    ~BlockWatch();

    /// A piece of work that is watched while this object lives.
    class Shift {
    public:
        explicit Shift(BlockWatch& watch);
        Shift(Shift const&) = delete;
        Shift& operator=(Shift const&) = delete;
        Shift(Shift&&) = delete;
        Shift& operator=(Shift&&) = delete;
        ~Shift();

        /// What held the session up last: `waited for AccessExclusiveLock on public.users, held by
        /// process 12 (psql, idle in transaction)`; empty where nothing was seen.
        [[nodiscard]] std::string seen() const;

    private:
        BlockWatch& watch_;
    };

private:
    void watch(std::stop_token const& stop);
    bool due() const;
    void look(pg::Connection& connection);

    std::function<pg::Connection(std::stop_token)> open_;
    std::int32_t pid_;
    time::Milliseconds interval_;
    std::function<void(std::string const&)> tell_;
    std::mutex mutable mutex_;
    std::condition_variable_any wake_;
    std::optional<time::Deadline> due_;  // nothing: no work is under way
    std::optional<time::Deadline> told_; // until when it need not be told again
    std::string seen_;
    std::jthread thread_; // the last, so that it ends first
};

} // namespace slipway::migrate_apply
