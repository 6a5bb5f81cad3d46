// SPDX-License-Identifier: Apache-2.0
#include "support/forked.hpp"

#include "fs/file.hpp"
#include "fs/unique_fd.hpp"

#include <array>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

namespace slipway::support {

namespace {

[[noreturn]] void become(int fd, std::function<std::string()> const& work) {
    std::string answer;
    int code = 0;
    try {
        answer = work();
    } catch (std::exception const& error) {
        answer = error.what();
        code = 99;
    }
    ssize_t const written = ::write(fd, answer.data(), answer.size());
    ::_exit(written == static_cast<ssize_t>(answer.size()) ? code : 98);
}

} // namespace

ChildEnd in_child(std::function<std::string()> const& work) {
    std::array<int, 2> fds{};
    if (::pipe(fds.data()) != 0) {
        throw std::runtime_error{"no pipe: " + fs::last_error()};
    }
    fs::UniqueFd const read_end{fds[0]};
    fs::UniqueFd write_end{fds[1]};
    pid_t const pid = ::fork();
    if (pid < 0) {
        throw std::runtime_error{"no child: " + fs::last_error()};
    }
    if (pid == 0) {
        become(write_end.get(), work);
    }
    write_end.reset();
    ChildEnd ended;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(read_end.get(), buffer.data(), buffer.size())) > 0;) {
        ended.answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ended.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return ended;
}

ChildEnd in_child_with(
    std::vector<std::pair<std::string, std::string>> const& environment,
    std::function<std::string()> const& work) {
    return in_child([&] {
        ::clearenv();
        for (auto const& [name, value] : environment) {
            ::setenv(name.c_str(), value.c_str(), 1);
        }
        return work();
    });
}

} // namespace slipway::support
