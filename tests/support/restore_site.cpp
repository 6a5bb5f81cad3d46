// SPDX-License-Identifier: Apache-2.0
#include "support/restore_site.hpp"

#include "pg/quote.hpp"

#include <iostream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace slipway::support {

RestoreSite::RestoreSite() {
    sql("create table items (id bigint generated always as identity primary key, name text, "
        "shout text generated always as (upper(name)) stored);"
        "insert into items (name) select 'item ' || n from generate_series(1, 500) n;"
        "create table parts (item bigint references items on delete cascade, n int);"
        "insert into parts select id, 1 from items;"
        "create index on parts (item);"
        "create view loud as select shout from items;");
}

RestoreSite::~RestoreSite() {
    try {
        auto connection = pg::Connection::open(test_server());
        for (auto const& name : siblings()) {
            std::string const quoted = pg::quote_identifier(name);
            connection.exec("alter database " + quoted + " is_template false");
            connection.exec("drop database " + quoted + " with (force)");
        }
    } catch (Error const& error) {
        std::cerr << "not all databases were dropped: " << error.message() << '\n';
    }
}

Environment RestoreSite::environment() const {
    return {
        {"DATABASE_URL", database_.conninfo().uri().reveal()},
        {"BACKUP_DIR", backups().string()},
        {"SLIPWAY_RUN_ID", "test"}};
}

ToolRun RestoreSite::run(
    std::string const& tool,
    std::vector<std::string> arguments,
    Environment const& more) const {
    auto all = environment();
    all.insert(all.end(), more.begin(), more.end());
    return run_tool(tool, std::move(arguments), all);
}

ToolRun RestoreSite::restore(std::vector<std::string> arguments) const {
    return run("db-restore", std::move(arguments));
}

std::string RestoreSite::backup(std::vector<std::string> arguments) const {
    auto const made = run("db-backup", std::move(arguments));
    if (made.code != 0) {
        throw std::logic_error{made.all()};
    }
    return made.at("/data/id");
}

void RestoreSite::forge(std::string const& id, std::string const& member, std::string const& value)
    const {
    fs::Path const path = backups() / (id + ".manifest.json");
    auto manifest = json::parse(fs::read_file(path), path.string());
    manifest[member] = json::parse(value, "value");
    fs::write_atomic(path, json::write(manifest, true));
}

std::vector<std::string> RestoreSite::siblings() const {
    return siblings("");
}

std::vector<std::string> RestoreSite::siblings(std::string_view word) const {
    std::vector<std::string> out;
    auto connection = pg::Connection::open(test_server());
    auto const found = connection.exec(
        "select datname::text from pg_database where starts_with(datname, $1 || '_') "
        "and strpos(datname, $2) > 0 order by 1",
        {name(), word});
    for (auto const& row : found) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

void RestoreSite::server_sql(std::string_view statement) const {
    pg::Connection::open(test_server()).exec(statement);
}

std::string RestoreSite::value(std::string_view query, std::string const& database) const {
    auto connection = pg::Connection::open(
        database.empty() ? database_.conninfo() : test_server().with_database(database));
    auto const row = connection.exec(query).one_row();
    return std::string{row.text(0)};
}

} // namespace slipway::support
