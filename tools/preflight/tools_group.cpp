// SPDX-License-Identifier: Apache-2.0
#include "backup/client.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "json/value.hpp"
#include "look.hpp"
#include "proc/command.hpp"
#include "step/sibling.hpp"
#include "text/join.hpp"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::preflight {

namespace {

void look_at_client(Look const& look, Findings& findings, std::string const& program) {
    auto const id = "tools." + program;
    auto const* server = look.server.identity();
    int const major = server == nullptr ? 0 : server->server_version_num / 10'000;
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

// `>=20`, `^20.1` and `20.x` want 20 or more; what else npm allows is not judged.
int least_major(std::string_view wanted) {
    auto const first = wanted.find_first_of("0123456789");
    int major = 0;
    if (first != std::string_view::npos && wanted.find("||") == std::string_view::npos) {
        std::from_chars(wanted.data() + first, wanted.data() + wanted.size(), major);
    }
    return wanted.starts_with('<') ? 0 : major;
}

void look_at_node(Look const& look, Findings& findings) {
    std::error_code ignored;
    if (!std::filesystem::exists("package.json", ignored)) {
        findings.skipped("tools.node", "no package.json here");
        return;
    }
    findings.attempt("tools.node", [&] {
        auto const package = json::parse(fs::read_file("package.json"), "package.json");
        auto const wanted = json::text_at(json::at(package, "engines"), "node");
        if (proc::find_program("node").empty()) {
            findings.failed(
                "tools.node", "node is not in PATH", "Install it: apt-get install nodejs.");
            return;
        }
        proc::Command command;
        command.program = "node";
        command.arguments = {"-p", "process.versions.node"};
        command.timeout = std::chrono::seconds{5};
        auto const outcome = proc::run(command, look.context.stop);
        auto const version = std::string{text::trim(outcome.output)};
        int major = 0;
        std::from_chars(version.data(), version.data() + version.size(), major);
        auto const message = fmt::format(
            "node {}{}", version, wanted.empty() ? "" : ", package.json wants " + wanted);
        major < least_major(wanted) ? findings.failed("tools.node", message)
                                    : findings.passed("tools.node", message);
    });
}

void look_at_siblings(Findings& findings) {
    std::vector<std::string> missing;
    for (char const* tool :
         {"db-backup", "db-restore", "migrate-apply", "smoke-http", "health-check", "rollback"}) {
        try {
            static_cast<void>(step::command_of(tool));
        } catch (Error const&) {
            missing.emplace_back(tool);
        }
    }
    findings.none_of("tools.slipway", missing, "they are", Findings::Amiss::fails);
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
    auto const psql = proc::find_program("psql");
    psql.empty() ? findings.warned("tools.psql", "psql is not in PATH")
                 : findings.passed("tools.psql", psql.string());
    look_at_node(look, findings);
    look_at_siblings(findings);
    look_at_client(look, findings, "pg_dump");
    look_at_client(look, findings, "pg_restore");
}

} // namespace slipway::preflight
