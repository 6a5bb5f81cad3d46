// SPDX-License-Identifier: Apache-2.0
#include "support/shop.hpp"

#include "json/schema.hpp"
#include "support/record_schema.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

// So that what hangs ends; the full fault tests restore 1 GB on a machine that others use.
constexpr time::Milliseconds longest_run{1'800'000};

fs::Path real_programs() {
    // pg_config would be asked for this, were it in every client package.
    auto const version = pg::Connection::open(test_server()).server_version() / 10'000;
    return fs::Path{"/usr/lib/postgresql"} / std::to_string(version) / "bin";
}

// Made once a process and copied for each case, which takes a fifth of the time.
std::string const& seeded() {
    static Database const database;
    static bool const filled = [] {
        fs::Path const scripts = fs::Path{SLIPWAY_SOURCE_DIR} / "tests/support/sample-app/db";
        for (auto const* script : {"base.sql", "seed.sql"}) {
            stock(
                "psql",
                {"-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", (scripts / script).string()},
                database.conninfo());
        }
        return true;
    }();
    static_cast<void>(filled);
    return database.name();
}

} // namespace

std::string Ended::at(std::string const& path) const {
    json::Value const* value = &*record;
    for (auto const key : text::split(path, '.')) {
        value = &json::at(*value, key);
    }
    return value->is_string() ? value->get<std::string>() : "";
}

std::string Ended::check(std::string const& id) const {
    std::string out;
    for (auto const& check : (*record)["checks"]) {
        if (check["id"] == id) {
            out = check["status"].get<std::string>();
        }
    }
    return out;
}

std::string Ended::text() const {
    return json::write(*record, true);
}

Shop::Shop() : database_(seeded()) {}

proc::Command Shop::command(
    std::vector<std::string> arguments,
    std::vector<std::pair<std::string, std::string>> environment) const {
    proc::Command out;
    out.program = (fs::Path{SLIPWAY_BUILD_DIR} / "bin" / "db-backup").string();
    out.arguments = std::move(arguments);
    out.arguments.insert(out.arguments.end(), {"--output", (folder() / "record.json").string()});
    out.folder = folder();
    out.environment = {
        {"SLIPWAY_DIR", "out"},
        {"SLIPWAY_RUN_ID", "test"},
        {"DATABASE_URL", database_.conninfo().uri().reveal()}};
    for (auto& variable : environment) {
        out.environment.push_back(std::move(variable));
    }
    out.remove_environment = {"GITHUB_ACTIONS", "CI", "BACKUP_DIR"};
    out.timeout = longest_run;
    return out;
}

Ended Shop::run(
    std::vector<std::string> arguments,
    std::vector<std::pair<std::string, std::string>> environment) const {
    auto const outcome = proc::run(command(std::move(arguments), std::move(environment)), {});
    Ended out;
    out.exit_code = outcome.exit_code;
    out.output = outcome.output + outcome.error_tail;
    out.record = json::Box{record()};
    require_valid_record(*out.record);
    return out;
}

json::Value Shop::record() const {
    fs::Path const path = folder() / "record.json";
    return json::parse(fs::read_file(path), path.string());
}

std::vector<std::string> Shop::files() const {
    std::vector<std::string> out;
    std::error_code code;
    for (auto const& entry : std::filesystem::directory_iterator{backups(), code}) {
        out.push_back(entry.path().filename().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::string> Shop::partials() const {
    auto out = files();
    out.erase(
        std::remove_if(
            out.begin(),
            out.end(),
            [](std::string const& name) { return !name.starts_with(".partial-"); }),
        out.end());
    return out;
}

fs::Path Shop::programs(std::string const& dump_script, std::string const& restore_script) const {
    fs::Path const bin = folder() / "bin";
    fs::Path const real = real_programs();
    std::filesystem::remove_all(bin);
    fs::make_folder(bin);
    // The server of a trial restore runs these as another user.
    std::filesystem::permissions(folder(), std::filesystem::perms{0755});
    for (auto const& entry : std::filesystem::directory_iterator{real}) {
        std::filesystem::create_symlink(entry.path(), bin / entry.path().filename());
    }
    auto const replace = [&](std::string const& program, std::string const& script) {
        std::filesystem::remove(bin / program);
        fs::write_atomic(
            bin / program,
            "#!/bin/sh\nREAL=" + (real / program).string() +
                "\nif [ \"$1\" = --version ]; then exec $REAL --version; fi\n"
                "for word; do case $word in --file=*) OUT=${word#--file=};; "
                "--dbname=*) RESTORING=yes;; esac; done\n" +
                script + "\n");
        std::filesystem::permissions(bin / program, std::filesystem::perms{0755});
    };
    replace("pg_dump", dump_script);
    replace("pg_restore", restore_script);
    return bin;
}

std::string
stock(std::string program, std::vector<std::string> arguments, pg::ConnInfo const& target) {
    proc::Command command;
    command.program = std::move(program);
    command.arguments = std::move(arguments);
    command.environment = target.libpq_environment();
    command.environment.emplace_back("LC_ALL", "C");
    command.timeout = longest_run;
    auto const outcome = proc::run(command, {});
    if (!outcome.ok()) {
        throw std::runtime_error{
            proc::display(command) + ": " + outcome.how() + ": " + outcome.error_tail};
    }
    return outcome.output;
}

std::string row_counts(Database const& database) {
    auto connection = database.connect();
    std::string out;
    auto const tables = connection.exec(
        "select c.oid::regclass::text from pg_class c join pg_namespace n "
        "on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname = 'public' order by 1");
    for (auto const& table : tables) {
        std::string const name = table.get<std::string>(0);
        out += name + "=" +
               connection.exec("select count(*) from " + name).one_value<std::string>() + " ";
    }
    return out;
}

} // namespace slipway::support
