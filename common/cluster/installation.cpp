// SPDX-License-Identifier: Apache-2.0
#include "cluster/installation.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include <unistd.h>

namespace slipway::cluster {

namespace {

// The version is in the path on all distributions: /usr/lib/postgresql/15/bin, /usr/pgsql-15/bin.
int major_in(fs::Path const& bin) {
    std::string const name = bin.parent_path().filename().string();
    std::size_t const digit = name.find_first_of("0123456789");
    int out = 0;
    if (digit != std::string::npos) {
        std::from_chars(name.data() + digit, name.data() + name.size(), out);
    }
    return out;
}

bool is_server_folder(fs::Path const& bin) {
    return ::access((bin / "postgres").c_str(), X_OK) == 0 &&
           ::access((bin / "initdb").c_str(), X_OK) == 0;
}

std::vector<fs::Path> in_distribution_folders() {
    constexpr std::array<std::string_view, 5> parents{
        "/usr/lib/postgresql", "/usr", "/usr/local", "/opt/homebrew/opt", "/opt"};
    std::vector<fs::Path> out;
    for (auto const parent : parents) {
        std::error_code ignored;
        for (auto const& entry : std::filesystem::directory_iterator{parent, ignored}) {
            std::string const name = entry.path().filename().string();
            bool const versioned = name.find_first_not_of("0123456789") == std::string::npos ||
                                   name.starts_with("pgsql") || name.starts_with("postgresql");
            if (versioned && is_server_folder(entry.path() / "bin")) {
                out.push_back(entry.path() / "bin");
            }
        }
    }
    return out;
}

std::optional<fs::Path> in_path() {
    std::string const path = ci::variable("PATH").value_or("");
    for (auto const folder : text::split(path, ':')) {
        if (!folder.empty() && is_server_folder(folder)) {
            std::error_code ignored;
            return std::filesystem::canonical(fs::Path{folder} / "postgres", ignored).parent_path();
        }
    }
    return std::nullopt;
}

} // namespace

Installation find_installation(int major) {
    if (auto const given = ci::variable("SLIPWAY_PG_BIN")) {
        if (!is_server_folder(*given)) {
            throw Error{
                ErrorKind::usage,
                "SLIPWAY_PG_BIN names a folder without postgres and initdb: " + *given};
        }
        return {*given, major_in(*given)};
    }
    auto found = in_distribution_folders();
    if (auto const path = in_path()) {
        found.push_back(*path);
    }
    std::stable_sort(found.begin(), found.end(), [](auto const& a, auto const& b) {
        return major_in(a) > major_in(b);
    });
    for (auto const& bin : found) {
        if (major == 0 || major_in(bin) == major) {
            return {bin, major_in(bin)};
        }
    }
    std::string const version = major == 0 ? "" : "-" + std::to_string(major);
    throw Error{
        ErrorKind::unavailable,
        "no PostgreSQL server programs found on this machine" +
            (major == 0 ? "" : " for version " + std::to_string(major)),
        "Install them (apt-get install postgresql" + version +
            ") or set SLIPWAY_PG_BIN to the folder of initdb and postgres."};
}

} // namespace slipway::cluster
