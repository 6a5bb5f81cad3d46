// SPDX-License-Identifier: Apache-2.0
#include "schema_swap.hpp"

#include "error/error.hpp"
#include "guard.hpp"
#include "pg/quote.hpp"
#include "pg/sqlstate.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"

#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

constexpr time::Milliseconds glance{50};
// Whoever comes while we wait for a lock waits behind us: so we wait shortly, and often. It is the
// sum of the waits and below PostgreSQL's deadlock_timeout, so that no client is ended for our sake.
constexpr time::Milliseconds patience{700};
constexpr time::Milliseconds rest{300};

constexpr std::string_view grants_query = R"(
select coalesce(g.rolname::text, ''), a.privilege_type::text, a.is_grantable
from pg_catalog.pg_namespace n,
lateral pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
left join pg_catalog.pg_roles g on g.oid = a.grantee
where n.oid = $1::oid order by 1, 2)";

std::string const& end_blockers() {
    static std::string const text =
        "select pg_catalog.pg_terminate_backend(a.pid) "
        "from pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) as b(pid) "
        "join pg_catalog.pg_stat_activity a on a.pid = b.pid "
        "where a.pid <> pg_catalog.pg_backend_pid() and " +
        std::string{may_end};
    return text;
}

std::string role_word(std::string const& role) {
    return role.empty() ? "public" : pg::quote_identifier(role);
}

std::vector<std::string> column(pg::Result const& result) {
    std::vector<std::string> out;
    for (auto const& row : result) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

bool try_lock(
    SchemaSite& site,
    pg::Connection& work,
    std::string const& tables,
    bool terminate,
    std::string& doorman_failure,
    tool::Context& context) {
    int const pid = work.backend_pid();
    std::jthread const doorman{[&](std::stop_token const& done) {
        time::SystemClock clock;
        try {
            while (clock.sleep(glance, done), !done.stop_requested()) {
                if (terminate) {
                    site.connection().exec(end_blockers(), {pid});
                }
            }
        } catch (Error const& error) {
            doorman_failure = error.message();
        }
    }};
    try {
        work.exec("savepoint before_lock");
        work.exec(fmt::format("set local statement_timeout = '{}ms'", patience.count()));
        work.exec("lock table only " + tables + " in access exclusive mode");
        work.exec("set local statement_timeout = 0");
        return true;
    } catch (pg::ServerError const& error) {
        if (error.sqlstate() != pg::sqlstate::query_canceled &&
            error.sqlstate() != pg::sqlstate::deadlock_detected) {
            throw;
        }
    }
    work.exec("rollback to savepoint before_lock");
    signal::throw_if_stopped(context.stop);
    return false;
}

} // namespace

SchemaSwap::SchemaSwap(SchemaSite& site, pg::Connection& work, std::string tag, Marker marker)
    : site_(site), work_(work), tag_(std::move(tag)), marker_(std::move(marker)) {}

std::string SchemaSwap::aside(std::string_view schema) const {
    return name_for(Stage::previous, schema, tag_);
}

std::int64_t SchemaSwap::oid_of(std::string_view schema) {
    return work_
        .exec("select oid::bigint from pg_catalog.pg_namespace where nspname = $1", {schema})
        .optional_value<std::int64_t>()
        .value_or(0);
}

void SchemaSwap::move_aside(std::vector<LiveSchema> const& live) {
    for (auto const& schema : live) {
        auto marker = marker_;
        marker.live = schema.name;
        marker.comment = schema.comment;
        std::string const quoted = pg::quote_identifier(aside(schema.name));
        work_.exec("alter schema " + pg::quote_identifier(schema.name) + " rename to " + quoted);
        work_.exec("comment on schema " + quoted + " is " + pg::quote_literal(to_comment(marker)));
        moved_.push_back(schema.name);
    }
}

void SchemaSwap::make_anew(LiveSchema const& live) {
    std::string const quoted = pg::quote_identifier(live.name);
    std::string const owner = pg::quote_identifier(live.owner);
    work_.exec("create schema " + quoted + " authorization " + owner);
    work_.exec("revoke all on schema " + quoted + " from " + owner);
    for (auto const& row : work_.exec(grants_query, {live.oid})) {
        work_.exec(fmt::format(
            "grant {} on schema {} to {}{}",
            row.get<std::string>(1),
            quoted,
            role_word(row.get<std::string>(0)),
            row.get<bool>(2) ? " with grant option" : ""));
    }
    made_.push_back(live);
    if (live.comment) {
        work_.exec("comment on schema " + quoted + " is " + pg::quote_literal(*live.comment));
    }
}

void SchemaSwap::bring_extensions() {
    for (auto const& schema : moved_) {
        auto const names = column(work_.exec(
            "select e.extname::text from pg_catalog.pg_extension e "
            "join pg_catalog.pg_namespace n on n.oid = e.extnamespace where n.nspname = $1",
            {aside(schema)}));
        for (auto const& name : names) {
            work_.exec(fmt::format(
                "alter extension {} set schema {}",
                pg::quote_identifier(name),
                pg::quote_identifier(schema)));
        }
    }
}

void SchemaSwap::name_successors() {
    for (auto const& schema : moved_) {
        std::string const quoted = pg::quote_identifier(aside(schema));
        auto const comment = work_
                                 .exec(
                                     "select pg_catalog.obj_description(oid, 'pg_namespace') "
                                     "from pg_catalog.pg_namespace where nspname = $1",
                                     {aside(schema)})
                                 .one_value<std::string>();
        auto marker = from_comment(comment).value();
        marker.replaced_by = oid_of(schema);
        work_.exec("comment on schema " + quoted + " is " + pg::quote_literal(to_comment(marker)));
    }
}

std::vector<std::string> SchemaSwap::differences() {
    constexpr std::string_view query = R"(
select n.nspowner::regrole::text || ': '
       || coalesce(
           (select pg_catalog.string_agg(
                       pg_catalog.concat_ws(' ', x.grantee, x.privilege_type, x.is_grantable), ', '
                       order by x.grantee, x.privilege_type)
            from pg_catalog.aclexplode(coalesce(
                n.nspacl, pg_catalog.acldefault('n', n.nspowner))) x), ''),
       coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), '')
from pg_catalog.pg_namespace n where n.oid = $1::oid)";
    std::vector<std::string> out;
    for (auto const& schema : made_) {
        auto const now = work_.exec(query, {oid_of(schema.name)}).one_row();
        auto const wanted = work_.exec(query, {schema.oid}).one_row();
        if (now.text(0) != wanted.text(0)) {
            out.push_back(fmt::format("{}: {}, not {}", schema.name, now.text(0), wanted.text(0)));
        }
        if (now.text(1) != schema.comment.value_or("")) {
            out.push_back(fmt::format("{}: the comment {}", schema.name, now.text(1)));
        }
    }
    return out;
}

json::Value SchemaSwap::to_json() {
    auto out = json::Value::array();
    for (auto const& schema : moved_) {
        out.push_back({{"schema", schema}, {"oid", oid_of(schema)}, {"previous", aside(schema)}});
    }
    return out;
}

void SchemaSwap::lock_out(Options const& options, tool::Context& context) {
    std::vector<std::string> names;
    for (auto const& schema : moved_) {
        names.push_back(aside(schema));
    }
    auto const tables = column(work_.exec(
        "select pg_catalog.format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c "
        "join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p') order by c.oid",
        {pg::text_array(names)}));
    keep_out(site_, work_, tables, options, context);
}

void keep_out(
    SchemaSite& site,
    pg::Connection& work,
    std::vector<std::string> const& tables,
    Options const& options,
    tool::Context& context) {
    if (tables.empty()) {
        return;
    }
    std::string const list = text::join(tables, ", ");
    auto const limit = context.deadline.sooner(options.lock_wait);
    std::string failure;
    while (!try_lock(site, work, list, options.terminate, failure, context)) {
        if (limit.expired()) {
            auto const others = column(site.connection().exec(
                "select pg_catalog.format('%s of %s (%s)', state, usename, application_name) "
                "from pg_catalog.pg_stat_activity where datname = current_database() "
                "and xact_start is not null and pid <> $1 and pid <> pg_catalog.pg_backend_pid()",
                {work.backend_pid()}));
            throw Error{
                ErrorKind::refused,
                "sessions use the old tables all the time: " +
                    text::join_first(others, "; ", most_named) +
                    (failure.empty() ? "" : "; " + failure),
                "Nothing has changed. Stop the application, or let such sessions be ended with "
                "--terminate."};
        }
        context.log.info("waiting for transactions that use the old tables");
        context.clock.sleep(rest, context.stop);
    }
}

void commit_swap(
    SchemaSite& site,
    std::function<void()> const& commit,
    std::string const& schema,
    std::int64_t oid,
    tool::Context& context) {
    try {
        commit();
        return;
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::in_doubt) {
            throw;
        }
        bool made = false;
        try {
            site.reopen();
            made = site.connection()
                       .exec(
                           "select exists (select from pg_catalog.pg_namespace "
                           "where nspname = $1 and oid = $2::oid)",
                           {schema, oid})
                       .one_value<bool>();
        } catch (Error const&) {
            throw error.with_hint("Ask db-restore status --schema-swap which schemas are live.");
        }
        if (made) {
            context.log.warning("the connection was lost in the commit, which was made");
            return;
        }
    }
    throw Error{
        ErrorKind::unavailable,
        "the connection was lost in the swap, which was not made",
        "Nothing has changed; run db-restore again."};
}

} // namespace slipway::db_restore
