// SPDX-License-Identifier: Apache-2.0
#include "adopt.hpp"

#include "cluster/cluster.hpp"
#include "destinations.hpp"
#include "error/error.hpp"
#include "foreign.hpp"
#include "pg/connection.hpp"
#include "pg/quote.hpp"
#include "record/write.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

// shop_2026-01-31.sql.gz → shop_2026-01-31
std::string stem_of(fs::Path const& path) {
    std::string const name = path.filename().string();
    return name.substr(0, name.find('.'));
}

std::string sum_of(fs::Path const& path) {
    return std::filesystem::is_directory(path) ? record::sha256_of_file(path / "toc.dat")
                                               : record::sha256_of_file(path);
}

void make_roles_and_database(
    Foreign const& foreign,
    std::string const& database,
    cluster::Cluster const& server,
    pg::Options const& limits) {
    auto connection = pg::Connection::open(server.conninfo(), limits);
    for (auto const& role : foreign.roles) {
        auto const there =
            connection.exec("select from pg_catalog.pg_roles where rolname = $1", {role});
        if (there.empty()) {
            connection.exec("create role " + pg::quote_identifier(role));
        }
    }
    // Every new server has that one, empty.
    if (!foreign.makes_database && database != "postgres") {
        connection.exec(
            "create database " + pg::quote_identifier(database) + " template template0");
    }
}

} // namespace

void adopt(Options const& options, tool::Context& context, storage::Places& places) {
    if (options.ids.size() != 1) {
        throw Error{
            ErrorKind::usage,
            "adopt takes one file or folder",
            "As in: db-backup adopt shop.sql.gz --environment staging."};
    }
    if (options.encrypt.empty()) {
        require_encryption(options, context.production(true));
    }
    auto const digit = [](char c) {
        return c >= '0' && c <= '9';
    };
    auto const& server_id = options.system_identifier;
    if (!std::all_of(server_id.begin(), server_id.end(), digit)) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--system-identifier {} is no number", server_id),
            "Ask that server: select system_identifier from pg_control_system()."};
    }
    fs::Path const given = options.ids.front();
    clean_up(places_of(options), options, places, context);
    backup::Partial const partial{
        workplace_of(options),
        "adopt-" + backup::make_id(context.clock.now(), environment_word(context)),
        context.stop};
    auto const foreign = look_at(given, partial.path(), context.stop);
    std::string const database = !options.database.empty()   ? options.database
                                 : !foreign.database.empty() ? foreign.database
                                                             : stem_of(given);
    context.log.info(
        fmt::format("{} is a dump in {} form", given.string(), name(foreign.form)),
        {{"database", database}, {"server", foreign.server_version}});
    cluster::Settings settings;
    settings.major = backup::major_of(foreign.server_version);
    settings.stop = context.stop;
    auto const server = cluster::Cluster::start(settings);
    pg::Options limits;
    limits.stop = context.stop;
    limits.deadline = context.deadline;
    std::string const restored = foreign.makes_database ? foreign.database : database;
    make_roles_and_database(foreign, restored, server, limits);
    auto const where = server.conninfo(foreign.makes_database ? "postgres" : restored);
    try {
        restore_foreign(foreign, where, options.jobs, context.stop);
    } catch (Error const& error) {
        signal::throw_if_stopped(context.stop);
        note(context, "foreign.restored", "the file restores", error.message());
        throw;
    }
    note(context, "foreign.restored", "the file restores", "");
    Source source;
    source.url = secret::Secret{server.conninfo(restored).uri().reveal()};
    source.made = foreign.made;
    source.database = database;
    source.system_identifier = server_id;
    source.adopted = {given.filename().string(), sum_of(given), std::string{name(foreign.form)}};
    Options own = options;
    own.database_url = source.url;
    // It may be older than what is there, and is not to be judged or counted by that.
    own.allow_shrink = true;
    create_from(source, own, context, places);
}

} // namespace slipway::db_backup
