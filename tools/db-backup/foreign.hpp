// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "pg/conninfo.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

namespace slipway::db_backup {

/// What a foreign file is: a script of pg_dump, or one of its archives.
enum class Form : std::uint8_t { sql, custom, tar, directory };

/// A foreign backup, as far as it tells of itself.
struct Foreign {
    fs::Path path; // what psql or pg_restore is given
    Form form = Form::sql;
    std::string database;       // empty where it does not say
    std::string server_version; // `15.20`; empty where it does not say
    time::Instant made{};
    std::set<std::string> roles; // that it gives objects and rights to
    bool makes_database = false; // the script creates its database and connects to it
};

std::string_view name(Form form);

/// Looks at the file: what it is, of which database, server and time, and which roles it needs.
/// What is compressed, or a tar of ours, is unpacked below `workplace` first. Throws usage where it
/// is nothing that pg_dump writes, refused where a script would run commands of psql.
Foreign look_at(fs::Path const& given, fs::Path const& workplace, std::stop_token const& stop);

/// Restores it into the database of `target`, whose user is a superuser, or for a script that makes
/// its database beside it; throws failed with the program's words.
void restore_foreign(
    Foreign const& foreign,
    pg::ConnInfo const& target,
    std::int64_t jobs,
    std::stop_token const& stop);

} // namespace slipway::db_backup
