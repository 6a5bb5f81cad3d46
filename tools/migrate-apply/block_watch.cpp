// SPDX-License-Identifier: Apache-2.0
#include "block_watch.hpp"

#include "catalog/activity.hpp"
#include "error/error.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using namespace std::chrono_literals;

constexpr time::Milliseconds between_reports = 5s;

std::string holders(pg::Connection& connection, catalog::Blocked const& blocked) {
    std::string array = "{";
    for (auto const pid : blocked.blocked_by) {
        array += fmt::format("{}{}", array.size() > 1 ? "," : "", pid);
    }
    auto const found = connection.exec(
        "select string_agg(format('process %s (%s%s)', pid,"
        " nullif(application_name, '') || ', ', coalesce(state, backend_type)), ' and ')"
        " from pg_stat_activity where pid = any($1::int[])",
        {array + "}"});
    return found[0].get<std::optional<std::string>>(0).value_or("another session");
}

} // namespace

BlockWatch::BlockWatch(
    std::function<pg::Connection(std::stop_token)> open,
    std::int32_t pid,
    time::Milliseconds interval,
    std::function<void(std::string const&)> tell)
    : open_(std::move(open)), pid_(pid), interval_(interval), tell_(std::move(tell)),
      thread_([this](std::stop_token const& stop) { watch(stop); }) {}

BlockWatch::~BlockWatch() = default;

BlockWatch::Shift::Shift(BlockWatch& watch) : watch_(watch) {
    std::scoped_lock const lock{watch_.mutex_};
    watch_.seen_.clear();
    watch_.told_.reset();
    watch_.due_ = time::Deadline::after(watch_.interval_);
}

BlockWatch::Shift::~Shift() {
    std::scoped_lock const lock{watch_.mutex_};
    watch_.due_.reset();
}

std::string BlockWatch::Shift::seen() const {
    std::scoped_lock const lock{watch_.mutex_};
    return watch_.seen_;
}

bool BlockWatch::due() const {
    std::scoped_lock const lock{mutex_};
    return due_ && due_->expired();
}

void BlockWatch::watch(std::stop_token const& stop) {
    std::optional<pg::Connection> connection;
    try {
        while (!stop.stop_requested()) {
            {
                std::unique_lock lock{mutex_};
                wake_.wait_for(lock, stop, interval_, [] { return false; });
            }
            if (stop.stop_requested() || !due()) {
                continue;
            }
            if (!connection) {
                connection.emplace(open_(stop));
                connection->set_limits(time::Deadline::never(), stop);
            }
            look(*connection);
        }
    } catch (Error const&) { // NOLINT(bugprone-empty-catch)
        // It is an extra: the work itself tells what becomes of it.
    }
}

void BlockWatch::look(pg::Connection& connection) {
    auto const waiting = catalog::blockers(connection, pid_);
    if (waiting.empty() || waiting.front().blocked_by.empty()) {
        return;
    }
    auto const& first = waiting.front();
    std::string const words = fmt::format(
        "waited for {}{}{}, held by {}",
        first.lock_mode,
        first.relation.empty() ? "" : " on ",
        first.relation,
        holders(connection, first));
    bool tell = false;
    {
        std::scoped_lock const lock{mutex_};
        if (!due_) {
            return; // the work ended meanwhile
        }
        seen_ = words;
        tell = !told_ || told_->expired();
        if (tell) {
            told_ = time::Deadline::after(between_reports);
        }
    }
    if (tell) {
        tell_(words);
    }
}

} // namespace slipway::migrate_apply
