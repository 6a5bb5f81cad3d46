// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "time/clock.hpp"

#include <functional>
#include <memory>
#include <stop_token>

namespace slipway::signal {

/// Turns SIGINT and SIGTERM into a stop token for as long as it lives; one a process, made before
/// any thread. SIGPIPE and SIGXFSZ are ignored. After a signal the tool has `grace` to end by itself; then
/// `overdue` runs on the watching thread (it writes the record) and the process exits at once
/// with 130 or 143, so that a runner's SIGKILL never meets a tool without a record.
class StopSource {
public:
    explicit StopSource(time::Milliseconds grace, std::function<void(ErrorKind)> overdue);
    StopSource(StopSource const&) = delete;
    StopSource& operator=(StopSource const&) = delete;
    StopSource(StopSource&&) = delete;
    StopSource& operator=(StopSource&&) = delete;
    ~StopSource();

    [[nodiscard]] std::stop_token token() const;

    /// Requests a stop because the tool's own deadline has passed: stopped_error() is then a
    /// timeout.
    void deadline_passed();

    /// Says that nothing is left to be done in time, so that `overdue` no longer runs.
    void finished();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The error for the stop that was requested: interrupted or terminated by a signal, or timeout
/// by the tool's own deadline.
Error stopped_error();

/// Throws stopped_error() where a stop was requested.
void throw_if_stopped(std::stop_token const& stop);

/// A file descriptor that becomes readable when a stop is requested, for poll loops.
class StopFd {
public:
    explicit StopFd(std::stop_token const& stop);
    StopFd(StopFd const&) = delete;
    StopFd& operator=(StopFd const&) = delete;
    StopFd(StopFd&&) = delete;
    StopFd& operator=(StopFd&&) = delete;
    ~StopFd();

    [[nodiscard]] int get() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace slipway::signal
