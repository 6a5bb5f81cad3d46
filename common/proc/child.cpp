// SPDX-License-Identifier: Apache-2.0
#include "proc/child.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::proc {

namespace {

struct Pipe {
    fs::UniqueFd read;
    fs::UniqueFd write;
};

Pipe make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
        throw Error{ErrorKind::internal, "the system gave no pipe: " + fs::last_error()};
    }
    return {fs::UniqueFd{fds[0]}, fs::UniqueFd{fds[1]}};
}

std::vector<std::string> child_environment(Command const& command) {
    auto entries = ci::environment();
    auto const remove = [&](std::string const& name) {
        std::erase_if(entries, [&](auto const& entry) { return entry.starts_with(name + "="); });
    };
    for (auto const& name : command.remove_environment) {
        remove(name);
    }
    for (auto const& [name, value] : command.environment) {
        remove(name);
        entries.push_back(name + "=" + value);
    }
    return entries;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (auto& text : strings) {
        out.push_back(text.data());
    }
    out.push_back(nullptr);
    return out;
}

// All that the child needs after fork, made before it: there only async-signal-safe calls are
// allowed, since other threads may have held any lock.
struct Prepared {
    std::string path;
    std::string folder;
    std::vector<std::string> argument_texts;
    std::vector<std::string> environment_texts;
    std::vector<char*> arguments;
    std::vector<char*> environment;
    int input;
    int output; // -1: ours
    int errors;
    int failure;
    pid_t parent;
};

[[noreturn]] void become(Prepared const& prepared) {
    auto const give_up = [&] {
        int const code = errno;
        ssize_t const ignored = ::write(prepared.failure, &code, sizeof code);
        ::_exit(ignored > 0 ? 127 : 126);
    };
    ::setpgid(0, 0);
    // posix_spawn cannot ask for this: a pg_dump must not outlive a killed db-backup.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != prepared.parent) {
        ::_exit(128 + SIGTERM);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGPIPE, &standard, nullptr);
    ::dup2(prepared.input, STDIN_FILENO);
    if (prepared.output >= 0) {
        ::dup2(prepared.output, STDOUT_FILENO);
        ::dup2(prepared.errors, STDERR_FILENO);
    }
    if (!prepared.folder.empty() && ::chdir(prepared.folder.c_str()) != 0) {
        give_up();
    }
    ::execve(prepared.path.c_str(), prepared.arguments.data(), prepared.environment.data());
    give_up();
    ::_exit(127);
}

// Whether the process of that number belongs to the group and has not ended (proc(5), stat).
bool runs_in(pid_t group, std::string const& process) {
    std::string stat;
    try {
        stat = fs::read_file("/proc/" + process + "/stat", 4096);
    } catch (Error const&) {
        return false; // it is gone
    }
    auto const name_end = stat.rfind(") ");
    if (name_end == std::string::npos) {
        return false;
    }
    std::istringstream fields{stat.substr(name_end + 2)};
    char state = 'Z';
    pid_t parent = 0;
    pid_t belongs = 0;
    fields >> state >> parent >> belongs;
    return fields && belongs == group && state != 'Z' && state != 'X';
}

Error cannot_start(Command const& command, std::string const& cause) {
    return Error{
        ErrorKind::unavailable,
        fmt::format("cannot start {}: {}", command.program, cause),
        fmt::format("Install {}, or put its folder into PATH.", command.program)};
}

void throw_if_failed(int failure_fd, Command const& command, pid_t pid) {
    int code = 0;
    ssize_t got = 0;
    do {
        got = ::read(failure_fd, &code, sizeof code);
    } while (got < 0 && errno == EINTR);
    if (got == static_cast<ssize_t>(sizeof code)) {
        ::waitpid(pid, nullptr, 0);
        throw cannot_start(command, std::generic_category().message(code));
    }
}

} // namespace

Child Child::start(Command const& command) {
    fs::Path path = find_program(command.program);
    if (path.empty()) {
        throw cannot_start(command, "no such program in PATH");
    }
    // The child changes its folder first: a relative path means ours.
    path = std::filesystem::absolute(path);
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Pipe errors = make_pipe();
    Pipe failure = make_pipe();
    Prepared prepared{
        path.string(),
        command.folder.string(),
        command.arguments,
        child_environment(command),
        {},
        {},
        in.read.get(),
        command.inherit_output ? -1 : out.write.get(),
        errors.write.get(),
        failure.write.get(),
        ::getpid()};
    prepared.argument_texts.insert(prepared.argument_texts.begin(), command.program);
    prepared.arguments = pointers(prepared.argument_texts);
    prepared.environment = pointers(prepared.environment_texts);
    pid_t const pid = ::fork();
    if (pid < 0) {
        throw cannot_start(command, fs::last_error());
    }
    if (pid == 0) {
        become(prepared);
    }
    failure.write.reset();
    throw_if_failed(failure.read.get(), command, pid);
    Child child{pid};
    child.input = std::move(in.write);
    ::fcntl(child.input.get(), F_SETFL, O_NONBLOCK);
    if (!command.inherit_output) {
        child.output = std::move(out.read);
        child.errors = std::move(errors.read);
    }
    return child;
}

Child::Child(Child&& other) noexcept
    : input(std::move(other.input)), output(std::move(other.output)),
      errors(std::move(other.errors)), pid_(std::exchange(other.pid_, -1)), status_(other.status_) {
}

Child::~Child() {
    if (pid_ > 0 && !status_) {
        kill(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void Child::reap() {
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        status_ = status;
    }
}

int Child::exit_code() const {
    return status_ && WIFEXITED(*status_) ? WEXITSTATUS(*status_) : -1;
}

int Child::signal() const {
    return status_ && WIFSIGNALED(*status_) ? WTERMSIG(*status_) : 0;
}

void Child::kill(int number) const {
    // The child makes its group itself; a signal in that first moment goes to it alone.
    if (::kill(-pid_, number) != 0 && !status_) {
        ::kill(pid_, number);
    }
}

bool Child::group_is_alive() const {
    if (::kill(-pid_, 0) != 0) {
        return false;
    }
    // Those that have ended and wait for somebody to reap them are members still.
    std::error_code code;
    std::filesystem::directory_iterator at{"/proc", code};
    if (code) {
        return true;
    }
    for (; !code && at != std::filesystem::directory_iterator{}; at.increment(code)) {
        std::string const name = at->path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos && runs_in(pid_, name)) {
            return true;
        }
    }
    return false;
}

} // namespace slipway::proc
