// SPDX-License-Identifier: Apache-2.0
#include "shadow_place.hpp"

#include "catalog/identity.hpp"
#include "hash/digest.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "shadow_name.hpp"
#include "shadow_server.hpp"
#include "target/target.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

constexpr time::Milliseconds time_after_stop{3000}; // the record must be written, too
constexpr time::Milliseconds time_otherwise{60'000};

// In whichever database of the server the lock is held.
bool is_held(pg::Connection& connection, std::int64_t key) {
    return connection
        .exec(
            "select exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 "
            "and (classid::bigint << 32) | objid::bigint = $1)",
            {key})
        .one_value<bool>();
}

void drop_database(pg::Connection& connection, std::string const& name) {
    std::string const quoted = pg::quote_identifier(name);
    bool const can_force = connection.server_version() >= 130'000;
    if (!can_force) {
        connection.exec(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", {name});
    }
    connection.exec("drop database if exists " + quoted + (can_force ? " with (force)" : ""));
}

// As the target's URL names them, parameters of other clients included (?schema=).
pg::ConnInfo with_schema_of(pg::ConnInfo const& target, pg::ConnInfo const& where) {
    auto const schema = target.parameter("schema");
    std::string url = where.uri().reveal();
    if (!schema || where.parameter("schema")) {
        return where;
    }
    url += (url.find('?') == std::string::npos ? "?" : "&");
    return pg::ConnInfo::parse(secret::Secret{url + "schema=" + text::percent_encode(*schema)});
}

} // namespace

ShadowPlace::ShadowPlace(Session& target) : target_(target), kind_(target.options.shadow) {
    auto& context = target.context;
    if (kind_.empty()) {
        kind_ = target.options.shadow_url.empty() ? "same" : "url";
    }
    if (kind_ == "url" && target.options.shadow_url.empty()) {
        throw Error{
            ErrorKind::usage,
            "--shadow url wants to know where",
            "Name a server with --shadow-database-url or SHADOW_DATABASE_URL."};
    }
    auto const& identity = context.record.target.value();
    of_ = identity.system_identifier + "/" + identity.database;
    name_ = shadow_name(context.record.run.id, of_, hash::random_hex(4));
    wanted_ = catalog::properties_of(target.connection, identity.oid);
    session_user_ = target.connection.exec("select session_user::text").one_value<std::string>();
    connect();
    require_extensions();
    sweep();
    try {
        create();
        give_grants();
        give_settings();
    } catch (...) {
        drop(); // no destructor runs
        throw;
    }
    filler_ = maintenance_.with_database(name_);
    runner_ = with_schema_of(
        target.where, kind_ == "embedded" ? filler_.with("user", session_user_) : filler_);
}

void ShadowPlace::connect() {
    auto& context = target_.context;
    if (kind_ == "embedded") {
        server_.emplace(start_shadow_server(target_));
        maintenance_ = server_->conninfo();
    } else {
        maintenance_ =
            kind_ == "same" ? target_.where : target::parse(target_.options.shadow_url, context);
    }
    connection_.emplace(pg::Connection::open(maintenance_, target::limits(context)));
    if (server_) {
        return;
    }
    target::require_unpooled(
        *connection_, maintenance_, "a scratch database cannot be made through it");
    if (!catalog::may_create_databases(*connection_)) {
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "no shadow database can be made: the role {} may not create databases at {}",
                maintenance_.user(),
                maintenance_.address()),
            std::string{ways_without_shadow}};
    }
}

ShadowPlace::~ShadowPlace() {
    drop();
}

std::string ShadowPlace::words() const {
    if (kind_ == "embedded") {
        return "a scratch database on a private server";
    }
    return kind_ == "same" ? "a scratch database on the same server"
                           : "a scratch database at " + maintenance_.address();
}

bool ShadowPlace::is_full() const {
    try {
        return server_ && tells_of_full_disk(fs::read_file(server_->log()));
    } catch (Error const&) {
        return false; // it is so full that there is not even a log
    }
}

void ShadowPlace::require_extensions() {
    std::vector<std::string> missing;
    for (auto const& extension : catalog::extensions(target_.connection)) {
        bool const available =
            connection_
                ->exec(
                    "select exists (select from pg_available_extensions where name = $1)",
                    {extension.name})
                .one_value<bool>();
        if (!available) {
            missing.push_back(extension.name);
        }
    }
    if (!missing.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "the target has extensions that {} does not offer: {}",
                kind_ == "embedded" ? "the private server" : maintenance_.address(),
                text::join(missing, ", ")),
            (kind_ == "embedded"
                 ? "Install their packages on this machine, or use a server that has them. "
                 : "") +
                std::string{ways_without_shadow}};
    }
}

void ShadowPlace::create() {
    auto const& context = target_.context;
    auto& connection = *connection_;
    bool const may_own =
        connection
            .exec(
                "select coalesce((select pg_has_role(current_user, oid, 'member') from pg_roles "
                "where rolname = $1), false)",
                {wanted_.owner})
            .one_value<bool>();
    auto properties = wanted_;
    properties.tablespace = "pg_default";
    if (!may_own) {
        properties.owner = connection.exec("select current_user::text").one_value<std::string>();
        left_out_.push_back("the owner of the database, " + wanted_.owner);
    }
    // Before the name can be seen: who looks for leftovers takes it for one without the lock.
    connection.exec("select pg_advisory_lock($1)", {shadow_key(name_)});
    made_ = true;
    try {
        connection.exec(catalog::create_statement(name_, properties));
    } catch (pg::ServerError const& error) {
        bool const locale = error.message().find("locale") != std::string::npos;
        if (!locale) {
            throw Error{
                ErrorKind::refused,
                "no shadow database can be made: " + error.message(),
                std::string{ways_without_shadow}};
        }
        left_out_.push_back("the locale " + wanted_.collate + ", which that server does not have");
        properties.collate = properties.ctype = properties.encoding == "UTF8" ? "C.UTF-8" : "C";
        properties.provider = "c";
        properties.icu_rules.clear();
        connection.exec(catalog::create_statement(name_, properties));
    }
    json::Value const marker{
        {"slipway", "shadow/1"},
        {"of", target_.where.database()},
        {"run", context.record.run.id},
        {"at", time::to_rfc3339(context.clock.now())}};
    connection.exec(
        "comment on database " + pg::quote_identifier(name_) + " is " +
        pg::quote_literal(json::write(marker)));
}

void ShadowPlace::sweep() {
    auto const found = connection_->exec(
        R"(select datname::text from pg_database where datname like 'slipway\_shadow\_%'
           and coalesce(shobj_description(oid, 'pg_database'), '{"slipway":"shadow/')
               like '{"slipway":"shadow/%')");
    for (auto const row : found) {
        auto const name = row.get<std::string>(0);
        if (!is_shadow_of(of_, name) || is_held(*connection_, shadow_key(name))) {
            continue;
        }
        try {
            drop_database(*connection_, name);
            target_.context.log.info("removed the shadow of a killed run", {{"database", name}});
        } catch (pg::ServerError const& error) {
            target_.context.log.warning(
                "could not remove the shadow of a killed run",
                {{"database", name}, {"cause", error.message()}});
        }
    }
}

// As on the target: who may make schemas in it.
void ShadowPlace::give_grants() {
    connection_->exec("revoke all on database " + pg::quote_identifier(name_) + " from public");
    for (auto const& grant :
         catalog::grants_of(target_.connection, target_.context.record.target->oid)) {
        try {
            catalog::give_grant(*connection_, name_, grant);
        } catch (pg::ServerError const& error) {
            left_out_.push_back(fmt::format(
                "{} on the database to {}: {}", grant.privilege, grant.role, error.message()));
        }
    }
}

// What sessions find set, such as a search_path.
void ShadowPlace::give_settings() {
    auto const oid = target_.context.record.target->oid;
    auto settings = catalog::settings_of(target_.connection, oid);
    std::size_t const of_database = settings.size();
    if (kind_ == "embedded") {
        auto const everywhere = catalog::settings_of(target_.connection, 0);
        std::copy_if(
            everywhere.begin(),
            everywhere.end(),
            std::back_inserter(settings),
            [&](auto const& one) { return one.role == session_user_; });
    }
    for (std::size_t each = 0; each < settings.size(); ++each) {
        auto const& setting = settings[each];
        if (!setting.role.empty() && setting.role != session_user_) {
            continue;
        }
        try {
            pg::Transaction transaction{*connection_};
            catalog::give_setting(*connection_, each < of_database ? name_ : "", setting);
            transaction.commit();
        } catch (pg::ServerError const& error) {
            left_out_.push_back(
                fmt::format("the setting {}: {}", setting.parameter, error.message()));
        }
    }
}

void ShadowPlace::drop() noexcept {
    if (!made_ || server_) {
        return;
    }
    try {
        // The run's limits may be what ended it, and its connection may be what was lost.
        pg::Options limits;
        limits.deadline = time::Deadline::after(
            target_.context.stop.stop_requested() ? time_after_stop : time_otherwise);
        auto connection = pg::Connection::open(maintenance_, limits);
        drop_database(connection, name_);
        made_ = false;
    } catch (std::exception const& error) {
        try {
            target_.context.log.warning(
                "the shadow database stays until the next shadow run removes it",
                {{"database", name_}, {"cause", error.what()}});
        } catch (std::exception const&) { // NOLINT(bugprone-empty-catch)
        }
    }
}

} // namespace slipway::migrate_apply
