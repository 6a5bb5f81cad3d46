// SPDX-License-Identifier: Apache-2.0
#include "backup/client.hpp"
#include "look.hpp"
#include "proc/command.hpp"

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

constexpr int version_unit = 10'000;

void look_at_client(Look const& look, Findings& findings, std::string const& program) {
    auto const id = "tools." + program;
    auto const* server = look.server.identity();
    int const major = server == nullptr ? 0 : server->server_version_num / version_unit;
    findings.attempt(id, [&] {
        auto const client = backup::find_client(program, major, look.context.stop);
        findings.passed(
            id,
            fmt::format(
                "{} {} at {}{}",
                program,
                client.version,
                client.path.string(),
                server == nullptr ? "" : fmt::format(", server {}", server->server_version)));
    });
}

} // namespace

void look_at_tools(Look const& look, Findings& findings) {
    auto const git = proc::find_program("git");
    git.empty() ? findings.warned("tools.git", "git is not in PATH")
                : findings.passed("tools.git", git.string());
    std::vector<std::string> missing;
    for (auto const& program : look.options.required_tools) {
        if (proc::find_program(program).empty()) {
            missing.push_back(program);
        }
    }
    if (look.options.required_tools.empty()) {
        findings.skipped("tools.required", "none named with --require-tool");
    } else {
        findings.none_of("tools.required", missing, "all are in PATH", Findings::Amiss::fails);
    }
    look_at_client(look, findings, "pg_dump");
    look_at_client(look, findings, "pg_restore");
}

} // namespace slipway::preflight
