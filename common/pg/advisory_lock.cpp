// SPDX-License-Identifier: Apache-2.0
#include "pg/advisory_lock.hpp"

#include "pg/wire.hpp"

#include <algorithm>
#include <utility>

namespace slipway::pg {

namespace {

using namespace std::chrono_literals;

constexpr time::Milliseconds shortest_pause = 50ms;
constexpr time::Milliseconds longest_pause = 500ms;
constexpr time::Milliseconds between_reports = 5s;

bool take(Connection& connection, std::int64_t key) {
    return connection.exec("select pg_try_advisory_lock($1::bigint)", {key}).one_value<bool>();
}

Error still_held(std::optional<LockHolder> const& holder) {
    std::string who = "another session";
    if (holder) {
        who = "process " + std::to_string(holder->pid) +
              (holder->application_name.empty() ? "" : " (" + holder->application_name + ")") +
              " of user " + holder->user + " from " + holder->client;
    }
    return Error{
        ErrorKind::refused,
        "the advisory lock is held by " + who,
        "Wait for that session to end; if it is dead, end it with pg_terminate_backend."};
}

} // namespace

std::optional<LockHolder> holder_of(Connection& connection, std::int64_t key) {
    // A 64-bit key lies in two halves in pg_locks, with objsubid 1 (documentation of pg_locks).
    constexpr std::string_view sql = R"(
select l.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, ''),
       coalesce(host(a.client_addr), 'local'),
       (extract(epoch from a.backend_start) * 1000)::bigint
from pg_locks l
left join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select oid from pg_database where datname = current_database())
  and l.classid = (($1::bigint >> 32) & 4294967295)::oid
  and l.objid = ($1::bigint & 4294967295)::oid
order by l.pid limit 1)";
    auto const found = connection.exec(sql, {key});
    if (found.empty()) {
        return std::nullopt;
    }
    auto const row = found.one_row();
    LockHolder out{
        row.get<std::int32_t>(0),
        row.get<std::string>(1),
        row.get<std::string>(2),
        row.get<std::string>(3),
        std::nullopt};
    if (auto const began = row.get<std::optional<std::int64_t>>(4)) {
        out.since = time::Instant{time::Milliseconds{*began}};
    }
    return out;
}

AdvisoryLock::AdvisoryLock(std::shared_ptr<Wire> wire, std::int64_t key)
    : wire_(std::move(wire)), key_(key) {}

AdvisoryLock::AdvisoryLock(AdvisoryLock&& other) noexcept
    : wire_(std::exchange(other.wire_, nullptr)), key_(other.key_) {}

AdvisoryLock& AdvisoryLock::operator=(AdvisoryLock&& other) noexcept {
    if (this != &other) {
        release();
        wire_ = std::exchange(other.wire_, nullptr);
        key_ = other.key_;
    }
    return *this;
}

AdvisoryLock::~AdvisoryLock() {
    release();
}

std::optional<AdvisoryLock> AdvisoryLock::try_take(Connection& connection, std::int64_t key) {
    if (!take(connection, key)) {
        return std::nullopt;
    }
    return AdvisoryLock{connection.wire(), key};
}

AdvisoryLock AdvisoryLock::wait(
    Connection& connection,
    std::int64_t key,
    time::Deadline deadline,
    std::function<void(LockHolder const&)> const& on_wait) {
    auto pause = shortest_pause;
    auto next_report = time::Deadline::after(0ms);
    while (!take(connection, key)) {
        if (next_report.expired() && on_wait) {
            if (auto const holder = holder_of(connection, key)) {
                on_wait(*holder);
                next_report = time::Deadline::after(between_reports);
            }
        }
        End const end = connection.wire()->pause(pause, deadline);
        if (end == End::stopped) {
            throw signal::stopped_error();
        }
        if (end == End::deadline) {
            connection.wire()->require_time(time::Deadline::never(), Heed::limits);
            throw still_held(holder_of(connection, key));
        }
        pause = std::min(pause * 3 / 2, longest_pause);
    }
    return AdvisoryLock{connection.wire(), key};
}

bool AdvisoryLock::is_held() const {
    return wire_ != nullptr && wire_->is_open();
}

void AdvisoryLock::release() noexcept {
    if (wire_ != nullptr) {
        // In a failed transaction, a copy or a pipeline this fails: the lock then goes with the
        // session.
        wire_->run_quietly("select pg_advisory_unlock(" + std::to_string(key_) + ")");
        wire_.reset();
    }
}

} // namespace slipway::pg
