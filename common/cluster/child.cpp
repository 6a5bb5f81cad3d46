// SPDX-License-Identifier: Apache-2.0
#include "cluster/child.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "signal/stop.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slipway::cluster {

namespace {

using namespace std::chrono_literals;

constexpr char word_stop = 'q';
constexpr char word_release = 'r';
constexpr int lifeline_fd = 3;
constexpr int cannot_exec = 127;

// All that a child needs, made before fork: between fork and exec only async-signal-safe calls
// are allowed, and none of these allocates.
struct Prepared {
    std::vector<std::string> texts;
    std::vector<char*> argv;
    std::vector<char*> envp;
    std::string log;
    std::optional<Identity> identity;
    std::string doomed;
};

Prepared prepare(Command const& command) {
    Prepared out;
    out.texts.push_back(command.program.string());
    out.texts.insert(out.texts.end(), command.arguments.begin(), command.arguments.end());
    std::size_t const arguments = out.texts.size();
    // None of the caller's PG* variables, which would be settings for the server's programs too.
    out.texts.push_back("PATH=" + ci::variable("PATH").value_or("/usr/bin:/bin"));
    out.texts.emplace_back("LC_ALL=C");
    out.texts.emplace_back("HOME=/");
    if (auto const zone = ci::variable("TZ")) {
        out.texts.push_back("TZ=" + *zone);
    }
    for (std::size_t i = 0; i < out.texts.size(); ++i) {
        (i < arguments ? out.argv : out.envp).push_back(out.texts[i].data());
    }
    out.argv.push_back(nullptr);
    out.envp.push_back(nullptr);
    out.log = command.log.string();
    out.identity = unprivileged();
    return out;
}

void become(Prepared const& plan) {
    if (plan.identity && (::setgroups(0, nullptr) != 0 || ::setgid(plan.identity->group) != 0 ||
                          ::setuid(plan.identity->user) != 0)) {
        ::_exit(cannot_exec);
    }
}

void reset_signals() {
    sigset_t none;
    sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    static_cast<void>(std::signal(SIGPIPE, SIG_DFL));
}

void redirect(Prepared const& plan) {
    constexpr mode_t log_mode = 0644;
    int const null = ::open("/dev/null", O_RDONLY);
    int const log = ::open(plan.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, log_mode);
    ::dup2(null, STDIN_FILENO);
    ::dup2(log >= 0 ? log : null, STDOUT_FILENO);
    ::dup2(log >= 0 ? log : null, STDERR_FILENO);
}

[[noreturn]] void execute(Prepared const& plan) {
    ::close_range(lifeline_fd, UINT_MAX, 0);
    if (::chdir("/") == 0) {
        ::execve(plan.argv.front(), plan.argv.data(), plan.envp.data());
    }
    ::_exit(cannot_exec);
}

void sleep_a_little() {
    timespec const step{.tv_sec = 0, .tv_nsec = 20'000'000};
    ::nanosleep(&step, nullptr);
}

// SIGQUIT is the server's immediate shutdown; a postmaster that does not even react to it within
// five seconds is killed.
void end_server(pid_t server) {
    ::kill(server, SIGQUIT);
    for (int i = 0; i < 250; ++i) {
        if (::waitpid(server, nullptr, WNOHANG) != 0) {
            return;
        }
        sleep_a_little();
    }
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
}

[[noreturn]] void remove_folder(Prepared const& plan) {
    std::array<char const*, 5> const argv{"rm", "-rf", "--", plan.doomed.c_str(), nullptr};
    // execve takes pointers to non-const for reasons of age and only reads.
    ::execve("/bin/rm", const_cast<char* const*>(argv.data()), plan.envp.data()); // NOLINT
    ::_exit(0);
}

// Runs in the forked supervisor, which never execs.
[[noreturn]] void supervise(Prepared const& plan, int lifeline) {
    constexpr int tick_ms = 100;
    ::setsid();
    become(plan);
    reset_signals();
    redirect(plan);
    if (lifeline != lifeline_fd) {
        ::dup2(lifeline, lifeline_fd);
    }
    ::close_range(lifeline_fd + 1, UINT_MAX, 0);
    pid_t const server = ::fork();
    if (server == 0) {
        execute(plan);
    }
    for (;;) {
        if (server < 0 || ::waitpid(server, nullptr, WNOHANG) != 0) {
            ::_exit(1);
        }
        pollfd fd{.fd = lifeline_fd, .events = POLLIN, .revents = 0};
        if (::poll(&fd, 1, tick_ms) <= 0) {
            continue;
        }
        char word = 0;
        ssize_t const got = ::read(lifeline_fd, &word, 1);
        if (got == 1 && word == word_release) {
            ::_exit(0);
        }
        end_server(server);
        if (got != 1 && !plan.doomed.empty()) {
            remove_folder(plan);
        }
        ::_exit(0);
    }
}

} // namespace

std::optional<Identity> unprivileged() {
    if (::geteuid() != 0) {
        return std::nullopt;
    }
    for (char const* const name : {"postgres", "nobody"}) {
        std::array<char, 4096> buffer{};
        passwd entry{};
        passwd* found = nullptr;
        if (::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) == 0 &&
            found != nullptr) {
            return Identity{found->pw_uid, found->pw_gid};
        }
    }
    throw Error{
        ErrorKind::unavailable,
        "PostgreSQL does not run as root, and there is no user postgres or nobody",
        "Run as an unprivileged user, or make a user named postgres."};
}

void hand_over(fs::Path const& path) {
    auto const identity = unprivileged();
    if (!identity) {
        return;
    }
    if (::lchown(path.c_str(), identity->user, identity->group) != 0) {
        throw Error{
            ErrorKind::usage,
            "cannot give " + path.string() + " to the server's user: " + fs::last_error()};
    }
}

int run(Command const& command, time::Deadline deadline, std::stop_token const& stop) {
    Prepared const plan = prepare(command);
    pid_t const child = ::fork();
    if (child == 0) {
        become(plan);
        reset_signals();
        redirect(plan);
        execute(plan);
    }
    if (child < 0) {
        throw Error{ErrorKind::unavailable, "the system lets no process start"};
    }
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        if (stop.stop_requested() || deadline.expired()) {
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
            signal::throw_if_stopped(stop);
            throw Error{
                ErrorKind::timeout,
                command.program.filename().string() + " did not end within the time given"};
        }
        sleep_a_little();
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Supervised::Supervised(Command const& command, fs::Path const& doomed) {
    Prepared plan = prepare(command);
    plan.doomed = doomed.string();
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw Error{ErrorKind::unavailable, "the system gave no pipe: " + fs::last_error()};
    }
    fs::UniqueFd const theirs{ends[0]};
    lifeline_ = fs::UniqueFd{ends[1]};
    supervisor_ = ::fork();
    if (supervisor_ == 0) {
        supervise(plan, theirs.get());
    }
    if (supervisor_ < 0) {
        throw Error{ErrorKind::unavailable, "the system lets no process start"};
    }
}

Supervised::Supervised(Supervised&& other) noexcept
    : supervisor_(std::exchange(other.supervisor_, -1)), lifeline_(std::move(other.lifeline_)) {}

Supervised& Supervised::operator=(Supervised&& other) noexcept {
    if (this != &other) {
        stop();
        supervisor_ = std::exchange(other.supervisor_, -1);
        lifeline_ = std::move(other.lifeline_);
    }
    return *this;
}

Supervised::~Supervised() {
    stop();
}

bool Supervised::is_running() {
    if (supervisor_ > 0 && ::waitpid(supervisor_, nullptr, WNOHANG) != 0) {
        supervisor_ = -1;
    }
    return supervisor_ > 0;
}

void Supervised::tell(char word) noexcept {
    if (supervisor_ <= 0) {
        return;
    }
    // A word that does not arrive is read as the end of the pipe, which is a stop as well. The
    // supervisor may be gone already, hence no SIGPIPE here.
    sigset_t pipe_signal;
    sigset_t before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    if (::write(lifeline_.get(), &word, 1) < 0 && errno == EPIPE) {
        timespec const now{};
        ::sigtimedwait(&pipe_signal, nullptr, &now);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    lifeline_.reset();
    ::waitpid(supervisor_, nullptr, 0);
    supervisor_ = -1;
}

void Supervised::stop() noexcept {
    tell(word_stop);
}

void Supervised::release() noexcept {
    tell(word_release);
}

} // namespace slipway::cluster
