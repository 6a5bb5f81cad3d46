// SPDX-License-Identifier: Apache-2.0
#include "site.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"
#include "pg/quote.hpp"
#include "target/target.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

// One key for each live name, so that two databases of a server do not wait for one another.
std::int64_t key_of(std::string_view live) {
    std::string const digest = hash::sha256_hex("slipway/db-restore/" + std::string{live});
    std::uint64_t out = 0;
    std::from_chars(digest.data(), digest.data() + 16, out, 16);
    return static_cast<std::int64_t>(out);
}

} // namespace

pg::AdvisoryLock take_lock(
    pg::Connection& connection,
    std::int64_t key,
    std::string_view of_what,
    Options const& options,
    tool::Context& context) {
    try {
        return pg::AdvisoryLock::wait(
            connection,
            key,
            context.deadline.sooner(options.lock_wait),
            [&](pg::LockHolder const& holder) {
                context.log.info(
                    fmt::format("waiting for {}", of_what),
                    {{"pid", std::to_string(holder.pid)},
                     {"application", holder.application_name}});
            });
    } catch (Error const& error) {
        if (error.kind() == ErrorKind::refused) {
            throw error.with_context(fmt::format("{} is running", of_what));
        }
        throw;
    }
}

Site::Site(Options const& options, tool::Context& context)
    : options_(options), context_(context), where_(target::parse(options.database_url, context)),
      maintenance_(where_.with_database(options.maintenance_db)), live_name_(where_.database()) {
    if (live_name_ == options.maintenance_db) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} cannot be replaced from inside of itself", live_name_),
            "Name the application's database, or another database to be in meanwhile with "
            "--maintenance-db (template1 is always there)."};
    }
    try {
        connection_.emplace(pg::Connection::open(maintenance_, target::limits(context)));
    } catch (Error const& error) {
        if (error.kind() == ErrorKind::usage) {
            throw error.with_hint(
                error.hint() + " The database to be in while others are renamed is named by "
                               "--maintenance-db.");
        }
        throw;
    }
    target::require_unpooled(*connection_, maintenance_, "session locks do not hold there");
}

void Site::lock() {
    lock_.emplace(take_lock(
        *connection_, key_of(live_name_), "another restore of this database", options_, context_));
}

void Site::reopen(time::Milliseconds time) {
    pg::Options limits;
    limits.deadline = time::Deadline::after(time);
    lock_.reset();
    connection_.emplace(pg::Connection::open(maintenance_, limits));
}

std::optional<pg::LockHolder> Site::runner() {
    return pg::holder_of(*connection_, key_of(live_name_));
}

std::optional<std::int64_t> Site::oid_of(std::string_view database) {
    return connection_
        ->exec("select oid::bigint from pg_catalog.pg_database where datname = $1", {database})
        .optional_value<std::int64_t>();
}

std::int64_t Site::live_oid() {
    if (auto const oid = oid_of(live_name_)) {
        return *oid;
    }
    throw Error{
        ErrorKind::usage,
        fmt::format("there is no database {}", live_name_),
        "Look at what there is with db-restore status; to restore onto an empty server, make an "
        "empty database of that name first (createdb)."};
}

std::vector<Sibling> Site::siblings() {
    std::vector<Sibling> out;
    auto const found = connection_->exec(R"(
select datname::text, oid::bigint, pg_catalog.shobj_description(oid, 'pg_database'),
       case when pg_catalog.has_database_privilege(oid, 'connect')
            then pg_catalog.pg_database_size(oid) end
from pg_catalog.pg_database
where pg_catalog.shobj_description(oid, 'pg_database') like '{%' order by datname)");
    for (auto const& row : found) {
        auto marker = from_comment(row.get<std::string>(2));
        std::string const name = row.get<std::string>(0);
        if (marker && marker->live == live_name_ && is_name_for(marker->stage, live_name_, name)) {
            Sibling one{name, row.get<std::int64_t>(1), std::move(*marker), std::nullopt};
            if (auto const bytes = row.get<std::optional<std::int64_t>>(3)) {
                one.bytes = static_cast<std::uint64_t>(*bytes);
            }
            out.push_back(std::move(one));
        }
    }
    std::stable_sort(out.begin(), out.end(), [](Sibling const& a, Sibling const& b) {
        return a.marker.at > b.marker.at;
    });
    return out;
}

std::vector<std::string> Site::unmarked() {
    std::vector<std::string> out;
    auto const found = connection_->exec(
        "select datname::text from pg_catalog.pg_database "
        "where pg_catalog.shobj_description(oid, 'pg_database') is null order by 1");
    for (auto const& row : found) {
        std::string const name = row.get<std::string>(0);
        if (is_name_for(Stage::restoring, live_name_, name)) {
            out.push_back(name);
        }
    }
    return out;
}

// Killed between the making and the comment, a run leaves a database with nothing in it: whosever
// it is, nothing is lost with it.
bool Site::drop_if_empty(std::string const& database) {
    try {
        bool empty = false;
        {
            auto inside =
                pg::Connection::open(where_.with_database(database), target::limits(context_));
            empty =
                inside
                    .exec("select not exists (select from pg_catalog.pg_class where oid >= 16384) "
                          "and not exists (select from pg_catalog.pg_proc where oid >= 16384) "
                          "and not exists (select from pg_catalog.pg_type where oid >= 16384) "
                          "and not exists (select from pg_catalog.pg_largeobject_metadata)")
                    .one_value<bool>();
        }
        if (empty) {
            connection_->exec("drop database " + pg::quote_identifier(database));
            context_.log.warning(
                "removed the empty database that a killed run had just made",
                {{"database", database}});
        }
        return empty;
    } catch (Error const& error) {
        context_.log.debug(
            "could not look into a database", {{"database", database}, {"cause", error.message()}});
        return false;
    }
}

std::vector<std::string> Site::sweep() {
    std::vector<std::string> out;
    for (auto const& one : siblings()) {
        if (one.marker.stage != Stage::restoring) {
            continue;
        }
        try {
            // A pg_restore that lost its tool goes at once; the server may still be building an
            // index for it.
            connection_->exec(
                "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity "
                "where datid = $1::oid and application_name = $2",
                {one.oid, fmt::format("slipway/db-restore/{}", one.marker.run).substr(0, 63)});
            connection_->exec("drop database " + pg::quote_identifier(one.name));
            context_.log.warning(
                "removed what a killed run had half restored",
                {{"database", one.name}, {"run", one.marker.run}});
            out.push_back(one.name);
        } catch (pg::ServerError const& error) {
            context_.log.warning(
                "could not remove what a killed run had half restored",
                {{"database", one.name}, {"cause", error.message()}});
        }
    }
    for (auto const& name : unmarked()) {
        if (drop_if_empty(name)) {
            out.push_back(name);
            continue;
        }
        context_.log.warning(
            "a database has the name of one half restored, but not its mark; if it is nobody's, "
            "drop it by hand",
            {{"database", name}});
    }
    return out;
}

} // namespace slipway::db_restore
