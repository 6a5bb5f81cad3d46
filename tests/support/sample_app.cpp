// SPDX-License-Identifier: Apache-2.0
#include "support/sample_app.hpp"

#include "ci/environment.hpp"
#include "http/client.hpp"
#include "support/database.hpp"
#include "support/migration_site.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slipway::support {

namespace {

using Steady = std::chrono::steady_clock;

void apply(Database const& database, fs::Path const& folder, std::string_view file_name) {
    std::vector<fs::Path> files;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{folder}) {
        auto const name = entry.path().filename().string();
        bool const wanted = file_name.empty() ? name.ends_with(".sql") : name == file_name;
        if (wanted && name.find(".down.") == std::string::npos &&
            entry.path().string().find("_init/") == std::string::npos) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    for (auto const& file : files) {
        database.run(fs::read_file(file));
    }
}

proc::Command
command_for(pg::ConnInfo const& database, Environment const& more, fs::Path const& folder) {
    proc::Command command;
    command.program = "node";
    command.arguments = {"server.mjs"};
    command.folder = sample_app();
    command.environment = {
        {"DATABASE_URL", database.uri().reveal()},
        {"JWT_SECRET", "sixteen-characters-and-more"},
        {"SAMPLE_APP_CONTROL", "1"},
        {"RATE_LIMIT", "2000/1"},
        {"HEALTH_RATE_LIMIT", "40/1"},
        {"LOG_FILE", (folder / "app.log").string()},
        {"PORT", "0"},
        {"POOL_SIZE", "3"}};
    command.environment.insert(command.environment.end(), more.begin(), more.end());
    return command;
}

} // namespace

std::string const& migrated_sample_database() {
    static Database const made{sample_database()};
    static bool const migrated = [] {
        apply(made, sample_app() / "prisma" / "migrations", "migration.sql");
        apply(made, sample_app() / "migrations", "");
        return true;
    }();
    static_cast<void>(migrated);
    return made.name();
}

std::uint16_t free_port() {
    fs::UniqueFd const socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = static_cast<sockaddr*>(static_cast<void*>(&address));
    if (::bind(socket.get(), generic, size) != 0 ||
        ::getsockname(socket.get(), generic, &size) != 0) {
        throw std::runtime_error{"no free port"};
    }
    return ntohs(address.sin_port);
}

SampleApp::SampleApp(pg::ConnInfo const& database, Environment const& more)
    : child_(std::make_unique<proc::Child>(
          proc::Child::start(command_for(database, more, folder_.path())))) {
    child_->input.reset();
    wait_until_ready();
}

void SampleApp::wait_until_ready() {
    constexpr std::string_view mark = "listening on ";
    auto const give_up = Steady::now() + std::chrono::seconds{10};
    std::string said;
    while (said.find('\n') == std::string::npos && Steady::now() < give_up) {
        pollfd waiting{child_->output.get(), POLLIN, 0};
        if (::poll(&waiting, 1, 100) > 0) {
            std::array<char, 512> buffer{};
            auto const got = ::read(child_->output.get(), buffer.data(), buffer.size());
            if (got <= 0) {
                break;
            }
            said.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }
    auto const found = said.find(mark);
    if (found == std::string::npos) {
        throw std::runtime_error{
            "the sample application did not start (npm ci in tests/support/sample-app?): " + said};
    }
    url_ = text::trim(std::string_view{said}.substr(found + mark.size()));
}

SampleApp::~SampleApp() {
    child_->kill(SIGTERM);
    // It ends within two seconds; the child's destructor kills what does not.
    auto const give_up = Steady::now() + std::chrono::seconds{3};
    while (!child_->reaped() && Steady::now() < give_up) {
        child_->reap();
        ::usleep(5'000);
    }
}

void SampleApp::fault(std::string_view name) const {
    control(name.empty() ? "{}" : "{\"fault\": \"" + std::string{name} + "\"}");
}

void SampleApp::control(std::string_view settings) const {
    http::Client client{{}};
    http::Request request;
    request.method = "PUT";
    request.url = url_ + "/__control";
    request.headers.add("content-type", "application/json");
    request.body = settings;
    auto outcome = client.fetch(request, time::Deadline::after(time::Milliseconds{5'000}));
    if (http::response_of(outcome).status != 200) {
        throw std::runtime_error{"the control was not set: " + std::string{settings}};
    }
}

} // namespace slipway::support
