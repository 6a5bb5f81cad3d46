// SPDX-License-Identifier: Apache-2.0
#include "support/terminal.hpp"

#include "fs/file.hpp"

#include <array>
#include <csignal>
#include <pty.h>

#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slipway::support {

Terminal::Terminal(
    std::string const& tool,
    std::vector<std::string> args,
    Environment const& env,
    unsigned short columns,
    unsigned short rows) {
    args.insert(args.begin(), (fs::Path{SLIPWAY_BUILD_DIR} / "bin" / tool).string());
    std::vector<char*> argv;
    for (auto& each : args) {
        argv.push_back(each.data());
    }
    argv.push_back(nullptr);
    std::vector<std::string> variables{"PATH=/usr/bin:/bin", "TERM=xterm"};
    for (auto const& [key, value] : env) {
        variables.push_back(key + "=" + value);
    }
    std::vector<char*> envp;
    for (auto& each : variables) {
        envp.push_back(each.data());
    }
    envp.push_back(nullptr);
    winsize size{rows, columns, 0, 0};
    int master = -1;
    child_ = ::forkpty(&master, nullptr, nullptr, &size);
    if (child_ == 0) {
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    master_ = fs::UniqueFd{master};
}

Terminal::~Terminal() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

std::string Terminal::read_until(std::string_view word) {
    std::string out;
    std::array<char, 4096> block{};
    while (word.empty() || out.find(word) == std::string::npos) {
        auto const n = ::read(master_.get(), block.data(), block.size());
        if (n <= 0) {
            break; // EIO: the tool has ended
        }
        out.append(block.data(), static_cast<std::size_t>(n));
    }
    return out;
}

void Terminal::resize(unsigned short columns, unsigned short rows) const {
    winsize size{rows, columns, 0, 0};
    ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

void Terminal::send_signal(int number) const {
    ::kill(child_, number);
}

} // namespace slipway::support
