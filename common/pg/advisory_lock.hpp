// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace slipway::pg {

/// The key of the lock that backup, restore and migration share ("slipway" in ASCII): a dump that
/// stands with ACCESS SHARE in front of an ALTER TABLE stops every reader behind it.
inline constexpr std::int64_t deployment_lock = 0x736c6970776179;

/// Who holds an advisory lock.
struct LockHolder {
    std::int32_t pid = 0;
    std::string application_name;
    std::string user;
    std::string client;                 // address, or `local` for a Unix socket
    std::optional<time::Instant> since; // when its session began; the lock is younger
};

/// The session that holds the advisory lock of this key in this database, if any.
std::optional<LockHolder> holder_of(Connection& connection, std::int64_t key);

/// A session-level advisory lock, released by the destructor and by the end of the session;
/// move-only. Not to be trusted behind a transaction pooler (Connection::looks_pooled).
class AdvisoryLock {
public:
    /// Takes the lock if it is free.
    static std::optional<AdvisoryLock> try_take(Connection& connection, std::int64_t key);

    /// Takes the lock, asking every 50 to 500 ms until the deadline: a waiter that blocks inside
    /// of the server holds a snapshot, with which CREATE INDEX CONCURRENTLY would deadlock. Calls
    /// back with the holder at the first refusal and then every 5 s; throws refused with the
    /// holder's name at the deadline.
    static AdvisoryLock wait(
        Connection& connection,
        std::int64_t key,
        time::Deadline deadline,
        std::function<void(LockHolder const&)> const& on_wait = {});

    AdvisoryLock(AdvisoryLock const&) = delete;
    AdvisoryLock& operator=(AdvisoryLock const&) = delete;
    AdvisoryLock(AdvisoryLock&& other) noexcept;
    AdvisoryLock& operator=(AdvisoryLock&& other) noexcept;
    ~AdvisoryLock();

    /// Whether the session that holds the lock is still alive, as far as this side knows.
    [[nodiscard]] bool is_held() const;

    /// Gives the lock back now, whatever the limits say.
    void release() noexcept;

private:
    AdvisoryLock(std::shared_ptr<Wire> wire, std::int64_t key);
    std::shared_ptr<Wire> wire_;
    std::int64_t key_ = 0;
};

} // namespace slipway::pg
