// SPDX-License-Identifier: Apache-2.0
#include "cluster/cluster.hpp"

#include "cluster/installation.hpp"
#include "fs/temp_folder.hpp"
#include "pg/connection.hpp"
#include "support/database.hpp"

#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cluster_cluster)

using namespace slipway;
using namespace std::chrono_literals;

namespace {

cluster::Settings quick() {
    cluster::Settings out;
    out.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    return out;
}

bool ends_within(int pid, time::Milliseconds patience) {
    auto const deadline = time::Deadline::after(patience);
    while (::kill(pid, 0) == 0) {
        // A process that was handed to a parent which does not wait for it stays as a zombie.
        std::string const stat = fs::read_file("/proc/" + std::to_string(pid) + "/stat");
        if (stat.find(") Z") != std::string::npos) {
            return true;
        }
        if (deadline.expired()) {
            return false;
        }
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_cluster_starts_on_a_socket_only_and_ends_with_its_object) {
    int pid = 0;
    fs::Path folder;
    {
        auto const server = cluster::Cluster::start(quick());
        auto db = pg::Connection::open(server.conninfo());
        BOOST_TEST(db.exec("show listen_addresses").one_value<std::string>().empty());
        BOOST_TEST(db.exec("show server_encoding").one_value<std::string>() == "UTF8");
        BOOST_TEST(db.exec("show fsync").one_value<std::string>() == "off");
        BOOST_TEST(db.exec("select current_user").one_value<std::string>() == "slipway");
        BOOST_TEST(server.conninfo().is_local());
        pid = server.postmaster_pid();
        folder = server.folder();
    }
    BOOST_TEST(ends_within(pid, 5s));
    BOOST_TEST(!std::filesystem::exists(folder));
}

BOOST_AUTO_TEST_CASE(a_cluster_listens_on_loopback_and_takes_hba_lines_and_parameters) {
    auto settings = quick();
    settings.tcp = true;
    settings.hba = {"host all guest 127.0.0.1/32 scram-sha-256"};
    settings.parameters = {{"work_mem", "7MB"}};
    auto const server = cluster::Cluster::start(settings);
    auto db = pg::Connection::open(server.conninfo());
    BOOST_TEST(server.conninfo().host() == "127.0.0.1");
    BOOST_TEST(db.exec("show work_mem").one_value<std::string>() == "7MB");
    auto const rules =
        db.exec("select count(*) from pg_hba_file_rules where user_name = '{guest}'");
    BOOST_TEST(rules.one_value<std::int64_t>() == 1);
}

BOOST_AUTO_TEST_CASE(a_cluster_ends_when_its_process_is_killed) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    pid_t const child = ::fork();
    if (child == 0) {
        auto const server = cluster::Cluster::start(quick());
        int const pid = server.postmaster_pid();
        std::string const folder = server.folder();
        bool const told = ::write(ends[1], &pid, sizeof pid) == sizeof pid &&
                          ::write(ends[1], folder.c_str(), folder.size() + 1) > 0;
        ::kill(::getpid(), told ? SIGKILL : SIGTERM);
    }
    int pid = 0;
    std::array<char, 200> folder{};
    BOOST_REQUIRE(::read(ends[0], &pid, sizeof pid) == sizeof pid);
    BOOST_REQUIRE(::read(ends[0], folder.data(), folder.size()) > 0);
    ::waitpid(child, nullptr, 0);
    BOOST_TEST(ends_within(pid, 5s));
    auto const deadline = time::Deadline::after(5s);
    while (std::filesystem::exists(folder.data()) && !deadline.expired()) {
        std::this_thread::sleep_for(10ms);
    }
    BOOST_TEST(!std::filesystem::exists(folder.data()));
}

BOOST_AUTO_TEST_CASE(a_detached_cluster_outlives_its_object_and_is_found_by_its_folder) {
    fs::TempFolder const parent{"slipway-test-", "/tmp"};
    std::filesystem::permissions(parent.path(), std::filesystem::perms{0755});
    auto settings = quick();
    settings.folder = parent.path() / "server";
    int pid = 0;
    {
        auto server = cluster::Cluster::start(settings);
        pid = server.postmaster_pid();
        server.detach();
    }
    auto again = cluster::Cluster::attach(settings.folder);
    BOOST_TEST(again.postmaster_pid() == pid);
    BOOST_TEST(pg::Connection::open(again.conninfo()).is_open());
    again.stop();
    BOOST_TEST(ends_within(pid, 5s));
    BOOST_CHECK_EXCEPTION(cluster::Cluster::attach(settings.folder), Error, [](Error const& e) {
        return e.kind() == ErrorKind::unavailable;
    });
}

BOOST_AUTO_TEST_CASE(a_folder_with_content_is_refused) {
    fs::TempFolder const folder{"slipway-test-", "/tmp"};
    fs::write_atomic(folder.path() / "precious", "x");
    auto settings = quick();
    settings.folder = folder.path();
    BOOST_CHECK_EXCEPTION(cluster::Cluster::start(settings), Error, [](Error const& e) {
        return e.kind() == ErrorKind::usage;
    });
    BOOST_TEST(fs::read_file(folder.path() / "precious") == "x");
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_start_says_why) {
    auto settings = quick();
    settings.parameters = {{"shared_buffers", "nonsense"}};
    BOOST_CHECK_EXCEPTION(cluster::Cluster::start(settings), Error, [](Error const& e) {
        return e.kind() == ErrorKind::unavailable &&
               e.hint().find("shared_buffers") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_version_that_is_not_installed_is_unavailable) {
    BOOST_CHECK_EXCEPTION(cluster::find_installation(7), Error, [](Error const& e) {
        return e.kind() == ErrorKind::unavailable &&
               e.hint().find("postgresql-7") != std::string::npos;
    });
    BOOST_TEST(cluster::find_installation().major >= 13);
}

BOOST_AUTO_TEST_SUITE_END()
