// SPDX-License-Identifier: Apache-2.0
#include "signal/stop.hpp"

#include <atomic>
#include <csignal>
#include <ctime>
#include <optional>
#include <thread>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace slipway::signal {

namespace {

std::atomic<int> last_signal{0};
std::atomic<bool> own_deadline{false};

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    // The destructor wakes the watching thread with it.
    sigaddset(&set, SIGUSR1);
    return set;
}

ErrorKind kind_of(int number) {
    return number == SIGTERM ? ErrorKind::terminated : ErrorKind::interrupted;
}

} // namespace

struct StopSource::State {
    std::stop_source stop;
    std::function<void(ErrorKind)> overdue;
    time::Milliseconds grace{0};
    std::atomic<bool> ending{false};
    std::thread watcher;

    void watch() {
        sigset_t const set = watched_signals();
        for (;;) {
            int number = 0;
            if (sigwait(&set, &number) != 0 || ending) {
                return;
            }
            if (number == SIGUSR1) {
                continue;
            }
            last_signal = number;
            stop.request_stop();
            break;
        }
        timespec const patience{
            .tv_sec = grace.count() / 1000, .tv_nsec = grace.count() % 1000 * 1'000'000};
        sigset_t wake;
        sigemptyset(&wake);
        sigaddset(&wake, SIGUSR1);
        while (!ending) {
            if (sigtimedwait(&wake, nullptr, &patience) < 0 && errno == EAGAIN && !ending) {
                ErrorKind const kind = kind_of(last_signal);
                try {
                    overdue(kind);
                } catch (...) {
                    // The last word could not be written; the exit code is still the signal's.
                    ::_exit(exit_code(kind));
                }
                ::_exit(exit_code(kind));
            }
        }
    }
};

StopSource::StopSource(time::Milliseconds grace, std::function<void(ErrorKind)> overdue)
    : state_(std::make_unique<State>()) {
    state_->overdue = std::move(overdue);
    state_->grace = grace;
    std::signal(SIGPIPE, SIG_IGN);
    // A write beyond the limit for files then fails, as one on a full disk does.
    std::signal(SIGXFSZ, SIG_IGN);
    sigset_t const set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    state_->watcher = std::thread{[state = state_.get()] {
        state->watch();
    }};
}

StopSource::~StopSource() {
    state_->ending = true;
    pthread_kill(state_->watcher.native_handle(), SIGUSR1);
    state_->watcher.join();
}

std::stop_token StopSource::token() const {
    return state_->stop.get_token();
}

void StopSource::deadline_passed() {
    own_deadline = true;
    state_->stop.request_stop();
}

void StopSource::finished() {
    state_->ending = true;
}

Error stopped_error() {
    if (last_signal == 0 && own_deadline) {
        return Error{
            ErrorKind::timeout,
            "the deadline of --timeout has passed",
            "Give it more time with --timeout, or look into what it waited for."};
    }
    bool const terminated = last_signal == SIGTERM;
    return Error{
        terminated ? ErrorKind::terminated : ErrorKind::interrupted,
        terminated ? "stopped by SIGTERM" : "stopped by SIGINT"};
}

void throw_if_stopped(std::stop_token const& stop) {
    if (stop.stop_requested()) {
        throw stopped_error();
    }
}

struct StopFd::State {
    explicit State(int event) : fd(event) {}
    int fd;
    std::optional<std::stop_callback<std::function<void()>>> callback;
};

StopFd::StopFd(std::stop_token const& stop)
    : state_(std::make_unique<State>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
    if (state_->fd < 0) {
        throw Error{ErrorKind::internal, "the system gave no event descriptor"};
    }
    state_->callback.emplace(stop, [fd = state_->fd] {
        // Cannot fail on a fresh event descriptor; there is nobody to tell either.
        eventfd_write(fd, 1);
    });
}

StopFd::~StopFd() {
    state_->callback.reset();
    ::close(state_->fd);
}

int StopFd::get() const {
    return state_->fd;
}

} // namespace slipway::signal
