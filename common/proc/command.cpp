// SPDX-License-Identifier: Apache-2.0
#include "proc/command.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "fs/unique_fd.hpp"
#include "proc/child.hpp"
#include "signal/stop.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/line_buffer.hpp"
#include "time/deadline.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::proc {

namespace {

constexpr time::Milliseconds patience_with_grandchildren{2000};
constexpr std::size_t kept_errors = 16384;
constexpr std::size_t kept_output = std::size_t{64} << 20U;

// A program that hears no more of its input is no reason to die of SIGPIPE, whether or not a
// StopSource ignores that signal in this process.
ssize_t write_quietly(int fd, std::string_view bytes) {
    sigset_t pipe;
    sigset_t before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
    ssize_t const done = ::write(fd, bytes.data(), bytes.size());
    int const code = errno;
    if (done < 0 && code == EPIPE) {
        timespec const at_once{};
        ::sigtimedwait(&pipe, nullptr, &at_once);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = code;
    return done;
}

// Feeds stdin and reads stdout and stderr until the child has closed both and has ended.
class Conversation {
public:
    Conversation(Command const& command, Child& child, std::stop_token const& stop)
        : command_(command), child_(child), stop_(stop), stop_fd_(stop),
          deadline_(
              command.timeout.count() > 0 ? time::Deadline::after(command.timeout)
                                          : time::Deadline::never()) {}

    Outcome hold() {
        while (!child_.reaped() || child_.output || child_.errors || must_kill_group()) {
            turn();
            if (child_.reaped() && !leaving_ && !must_kill_group()) {
                leaving_ = time::Deadline::after(patience_with_grandchildren);
            }
            if (leaving_ && leaving_->expired()) {
                // A process that the program left behind may keep the pipes open for ever.
                break;
            }
        }
        if (command_.on_error_line) {
            lines_.flush();
        }
        outcome_.exit_code = child_.exit_code();
        outcome_.signal = child_.signal();
        return std::move(outcome_);
    }

private:
    void turn() {
        std::array<pollfd, 4> fds{{
            {child_.output.get(), POLLIN, 0},
            {child_.errors.get(), POLLIN, 0},
            {child_.input.get(), POLLOUT, 0},
            {ending_ ? -1 : stop_fd_.get(), POLLIN, 0},
        }};
        // The end of the child is no event of these descriptors, so the wait is a short one
        // once its pipes are closed.
        bool const pipes = child_.output || child_.errors;
        auto const wait = std::min<std::int64_t>(deadline_.remaining().count(), pipes ? 200 : 10);
        ::poll(fds.data(), fds.size(), static_cast<int>(wait));
        read_output(fds[0]);
        read_errors(fds[1]);
        feed_input(fds[2]);
        child_.reap();
        end_if_due();
    }

    void read_output(pollfd const& fd) {
        if (fd.revents == 0) {
            return;
        }
        std::string_view const got = read_chunk(child_.output);
        if (got.empty()) {
            return;
        }
        if (command_.on_output) {
            command_.on_output(got);
        } else if (outcome_.output.size() < kept_output) {
            outcome_.output += got;
        }
    }

    void read_errors(pollfd const& fd) {
        if (fd.revents == 0) {
            return;
        }
        std::string_view const got = read_chunk(child_.errors);
        outcome_.error_tail += got;
        if (outcome_.error_tail.size() > 2 * kept_errors) {
            outcome_.error_tail.erase(0, outcome_.error_tail.size() - kept_errors);
        }
        if (command_.on_error_line) {
            lines_.add(got);
        }
    }

    std::string_view read_chunk(fs::UniqueFd& fd) {
        ssize_t const got = ::read(fd.get(), buffer_.data(), buffer_.size());
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
            fd.reset();
        }
        return {buffer_.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }

    void feed_input(pollfd const& fd) {
        if (!child_.input) {
            return;
        }
        if (fd.revents != 0 && sent_ < command_.input.size()) {
            ssize_t const done =
                write_quietly(child_.input.get(), std::string_view{command_.input}.substr(sent_));
            if (done > 0) {
                sent_ += static_cast<std::size_t>(done);
            } else if (errno != EINTR && errno != EAGAIN) {
                child_.input.reset(); // it does not want to hear more
                return;
            }
        }
        if (sent_ == command_.input.size()) {
            child_.input.reset();
        }
    }

    // A program that was told to end may be gone while what it started is not.
    [[nodiscard]] bool must_kill_group() const {
        return ending_ && !killed_ && child_.group_is_alive();
    }

    void end_if_due() {
        if (child_.reaped() && !ending_) {
            return; // what holds the pipes now is a stranger, and the program ended in time
        }
        if (!ending_ && (deadline_.expired() || stop_.stop_requested())) {
            ending_ = true;
            outcome_.stopped = stop_.stop_requested();
            outcome_.timed_out = !outcome_.stopped;
            child_.kill(SIGTERM);
            deadline_ = time::Deadline::after(command_.grace);
        } else if (ending_ && !killed_ && deadline_.expired()) {
            killed_ = true;
            child_.kill(SIGKILL);
            deadline_ = time::Deadline::never();
        }
    }

    Command const& command_;
    Child& child_;
    std::stop_token stop_;
    signal::StopFd stop_fd_;
    time::Deadline deadline_;
    Outcome outcome_;
    text::LineBuffer lines_{[this](std::string_view line) {
        command_.on_error_line(line);
    }};
    std::size_t sent_ = 0;
    std::optional<time::Deadline> leaving_;
    bool ending_ = false;
    bool killed_ = false;
    std::array<char, 65536> buffer_{};
};

} // namespace

std::string Outcome::how() const {
    if (timed_out) {
        return "ended by its deadline";
    }
    if (signal != 0) {
        return fmt::format("signal {} ({})", signal, ::strsignal(signal));
    }
    return fmt::format("exit code {}", exit_code);
}

fs::Path find_program(std::string_view name) {
    if (name.find('/') != std::string_view::npos) {
        return ::access(std::string{name}.c_str(), X_OK) == 0 ? fs::Path{name} : fs::Path{};
    }
    std::string const path = ci::variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
    for (auto const folder : text::split(path, ':')) {
        fs::Path const candidate = fs::Path{folder.empty() ? "." : folder} / name;
        std::error_code ignored;
        if (::access(candidate.c_str(), X_OK) == 0 &&
            std::filesystem::is_regular_file(candidate, ignored)) {
            return candidate;
        }
    }
    return {};
}

std::string display(Command const& command) {
    std::string out = text::shell_quote(command.program);
    for (auto const& argument : command.arguments) {
        out += " " + text::shell_quote(argument);
    }
    return out;
}

Outcome run(Command const& command, std::stop_token const& stop) {
    auto const started = std::chrono::steady_clock::now();
    Child child = Child::start(command);
    Outcome outcome = Conversation{command, child, stop}.hold();
    outcome.duration =
        std::chrono::duration_cast<time::Milliseconds>(std::chrono::steady_clock::now() - started);
    if (outcome.error_tail.size() > kept_errors) {
        outcome.error_tail.erase(0, outcome.error_tail.size() - kept_errors);
    }
    return outcome;
}

} // namespace slipway::proc
