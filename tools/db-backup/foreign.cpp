// SPDX-License-Identifier: Apache-2.0
#include "foreign.hpp"

#include "backup/client.hpp"
#include "backup/manifest.hpp"
#include "error/error.hpp"
#include "foreign_script.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr time::Milliseconds time_to_end{1500};
constexpr std::size_t most_said = 500;

[[noreturn]] void refuse_file(fs::Path const& path, std::string_view why) {
    throw Error{
        ErrorKind::usage,
        fmt::format("{} {}", path.string(), why),
        "Taken in are what pg_dump writes: a script (.sql, .sql.gz), its custom or tar form, its "
        "folder; and the tar of a backup of ours."};
}

std::string beginning(fs::Path const& path) {
    constexpr std::size_t enough = 1024;
    std::ifstream in{path, std::ios::binary};
    std::string out(enough, '\0');
    in.read(out.data(), static_cast<std::streamsize>(out.size()));
    out.resize(static_cast<std::size_t>(in.gcount()));
    return out;
}

// Runs a program that must succeed; returns what it writes, or hands it on.
std::string must_run(proc::Command command, std::string_view what, std::stop_token const& stop) {
    command.grace = time_to_end;
    command.environment.emplace_back("LC_ALL", "C");
    auto const outcome = proc::run(command, stop);
    signal::throw_if_stopped(stop);
    if (!outcome.ok()) {
        std::string said;
        for (auto const line : text::lines(outcome.error_tail)) {
            if (said.empty() || line.find("rror:") != std::string_view::npos) {
                said = text::shorten(text::printable_line(line), most_said);
                if (line.find("rror:") != std::string_view::npos) {
                    break;
                }
            }
        }
        throw Error{
            ErrorKind::failed,
            fmt::format("{} ({}): {}", what, outcome.how(), said),
            "The file is damaged, or of another kind than its name says."};
    }
    return outcome.output;
}

fs::Path unzip(fs::Path const& from, fs::Path const& workplace, std::stop_token const& stop) {
    fs::Path to = workplace / from.filename().stem();
    std::ofstream out{to, std::ios::binary};
    proc::Command command;
    command.program = "gzip";
    command.arguments = {"--decompress", "--stdout", from.string()};
    command.on_output = [&](std::string_view bytes) {
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    };
    must_run(command, "gzip did not unpack " + from.string(), stop);
    out.close();
    if (!out) {
        fs::fail("write", to);
    }
    return to;
}

// A tar of ours holds one folder; its toc.dat is not at the root as in pg_dump's tar.
bool is_ours(fs::Path const& tar, std::stop_token const& stop) {
    proc::Command command;
    command.program = "tar";
    command.arguments = {"--list", "--file", tar.string()};
    auto const listing = must_run(command, "tar does not read " + tar.string(), stop);
    return text::lines(listing).front().find('/') != std::string_view::npos;
}

fs::Path untar(fs::Path const& tar, fs::Path const& workplace, std::stop_token const& stop) {
    proc::Command command;
    command.program = "tar";
    command.arguments = {
        "--extract", "--file", tar.string(), "--directory", workplace.string(), "--no-same-owner"};
    must_run(command, "tar does not unpack " + tar.string(), stop);
    for (auto const& entry : std::filesystem::directory_iterator{workplace}) {
        if (std::filesystem::exists(entry.path() / "toc.dat")) {
            return entry.path();
        }
    }
    refuse_file(tar, "holds no archive of pg_dump");
}

Form form_of(fs::Path const& path) {
    if (std::filesystem::is_directory(path)) {
        if (!std::filesystem::exists(path / "toc.dat")) {
            refuse_file(path, "is a folder without a toc.dat");
        }
        return Form::directory;
    }
    std::string const head = beginning(path);
    constexpr std::size_t magic_of_tar = 257;
    if (head.starts_with("PGDMP")) {
        return Form::custom;
    }
    if (head.size() > magic_of_tar + 5 && head.compare(magic_of_tar, 5, "ustar") == 0) {
        return Form::tar;
    }
    if (head.empty() || head.find('\0') != std::string::npos) {
        refuse_file(path, "is no backup that is known here");
    }
    return Form::sql;
}

// `; Archive created at 2026-11-26 18:38:26 UTC`, `;     dbname: shop`, `;     Dumped from
// database version: 15.20 (Debian …)`.
void read_archive(Foreign& out, std::stop_token const& stop) {
    proc::Command list;
    list.program = backup::find_client("pg_restore", 0, stop).path.string();
    list.arguments = {"--list", out.path.string()};
    list.environment.emplace_back("TZ", "UTC");
    auto const listing = must_run(list, "pg_restore does not read the archive", stop);
    auto const after = [](std::string_view line, std::string_view key) {
        auto const at = line.find(key);
        return at == std::string_view::npos ? std::string_view{}
                                            : text::trim(line.substr(at + key.size()));
    };
    for (auto const line : text::lines(listing)) {
        if (!line.starts_with(';')) {
            continue;
        }
        if (auto const made = after(line, "Archive created at "); made.size() >= 19) {
            std::string moment{made.substr(0, 19)};
            moment[10] = 'T';
            out.made = time::from_rfc3339(moment + "Z").value_or(out.made);
        }
        if (auto const found = after(line, "dbname: "); !found.empty()) {
            out.database = found;
        }
        if (auto const found = after(line, "Dumped from database version: "); !found.empty()) {
            out.server_version = found.substr(0, found.find(' '));
        }
    }
    ScriptFacts facts;
    proc::Command schema;
    schema.program = list.program;
    schema.arguments = {"--schema-only", "--file=-", out.path.string()};
    std::string rest;
    schema.on_output = [&](std::string_view bytes) {
        rest += bytes;
        auto const end = rest.rfind('\n');
        if (end != std::string::npos) {
            for (auto const line : text::lines(std::string_view{rest}.substr(0, end + 1))) {
                facts.line(line);
            }
            rest.erase(0, end + 1);
        }
    };
    must_run(schema, "pg_restore does not read the archive", stop);
    out.roles = facts.roles();
}

void read_script(Foreign& out, fs::Path const& given) {
    ScriptFacts facts;
    std::ifstream in{out.path, std::ios::binary};
    std::string line;
    while (std::getline(in, line)) {
        facts.line(line);
    }
    if (!facts.objection().empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{}: {}", given.string(), facts.objection()),
            "Take those lines out, after reading them, if the rest is what is wanted."};
    }
    if (!facts.is_dump()) {
        refuse_file(given, "is no script of pg_dump");
    }
    if (!facts.is_complete()) {
        throw Error{
            ErrorKind::failed,
            fmt::format("{} is cut off: pg_dump's last lines are missing", given.string()),
            "Look for a whole copy of it."};
    }
    out.roles = facts.roles();
    out.server_version = facts.server_version();
    out.database = facts.database();
    out.makes_database = !facts.database().empty();
}

} // namespace

std::string_view name(Form form) {
    switch (form) {
    case Form::sql:
        return "sql";
    case Form::custom:
        return "custom";
    case Form::tar:
        return "tar";
    case Form::directory:
        return "directory";
    }
    return "";
}

Foreign look_at(fs::Path const& given, fs::Path const& workplace, std::stop_token const& stop) {
    std::error_code code;
    if (!std::filesystem::exists(given, code)) {
        throw Error{ErrorKind::usage, fmt::format("there is no {}", given.string())};
    }
    Foreign out;
    out.path = std::filesystem::absolute(given).lexically_normal();
    out.made = std::chrono::time_point_cast<time::Milliseconds>(
        std::chrono::file_clock::to_sys(std::filesystem::last_write_time(given)));
    bool const folder = std::filesystem::is_directory(out.path);
    if (!folder && beginning(out.path).starts_with("\x1f\x8b")) {
        out.path = unzip(out.path, workplace, stop);
    }
    out.form = form_of(out.path);
    if (out.form == Form::tar && is_ours(out.path, stop)) {
        out.path = untar(out.path, workplace, stop);
        out.form = Form::directory;
    }
    if (out.form == Form::sql) {
        read_script(out, given);
    } else {
        read_archive(out, stop);
    }
    return out;
}

void restore_foreign(
    Foreign const& foreign,
    pg::ConnInfo const& target,
    std::int64_t jobs,
    std::stop_token const& stop) {
    int const major = backup::major_of(foreign.server_version);
    bool const script = foreign.form == Form::sql;
    proc::Command command;
    command.environment = target.libpq_environment();
    command.program =
        backup::find_client(script ? "psql" : "pg_restore", major, stop).path.string();
    if (script) {
        command.arguments = {
            "--no-psqlrc",
            "--quiet",
            "--no-password",
            "--set=ON_ERROR_STOP=1",
            "--output=/dev/null",
            "--file=" + foreign.path.string()};
    } else {
        command.arguments = {"--no-password", "--exit-on-error", "--dbname=" + target.database()};
        if (foreign.form != Form::tar) {
            command.arguments.push_back(fmt::format("--jobs={}", jobs));
        }
        command.arguments.push_back(foreign.path.string());
    }
    must_run(command, "the file does not restore", stop);
}

} // namespace slipway::db_backup
