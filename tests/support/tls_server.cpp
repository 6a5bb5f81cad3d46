// SPDX-License-Identifier: Apache-2.0
#include "support/tls_server.hpp"

#include "fs/unique_fd.hpp"
#include "support/sample_app.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slipway::support {

namespace {

using namespace std::chrono_literals;

pid_t start_openssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    std::vector<char*> raw;
    for (auto& argument : arguments) {
        raw.push_back(argument.data());
    }
    raw.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int const fd : {0, 1, 2}) {
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    }
    pid_t child = 0;
    int const failed = ::posix_spawnp(&child, "openssl", &actions, nullptr, raw.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        throw std::runtime_error{"the program openssl cannot be started"};
    }
    return child;
}

void run_openssl(std::vector<std::string> const& arguments) {
    ::waitpid(start_openssl(arguments), nullptr, 0);
}

bool listens(std::uint16_t port) {
    fs::UniqueFd const socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

} // namespace

Certificate::Certificate(std::string const& name, int days) {
    run_openssl(
        {"req",
         "-x509",
         "-newkey",
         "ec",
         "-pkeyopt",
         "ec_paramgen_curve:prime256v1",
         "-nodes",
         "-keyout",
         key(),
         "-out",
         file(),
         "-days",
         std::to_string(days == 0 ? 30 : days),
         "-subj",
         "/CN=" + name,
         "-addext",
         "subjectAltName=DNS:" + name});
    if (days == 0) {
        // Valid until now: openssl 3.0 makes no certificate that ended earlier.
        run_openssl({"x509", "-in", file(), "-signkey", key(), "-days", "0", "-out", file()});
        std::this_thread::sleep_for(1100ms);
    }
}

TlsServer::TlsServer(std::string const& name, int days)
    : certificate_(name, days), port_(free_port()) {
    child_ = start_openssl(
        {"s_server",
         "-accept",
         "127.0.0.1:" + std::to_string(port_),
         "-cert",
         certificate_.file(),
         "-key",
         certificate_.key(),
         "-www",
         "-quiet"});
    for (int left = 500; left > 0 && !listens(port_); --left) {
        std::this_thread::sleep_for(10ms);
    }
}

TlsServer::~TlsServer() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

} // namespace slipway::support
