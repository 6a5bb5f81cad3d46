// SPDX-License-Identifier: Apache-2.0
// throwaway-cluster start DIR [--tcp] [NAME=VALUE…] | stop DIR | url DIR [DATABASE]
//
// A PostgreSQL for ctest fixtures and the demo that outlives the command that started it. The
// server is in DIR/pg, the URL of its database `postgres` in DIR/url.
#include "ci/environment.hpp"
#include "cluster/cluster.hpp"
#include "error/error.hpp"

#include <iostream>
#include <span>

using namespace slipway;

namespace {

void stop_if_running(fs::Path const& server) {
    try {
        cluster::Cluster::attach(server).stop();
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::unavailable) {
            throw;
        }
    }
    std::filesystem::remove_all(server);
}

std::string url(cluster::Cluster const& server, std::string const& database) {
    return server.conninfo(database).uri().reveal();
}

int start(fs::Path const& folder, std::span<char* const> words) {
    fs::make_folder(folder);
    stop_if_running(folder / "pg");
    cluster::Settings settings;
    for (std::string const word : words) {
        auto const equals = word.find('=');
        if (word == "--tcp") {
            settings.tcp = true;
        } else if (equals != std::string::npos) {
            settings.parameters.emplace_back(word.substr(0, equals), word.substr(equals + 1));
        }
    }
    settings.folder = folder / "pg";
    settings.cache = folder.parent_path() / "cluster-cache";
    auto server = cluster::Cluster::start(settings);
    std::string const address = url(server, "postgres");
    fs::write_atomic(folder / "url", address + "\n");
    server.detach();
    std::cout << address << '\n';
    return 0;
}

int stop(fs::Path const& folder) {
    if (ci::variable("KEEP_TEST_DB")) {
        std::cout << "kept: " << fs::read_file(folder / "url");
        return 0;
    }
    stop_if_running(folder / "pg");
    std::filesystem::remove(folder / "url");
    return 0;
}

int run(std::span<char* const> arguments) {
    std::string const verb = arguments.size() > 1 ? arguments[1] : "";
    std::string const folder = arguments.size() > 2 ? arguments[2] : "";
    std::string const third = arguments.size() > 3 ? arguments[3] : "";
    fs::Path const path = std::filesystem::absolute(folder);
    if (verb == "start" && !folder.empty()) {
        return start(path, arguments.subspan(3));
    }
    if (verb == "stop" && !folder.empty()) {
        return stop(path);
    }
    if (verb == "url" && !folder.empty()) {
        auto const server = cluster::Cluster::attach(path / "pg");
        std::cout << url(server, third.empty() ? "postgres" : third) << '\n';
        return 0;
    }
    std::cerr << "usage: throwaway-cluster start DIR [--tcp] [NAME=VALUE…] | stop DIR | url DIR "
                 "[DATABASE]\n";
    return exit_code(ErrorKind::usage);
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run({argv, static_cast<std::size_t>(argc)});
    } catch (Error const& error) {
        std::cerr << "throwaway-cluster: " << error.message() << '\n' << error.hint() << '\n';
        return exit_code(error.kind());
    }
}
