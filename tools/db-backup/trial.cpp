// SPDX-License-Identifier: Apache-2.0
#include "trial.hpp"

#include "backup/restore.hpp"
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "pg/connection.hpp"
#include "pg/quote.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr std::string_view embedded = "embedded";
constexpr std::string_view mark = "a trial restore of slipway's db-backup, to be dropped";
constexpr time::Milliseconds time_after_stop{3000}; // the record must be written, too
constexpr time::Milliseconds time_otherwise{60'000};

std::string drop_statement(std::string const& name, int server_version) {
    return "drop database " + pg::quote_identifier(name) +
           (server_version >= 130'000 ? " with (force)" : "");
}

// Another database of that name is none of ours, and creating ours then fails by its name.
void drop_remains(pg::Connection& server, std::string const& name) {
    auto const found = server.exec(
        "select from pg_catalog.pg_database where datname = $1 "
        "and pg_catalog.shobj_description(oid, 'pg_database') = $2",
        {name, mark});
    if (!found.empty()) {
        server.exec(drop_statement(name, server.server_version()));
    }
}

void require_roles(pg::Connection& server, backup::Manifest const& manifest) {
    auto const missing = backup::missing_roles(server, manifest);
    if (!missing.empty()) {
        throw Error{
            ErrorKind::usage,
            "the server of the trial restore lacks " + text::join(missing, ", "),
            "Create the roles there (nologin), or use --verify-server embedded."};
    }
}

} // namespace

TrialDatabase::TrialDatabase(
    secret::Secret const& server,
    backup::Manifest const& manifest,
    tool::Context& context)
    : context_(context), name_("trial") {
    if (server.empty() || server.reveal() == embedded) {
        start(manifest);
    } else {
        use(server, manifest);
    }
}

void TrialDatabase::start(backup::Manifest const& manifest) {
    cluster::Settings settings;
    settings.major = backup::major_of(manifest.server_version);
    settings.stop = context_.stop;
    own_.emplace(cluster::Cluster::start(settings));
    server_ = own_->conninfo();
    auto connection = pg::Connection::open(server_, target::limits(context_));
    // Policies name roles, which a new server does not have; owners and grants are not restored.
    for (auto const& role : backup::missing_roles(connection, manifest)) {
        if (!role.starts_with("pg_")) {
            connection.exec("create role " + pg::quote_identifier(role));
        }
    }
    connection.exec(fmt::format(
        "create database {} template template0 encoding {} locale {}",
        pg::quote_identifier(name_),
        pg::quote_literal(manifest.encoding),
        manifest.encoding == "UTF8" ? "'C.UTF-8'" : "'C'"));
}

void TrialDatabase::use(secret::Secret const& server, backup::Manifest const& manifest) {
    server_ = target::parse(server, context_);
    auto connection = pg::Connection::open(server_, target::limits(context_));
    int const major = connection.server_version() / 10'000;
    if (major < backup::major_of(manifest.server_version)) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "the server of the trial restore is of version {}, the backup of {}",
                major,
                manifest.server_version),
            "Name a server of that version or newer with --verify-server."};
    }
    require_roles(connection, manifest);
    // An id may be longer than a name of a database.
    name_ = "slipway_trial_" + hash::sha256_hex(manifest.id).substr(0, 16);
    drop_remains(connection, name_);
    bool const same_encoding =
        connection
            .exec(
                "select pg_catalog.pg_encoding_to_char(encoding) = $1 from pg_catalog.pg_database "
                "where datname = 'template0'",
                {manifest.encoding})
            .one_value<bool>();
    connection.exec(fmt::format(
        "create database {} template template0 encoding {}{}",
        pg::quote_identifier(name_),
        pg::quote_literal(manifest.encoding),
        same_encoding ? "" : " locale 'C'"));
    made_ = true;
    connection.exec(fmt::format(
        "comment on database {} is {}", pg::quote_identifier(name_), pg::quote_literal(mark)));
    // It holds the application's rows, and PUBLIC may connect to a new database.
    connection.exec("revoke connect on database " + pg::quote_identifier(name_) + " from public");
}

TrialDatabase::~TrialDatabase() {
    if (!made_) {
        return;
    }
    try {
        pg::Options limits = target::limits(context_);
        limits.stop = {};
        limits.deadline = time::Deadline::after(
            context_.stop.stop_requested() ? time_after_stop : time_otherwise);
        auto connection = pg::Connection::open(server_, limits);
        connection.exec(drop_statement(name_, connection.server_version()));
    } catch (std::exception const& error) {
        context_.log.warning(
            "the database of the trial restore stays until the next one of this backup",
            {{"database", name_}, {"server", server_.address()}, {"cause", error.what()}});
    }
}

} // namespace slipway::db_backup
