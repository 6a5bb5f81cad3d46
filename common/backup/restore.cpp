// SPDX-License-Identifier: Apache-2.0
#include "backup/restore.hpp"

#include "error/error.hpp"
#include "pg/quote.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

// What is in flight on the server ends within this time, and the record must follow it.
constexpr time::Milliseconds grace{1500};
constexpr std::size_t most_named = 5;

// A database's name alone would be read as a connection string where it holds `=`.
std::string conninfo_of(std::string const& database) {
    std::string const escaped =
        text::replace_all(text::replace_all(database, "\\", "\\\\"), "'", "\\'");
    return "dbname='" + escaped + "'";
}

proc::Command
command_of(Manifest const& manifest, Restore const& work, std::stop_token const& stop) {
    proc::Command out;
    out.program = restore_client(manifest, stop).path.string();
    out.arguments = {
        "--format=directory", "--verbose", "--no-password", fmt::format("--jobs={}", work.jobs)};
    if (!work.owners) {
        out.arguments.insert(out.arguments.end(), {"--no-owner", "--no-privileges"});
    }
    out.arguments.insert(out.arguments.end(), work.further.begin(), work.further.end());
    out.arguments.insert(
        out.arguments.end(),
        {"--dbname=" + conninfo_of(work.target.database()), work.folder.string()});
    out.environment = work.target.libpq_environment();
    out.environment.emplace_back("LC_ALL", "C");
    if (!work.application_name.empty()) {
        out.environment.emplace_back("PGAPPNAME", work.application_name.substr(0, 63));
    }
    out.grace = grace;
    return out;
}

} // namespace

Client restore_client(Manifest const& manifest, std::stop_token const& stop) {
    return find_client("pg_restore", major_of(manifest.pg_dump_version), stop);
}

bool is_harmless(std::string_view complaint) {
    // Written by pg_restore 17 and newer, which sets it to what an older server does anyway.
    return complaint.find("unrecognized configuration parameter \"transaction_timeout\"") !=
           std::string_view::npos;
}

void restore(Manifest const& manifest, Restore const& work, std::stop_token const& stop) {
    auto command = command_of(manifest, work, stop);
    std::vector<std::string> complaints;
    std::size_t harmless = 0;
    command.on_error_line = [&](std::string_view line) {
        constexpr std::string_view prefix = "pg_restore: error: ";
        if (line.starts_with(prefix) && is_harmless(line)) {
            ++harmless;
        } else if (line.starts_with(prefix)) {
            complaints.push_back(text::printable_line(line.substr(prefix.size())));
        }
        if (work.on_line) {
            work.on_line(line);
        }
    };
    auto const outcome = proc::run(command, stop);
    signal::throw_if_stopped(stop);
    // pg_restore goes on after an error and ends with 1.
    bool const excused = outcome.exit_code == 1 && harmless > 0;
    if (!complaints.empty() || (!outcome.ok() && !excused)) {
        throw Error{
            ErrorKind::failed,
            fmt::format(
                "pg_restore failed ({}){}{}",
                outcome.how(),
                complaints.empty() ? "" : ": ",
                text::join_first(complaints, "; ", most_named))};
    }
}

std::vector<std::string> missing_roles(pg::Connection& server, Manifest const& manifest) {
    std::vector<std::string> out;
    auto const found = server.exec(
        "select r.name from unnest($1::text[]) with ordinality r(name, place) "
        "where not exists (select from pg_catalog.pg_roles where rolname = r.name) order by place",
        {pg::text_array(manifest.roles)});
    for (auto const& row : found) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

std::vector<std::string> row_differences(pg::Connection& connection, Manifest const& manifest) {
    connection.exec("set row_security = off");
    std::vector<std::string> out;
    for (auto const& table : manifest.tables) {
        std::string const name = pg::qualified(table.schema, table.name);
        auto const rows =
            connection.exec("select count(*) from only " + name).one_value<std::int64_t>();
        std::int64_t const expected = table.data ? table.rows : 0;
        if (rows != expected) {
            out.push_back(fmt::format("{} has {} rows, not {}", name, rows, expected));
        }
    }
    return out;
}

} // namespace slipway::backup
