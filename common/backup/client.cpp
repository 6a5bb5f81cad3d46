// SPDX-License-Identifier: Apache-2.0
#include "backup/client.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "proc/command.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <unistd.h>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

constexpr time::Milliseconds longest_answer{20'000};

// Debian's /usr/bin/pg_dump is a Perl script that chooses among the real ones by rules of its own
// and needs 60 ms for it.
bool is_wrapper(fs::Path const& program) {
    std::error_code ignored;
    return std::filesystem::canonical(program, ignored).filename() == "pg_wrapper";
}

bool is_program(fs::Path const& path) {
    std::error_code ignored;
    return ::access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path, ignored);
}

std::vector<fs::Path> candidates(std::string_view program) {
    if (auto const given = ci::variable("SLIPWAY_PG_BIN")) {
        return {fs::Path{*given} / program};
    }
    constexpr std::array<std::string_view, 5> parents{
        "/usr/lib/postgresql", "/usr", "/usr/local", "/opt/homebrew/opt", "/opt"};
    std::vector<fs::Path> out;
    for (auto const parent : parents) {
        std::error_code ignored;
        for (auto const& entry : std::filesystem::directory_iterator{parent, ignored}) {
            std::string const name = entry.path().filename().string();
            bool const versioned = name.find_first_not_of("0123456789") == std::string::npos ||
                                   name.starts_with("pgsql") || name.starts_with("postgresql");
            if (versioned) {
                out.push_back(entry.path() / "bin" / program);
            }
        }
    }
    fs::Path const in_path = proc::find_program(program);
    if (!in_path.empty() && !is_wrapper(in_path)) {
        out.push_back(in_path);
    }
    return out;
}

// `pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`
std::optional<Client> ask(fs::Path const& path, std::stop_token const& stop) {
    proc::Command command;
    command.program = path.string();
    command.arguments = {"--version"};
    command.timeout = longest_answer;
    auto const outcome = proc::run(command, stop);
    auto const words = text::split(text::trim(outcome.output), ' ');
    if (!outcome.ok() || words.size() < 3) {
        return std::nullopt;
    }
    Client out{path, std::string{words[2]}, 0};
    std::from_chars(out.version.data(), out.version.data() + out.version.size(), out.major);
    return out;
}

[[noreturn]] void
none_fits(std::string_view program, int major, std::optional<Client> const& newest) {
    std::string const hint = fmt::format(
        "Install it (apt-get install postgresql-client-{}), or set SLIPWAY_PG_BIN to the folder "
        "of a {} of that version.",
        major,
        program);
    if (newest) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{} {} is older than the server ({})", program, newest->version, major),
            hint};
    }
    throw Error{ErrorKind::unavailable, fmt::format("no {} found on this machine", program), hint};
}

} // namespace

Client find_client(std::string_view program, int major, std::stop_token const& stop) {
    std::optional<Client> best;
    std::optional<Client> newest;
    for (auto const& path : candidates(program)) {
        auto found = is_program(path) ? ask(path, stop) : std::nullopt;
        if (!found) {
            continue;
        }
        if (found->major >= major && (!best || found->major < best->major)) {
            best = found;
        }
        if (!newest || found->major > newest->major) {
            newest = std::move(found);
        }
    }
    if (!best) {
        none_fits(program, major, newest);
    }
    return *best;
}

} // namespace slipway::backup
