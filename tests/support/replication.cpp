// SPDX-License-Identifier: Apache-2.0
#include "support/replication.hpp"

#include "cluster/installation.hpp"
#include "error/error.hpp"
#include "pg/connection.hpp"
#include "support/sample_app.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace slipway::support {

namespace {

using namespace std::chrono_literals;

cluster::Settings primary_settings() {
    cluster::Settings settings;
    settings.tcp = true;
    settings.hba = {"host replication all 127.0.0.1/32 trust"};
    settings.parameters = {
        {"wal_level", "replica"}, {"max_wal_senders", "4"}, {"max_connections", "12"}};
    settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    return settings;
}

bool answers(pg::ConnInfo const& server) {
    try {
        static_cast<void>(pg::Connection::open(server));
        return true;
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::unavailable) {
            throw;
        }
        return false;
    }
}

} // namespace

Replication::Replication()
    : primary_(cluster::Cluster::start(primary_settings())), port_(std::to_string(free_port())) {
    copy_primary();
    start_replica();
}

pg::ConnInfo Replication::replica() const {
    return primary().with("port", port_);
}

void Replication::run(pg::ConnInfo const& server, std::string_view sql) {
    auto connection = pg::Connection::open(server);
    connection.script(sql);
}

void Replication::write_wal() const {
    run(primary(),
        "create table if not exists filler (t text); insert into filler select "
        "repeat(md5(i::text), "
        "30) from generate_series(1, 2000) i");
}

void Replication::copy_primary() const {
    cluster::hand_over(folder_.path());
    auto const from = primary();
    cluster::Command const copy{
        cluster::find_installation().bin / "pg_basebackup",
        {"-h",
         from.host(),
         "-p",
         from.port(),
         "-U",
         from.user(),
         "-D",
         (folder_.path() / "data").string(),
         "--write-recovery-conf",
         "--checkpoint=fast",
         "--no-sync"},
        folder_.path() / "log"};
    if (cluster::run(copy, time::Deadline::after(60s), {}) != 0) {
        throw std::runtime_error{fs::read_file(folder_.path() / "log")};
    }
    fs::append(
        folder_.path() / "data" / "postgresql.conf",
        "port = " + port_ + "\nunix_socket_directories = '" + folder_.path().string() + "'\n");
}

void Replication::start_replica() {
    server_.emplace(
        cluster::Command{
            cluster::find_installation().bin / "postgres",
            {"-D", (folder_.path() / "data").string()},
            folder_.path() / "log"},
        folder_.path());
    for (int left = 1000; !answers(replica()); --left) {
        if (left == 0 || !server_->is_running()) {
            throw std::runtime_error{fs::read_file(folder_.path() / "log")};
        }
        std::this_thread::sleep_for(20ms);
    }
}

void Replication::stop_replica() {
    server_.reset();
}

} // namespace slipway::support
