// SPDX-License-Identifier: Apache-2.0
#include "stdin_feed.hpp"

#include <array>
#include <cerrno>

#include <poll.h>
#include <unistd.h>

namespace slipway::monitor {

namespace {
constexpr std::size_t most_waiting = std::size_t{64} << 20U;
constexpr int look_for_stop_ms = 100;
} // namespace

StdinFeed::StdinFeed() : reader_([this](std::stop_token const& stop) { collect(stop); }) {}

StdinFeed::~StdinFeed() = default;

void StdinFeed::collect(std::stop_token const& stop) {
    std::array<char, 64 * 1024> buffer{};
    while (!stop.stop_requested()) {
        pollfd wait{STDIN_FILENO, POLLIN, 0};
        if (::poll(&wait, 1, look_for_stop_ms) <= 0) {
            continue;
        }
        auto const got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        std::scoped_lock const lock{mutex_};
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
            ended_ = true;
            return;
        }
        auto const count = got > 0 ? static_cast<std::size_t>(got) : 0;
        if (waiting_.size() + count > most_waiting) {
            lost_ += count;
        } else {
            waiting_.append(buffer.data(), count);
        }
    }
}

Fed StdinFeed::read(LineSink& into, Allowance const& allowance) {
    static_cast<void>(allowance); // what waits is bounded
    Fed out;
    std::string taken;
    bool ended = false;
    {
        std::scoped_lock const lock{mutex_};
        taken.swap(waiting_);
        out.lost_bytes = std::exchange(lost_, 0);
        ended = ended_;
    }
    lines_.add(taken, offset_, into);
    offset_ += taken.size();
    out.bytes = taken.size();
    if (out.lost_bytes > 0) {
        out.gap = "stdin brings more than can be kept";
        into.cut();
        lines_.restart(true);
    }
    if (ended) {
        lines_.flush(into);
        if (taken.empty()) {
            out.gap = "stdin has ended";
        }
    }
    return out;
}

std::string StdinFeed::position(std::optional<std::uint64_t> held) {
    static_cast<void>(held);
    return "";
}

void StdinFeed::resume(std::string const& position) {
    static_cast<void>(position);
}

} // namespace slipway::monitor
