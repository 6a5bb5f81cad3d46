// SPDX-License-Identifier: Apache-2.0
#include "support/migration_site.hpp"

#include "cluster/installation.hpp"
#include "proc/command.hpp"
#include "text/join.hpp"

#include <stdexcept>

namespace slipway::support {

fs::Path sample_app() {
    return fs::Path{SLIPWAY_SOURCE_DIR} / "tests" / "support" / "sample-app";
}

std::string const& sample_database() {
    static Database const made;
    static bool const filled = [] {
        made.run(fs::read_file(sample_app() / "db" / "base.sql"));
        made.run(fs::read_file(sample_app() / "db" / "seed.sql"));
        return true;
    }();
    static_cast<void>(filled);
    return made.name();
}

fs::Path MigrationSite::add(std::string const& name, std::string_view content) {
    fs::Path const path = dir / name;
    fs::make_folder(path.parent_path());
    fs::write_atomic(path, content);
    return path;
}

fs::Path MigrationSite::add_prisma(std::string const& name, std::string_view content) {
    return add(name + "/migration.sql", content);
}

void MigrationSite::remove(std::string const& name) {
    std::filesystem::remove_all(dir / name);
}

std::vector<std::string> MigrationSite::arguments(std::vector<std::string> args) const {
    args.insert(args.end(), {"--dir", dir.string()});
    return args;
}

Environment MigrationSite::environment(Environment const& more) const {
    Environment out{{"DATABASE_URL", db.conninfo().uri().reveal()}};
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

ToolRun MigrationSite::run(std::vector<std::string> args, Environment const& more) const {
    return run_tool("migrate-apply", arguments(std::move(args)), environment(more));
}

std::string MigrationSite::ask(std::string_view sql) const {
    auto connection = db.connect();
    auto const result = connection.exec(sql);
    return result.empty() ? "" : result[0].get<std::optional<std::string>>(0).value_or("");
}

std::string MigrationSite::dump() const {
    proc::Command command;
    command.program = (cluster::find_installation().bin / "pg_dump").string();
    command.environment = db.conninfo().libpq_environment();
    auto const outcome = proc::run(command, {});
    if (!outcome.ok()) {
        throw std::runtime_error{"pg_dump: " + outcome.how() + "\n" + outcome.error_tail};
    }
    std::string kept;
    for (auto const line : text::lines(outcome.output)) {
        // These two carry a random word (CVE-2025-8714).
        if (!line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")) {
            kept += std::string{line} + "\n";
        }
    }
    return kept;
}

} // namespace slipway::support
