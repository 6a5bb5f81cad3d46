// SPDX-License-Identifier: Apache-2.0
#include "cluster/cluster.hpp"

#include "cluster/installation.hpp"
#include "error/error.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "time/clock.hpp"

#include <csignal>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slipway::cluster {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_socket_folder = 90; // 107 bytes with /.s.PGSQL.54321.lock
constexpr std::string_view socket_prefix = "/tmp/slipway-pg-";

// postmaster.pid (PostgreSQL's miscadmin.h): pid, data, start, port, sockets, address, shm, status.
std::vector<std::string> read_pid_file(fs::Path const& folder) {
    std::vector<std::string> out;
    try {
        std::string const content = fs::read_file(folder / "data" / "postmaster.pid", 4096);
        for (auto const line : text::lines(content)) {
            out.emplace_back(text::trim(line));
        }
    } catch (Error const&) { // NOLINT(bugprone-empty-catch)
        // Not written yet, or removed between looking and reading.
    }
    return out;
}

bool is_ready(std::vector<std::string> const& pid_file) {
    return pid_file.size() >= 8 && pid_file[7] == "ready";
}

std::string log_tail(fs::Path const& log) {
    constexpr std::size_t shown = 600;
    std::string content;
    try {
        content = fs::read_file(log);
    } catch (Error const&) {
        return "no log was written";
    }
    std::string_view tail = text::trim(content);
    if (tail.size() > shown) {
        tail.remove_prefix(tail.size() - shown);
        tail.remove_prefix(std::min(tail.size(), tail.find('\n') + 1));
    }
    return std::string{tail};
}

void require_run(Command const& command, time::Deadline deadline, std::stop_token const& stop) {
    int const code = run(command, deadline, stop);
    if (code != 0) {
        throw Error{
            ErrorKind::unavailable,
            command.program.filename().string() + " ended with " + std::to_string(code),
            log_tail(command.log)};
    }
}

void init_data(
    Installation const& installation,
    fs::Path const& data,
    fs::Path const& log,
    time::Deadline deadline,
    std::stop_token const& stop) {
    Command const initdb{
        installation.bin / "initdb",
        {"--no-sync",
         "-A",
         "trust",
         "-E",
         "UTF8",
         "--locale=C.UTF-8",
         "-U",
         "slipway",
         "-D",
         data.string()},
        log};
    require_run(initdb, deadline, stop);
}

// Made under another name and renamed, so that a second process finds it whole or not at all.
void make_data(
    Installation const& installation,
    Settings const& settings,
    fs::Path const& folder,
    time::Deadline deadline) {
    fs::Path const data = folder / "data";
    fs::Path const log = folder / "log";
    if (settings.cache.empty()) {
        init_data(installation, data, log, deadline, settings.stop);
        return;
    }
    fs::Path const prepared = settings.cache / ("prepared-" + std::to_string(installation.major));
    if (!std::filesystem::exists(prepared)) {
        fs::make_folder(settings.cache);
        hand_over(settings.cache);
        fs::TempFolder const making{"making-", settings.cache};
        hand_over(making.path());
        init_data(installation, making.path() / "data", log, deadline, settings.stop);
        // Losing against another process that made the same is as good as winning.
        std::error_code ignored;
        std::filesystem::rename(making.path() / "data", prepared, ignored);
    }
    Command const copy{"/bin/cp", {"-a", "--reflink=auto", prepared.string(), data.string()}, log};
    require_run(copy, deadline, settings.stop);
}

int free_port() {
    fs::UniqueFd const probe{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    // The sockets interface is typed by this cast.
    auto* const raw = reinterpret_cast<sockaddr*>(&address); // NOLINT(*-reinterpret-cast)
    if (::bind(probe.get(), raw, size) != 0 || ::getsockname(probe.get(), raw, &size) != 0) {
        throw Error{ErrorKind::unavailable, "no free port on 127.0.0.1: " + fs::last_error()};
    }
    return ntohs(address.sin_port);
}

std::string configured(std::string_view name, std::string_view value) {
    return std::string{name} + " = '" + text::replace_all(value, "'", "''") + "'\n";
}

void configure(Settings const& settings, fs::Path const& data, fs::Path const& sockets) {
    std::string conf;
    conf += configured("unix_socket_directories", sockets.string());
    conf += configured("unix_socket_permissions", "0700");
    conf += configured("listen_addresses", settings.tcp ? "127.0.0.1" : "");
    conf += configured("port", std::to_string(settings.tcp ? free_port() : 5432));
    for (std::string_view const off : {"fsync", "synchronous_commit", "full_page_writes"}) {
        conf += configured(off, "off");
    }
    conf += configured("shared_buffers", "32MB");
    conf += configured("max_wal_size", "256MB");
    conf += configured("wal_level", "minimal");
    conf += configured("max_wal_senders", "0");
    conf += configured("autovacuum_naptime", "1h");
    conf += configured("jit", "off");
    conf += configured("timezone", "UTC");
    for (auto const& parameter : settings.parameters) {
        conf += configured(parameter.first, parameter.second);
    }
    fs::append(data / "postgresql.conf", conf);
    std::string hba;
    for (auto const& line : settings.hba) {
        hba += line + "\n";
    }
    hba += "local all all trust\n";
    hba += "local replication all trust\n";
    hba += "host all all 127.0.0.1/32 trust\n";
    fs::write_atomic(data / "pg_hba.conf", hba, true);
    hand_over(data / "pg_hba.conf");
}

// The server's user must own the folder, and nobody else may enter it: trust is its only check.
fs::Path private_folder(fs::Path const& path) {
    fs::make_folder(path);
    if (!std::filesystem::is_empty(path)) {
        throw Error{
            ErrorKind::usage,
            "the folder for a throw-away PostgreSQL is not empty: " + path.string()};
    }
    hand_over(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
}

} // namespace

void Cluster::read_address(std::vector<std::string> const& pid_file) {
    postmaster_ = std::stoi(pid_file[0]);
    port_ = pid_file[3];
    sockets_ = pid_file[4];
    tcp_ = !pid_file[5].empty();
}

Cluster Cluster::start(Settings const& settings) {
    time::Deadline const deadline = time::Deadline::after(settings.timeout);
    Installation const installation = find_installation(settings.major);
    Cluster out;
    if (settings.folder.empty()) {
        out.own_folder_.emplace("slipway-pg-");
        out.folder_ = out.own_folder_->path();
    } else {
        out.folder_ = std::filesystem::absolute(settings.folder);
    }
    private_folder(out.folder_);
    make_data(installation, settings, out.folder_, deadline);
    fs::Path sockets = out.folder_;
    if (sockets.string().size() > longest_socket_folder) {
        out.own_sockets_.emplace("slipway-pg-", "/tmp");
        sockets = private_folder(out.own_sockets_->path());
    }
    fs::Path const data = out.folder_ / "data";
    configure(settings, data, sockets);
    Command const postgres{
        installation.bin / "postgres", {"-D", data.string()}, out.folder_ / "log"};
    out.server_.emplace(postgres, out.own_folder_ ? out.folder_ : fs::Path{});
    auto pid_file = read_pid_file(out.folder_);
    while (!is_ready(pid_file)) {
        signal::throw_if_stopped(settings.stop);
        if (!out.server_->is_running() || deadline.expired()) {
            throw Error{
                deadline.expired() ? ErrorKind::timeout : ErrorKind::unavailable,
                "the throw-away PostgreSQL in " + out.folder_.string() + " did not start",
                log_tail(out.log())};
        }
        std::this_thread::sleep_for(10ms);
        pid_file = read_pid_file(out.folder_);
    }
    out.read_address(pid_file);
    return out;
}

Cluster Cluster::attach(fs::Path const& folder) {
    Cluster out;
    out.folder_ = std::filesystem::absolute(folder);
    auto const pid_file = read_pid_file(out.folder_);
    bool const alive = is_ready(pid_file) && ::kill(std::stoi(pid_file[0]), 0) == 0;
    if (!alive) {
        throw Error{
            ErrorKind::unavailable, "no throw-away PostgreSQL runs in " + out.folder_.string()};
    }
    out.read_address(pid_file);
    return out;
}

pg::ConnInfo Cluster::conninfo(std::string const& database) const {
    return pg::ConnInfo::from_environment()
        .with("host", tcp_ ? "127.0.0.1" : sockets_)
        .with("port", port_)
        .with("user", "slipway")
        .with("sslmode", "disable")
        .with_database(database);
}

void Cluster::stop() {
    if (server_) {
        server_->stop();
        server_.reset();
    } else if (postmaster_ > 0) {
        // Not our child: its end shows by the file that it removes as its last act.
        ::kill(postmaster_, SIGQUIT);
        auto const patience = time::Deadline::after(10s);
        while (!read_pid_file(folder_).empty() && !patience.expired()) {
            std::this_thread::sleep_for(10ms);
        }
        if (sockets_.starts_with(socket_prefix)) {
            std::error_code ignored;
            std::filesystem::remove_all(sockets_, ignored);
        }
    }
    postmaster_ = 0;
    own_sockets_.reset();
    own_folder_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_ / "data", ignored);
}

void Cluster::detach() {
    if (own_folder_) {
        own_folder_->keep();
    }
    if (own_sockets_) {
        own_sockets_->keep();
    }
    if (server_) {
        server_->release();
        server_.reset();
    }
    postmaster_ = 0;
}

} // namespace slipway::cluster
