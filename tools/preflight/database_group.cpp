// SPDX-License-Identifier: Apache-2.0
#include "catalog/activity.hpp"
#include "catalog/tables.hpp"
#include "look.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/quote.hpp"
#include "privileges.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

using Amiss = Findings::Amiss;

constexpr int version_unit = 10'000;

bool setting_is_on(pg::Connection& db, std::string_view name) {
    return db.exec("select pg_catalog.current_setting($1)", {name}).one_value<std::string>() ==
           "on";
}

void look_at_server(
    Look const& look,
    Findings& findings,
    pg::Connection& db,
    catalog::Identity const& identity) {
    identity.server_version_num / version_unit >= look.options.min_server
        ? findings.passed("database.version", identity.server_version)
        : findings.warned(
              "database.version",
              fmt::format(
                  "{}, wanted {} or newer", identity.server_version, look.options.min_server));
    identity.is_in_recovery ? findings.failed("database.primary", "it is a replica")
                            : findings.passed("database.primary", "it is");
    findings.attempt("database.writable", [&] {
        setting_is_on(db, "transaction_read_only")
            ? findings.failed(
                  "database.writable",
                  "transactions are read-only here",
                  db.exec("select format('set default_transaction_read_only = off; alter database "
                          "%I reset"
                          " default_transaction_read_only;',"
                          " current_database())")
                      .one_value<std::string>())
            : findings.passed("database.writable", "they may");
    });
    findings.attempt("database.pooler", [&] {
        db.looks_pooled() ? findings.failed("database.pooler", "sessions change between statements")
                          : findings.passed("database.pooler", "none was seen");
    });
    findings.attempt("database.durable", [&] {
        std::vector<std::string> off;
        for (char const* name : {"fsync", "full_page_writes"}) {
            if (!setting_is_on(db, name)) {
                off.emplace_back(fmt::format("{} is off", name));
            }
        }
        if (look.production) {
            findings.none_of(
                "database.durable",
                off,
                "they are",
                Amiss::fails,
                "alter system set fsync = on; alter system set full_page_writes = on; select "
                "pg_reload_conf();");
        } else {
            findings.skipped("database.durable", "this is not production");
        }
    });
    findings.attempt("database.wraparound", [&] {
        auto const row = db.exec("select age(datfrozenxid)::bigint, quote_ident(datname)"
                                 " from pg_database where datallowconn"
                                 " order by 1 desc limit 1")
                             .one_row();
        auto const age = row.get<std::int64_t>(0);
        auto const message = fmt::format(
            "{} is {} transactions old, of the 2,147 million that there are",
            row.get<std::string>(1),
            age);
        auto const hint = fmt::format(
            "See what holds autovacuum up. In the database {}: vacuum (freeze);",
            row.get<std::string>(1));
        auto const limit = look.options.xid_age;
        age >= limit + limit / 2 ? findings.failed("database.wraparound", message, hint)
        : age >= limit           ? findings.warned("database.wraparound", message, hint)
                                 : findings.passed("database.wraparound", message);
    });
}

void look_at_connections(Look const& look, Findings& findings, pg::Connection& db) {
    auto const activity = catalog::activity(db);
    activity.complete ? findings.passed("database.visible", "it does")
                      : findings.warned(
                            "database.visible",
                            "other roles' sessions are hidden from this one",
                            db.exec("select format('grant pg_monitor to %I;', current_user)")
                                .one_value<std::string>());
    auto const share =
        static_cast<double>(activity.connections) / static_cast<double>(activity.max_connections);
    auto const message = fmt::format(
        "{} of {} are taken ({:.0f} %)",
        activity.connections,
        activity.max_connections,
        share * 100);
    share >= look.options.connections_used ? findings.failed("database.connections", message)
                                           : findings.passed("database.connections", message);
}

void look_at_locks(Look const& look, Findings& findings, pg::Connection& db) {
    findings.attempt("database.blocked", [&] {
        std::vector<std::string> waiting;
        std::string hint;
        for (auto const& each : catalog::blockers(db)) {
            waiting.push_back(fmt::format(
                "pid {} waits for {}{}",
                each.pid,
                each.relation.empty() ? each.lock_mode : each.relation,
                each.blocked_by.empty() ? ""
                                        : fmt::format(", held by pid {}", each.blocked_by[0])));
            hint = each.blocked_by.empty() || !hint.empty()
                       ? hint
                       : fmt::format(
                             "Wait for it to end, or: select pg_terminate_backend({});",
                             each.blocked_by[0]);
        }
        findings.none_of("database.blocked", waiting, "none does", Amiss::fails, hint);
    });
    findings.attempt("database.long_transactions", [&] {
        auto const oldest = catalog::oldest_transaction(db);
        if (!oldest) {
            findings.passed("database.long_transactions", "none is open");
            return;
        }
        auto const message = fmt::format(
            "the oldest, pid {} ({}), {}, is {} old",
            oldest->pid,
            oldest->application_name.empty() ? "no name" : oldest->application_name,
            oldest->state,
            time::human_duration(oldest->age));
        oldest->age > look.options.transaction_age
            ? findings.failed(
                  "database.long_transactions",
                  message,
                  fmt::format(
                      "A migration's lock queues behind it. Wait, or: select "
                      "pg_terminate_backend({});",
                      oldest->pid))
            : findings.passed("database.long_transactions", message);
    });
    findings.attempt("database.prepared_transactions", [&] {
        auto const old = first_column(db.exec(
            "select gid from pg_prepared_xacts where database = current_database()"
            " and prepared < now() - $1::float8 * interval '1 millisecond' order by prepared",
            {static_cast<double>(look.options.transaction_age.count())}));
        findings.none_of(
            "database.prepared_transactions",
            old,
            "none is",
            Amiss::fails,
            old.empty()
                ? ""
                : fmt::format("Commit it, or: rollback prepared {};", pg::quote_literal(old[0])));
    });
    findings.attempt("database.deployment_lock", [&] {
        auto const holder = pg::holder_of(db, pg::deployment_lock);
        holder
            ? findings.failed(
                  "database.deployment_lock",
                  fmt::format("{} (pid {}) is", holder->application_name, holder->pid),
                  fmt::format(
                      "Wait until it has ended, or: select pg_terminate_backend({});", holder->pid))
            : findings.passed("database.deployment_lock", "none is");
    });
}

void look_at_objects(Findings& findings, pg::Connection& db) {
    findings.attempt("database.invalid_indexes", [&] {
        std::vector<std::string> names;
        std::string hint;
        for (auto const& each : catalog::invalid_indexes(db)) {
            names.push_back(each.schema + "." + each.name);
            hint += fmt::format(
                "reindex index concurrently {};", pg::qualified(each.schema, each.name));
        }
        findings.none_of("database.invalid_indexes", names, "none is", Amiss::warns, hint);
    });
    findings.attempt("database.unvalidated_constraints", [&] {
        std::vector<std::string> names;
        std::string hint;
        for (auto const& each : catalog::unvalidated_constraints(db)) {
            names.push_back(each.schema + "." + each.table + "." + each.name);
            hint += fmt::format(
                "alter table {} validate constraint {};",
                pg::qualified(each.schema, each.table),
                pg::quote_identifier(each.name));
        }
        findings.none_of("database.unvalidated_constraints", names, "none is", Amiss::warns, hint);
    });
    findings.attempt("database.replication_slots", [&] {
        auto const idle = first_column(
            db.exec("select slot_name from pg_replication_slots where not active order by 1"));
        findings.none_of(
            "database.replication_slots",
            idle,
            "none is",
            Amiss::warns,
            idle.empty() ? ""
                         : fmt::format(
                               "It keeps WAL until the disk is full: select "
                               "pg_drop_replication_slot({});",
                               pg::quote_literal(idle[0])));
    });
}

} // namespace

void look_at_database(Look const& look, Findings& findings) {
    if (!look.server.is_named()) {
        findings.skip_rest("database", "no database is named");
        return;
    }
    auto const* identity = look.server.identity();
    if (identity == nullptr) {
        auto const why = look.server.why_not();
        findings.failed(
            "database.reachable",
            why ? why->message() : "it was not asked",
            why ? why->hint() : "");
        findings.skip_rest("database", "the database was not reached");
        return;
    }
    findings.passed(
        "database.reachable",
        fmt::format("{} at {}", identity->database, look.server.where().address()));
    findings.attempt("database.connections", [&] {
        auto db = look.server.connect();
        look_at_connections(look, findings, db);
        look_at_server(look, findings, db, *identity);
        look_at_locks(look, findings, db);
        look_at_objects(findings, db);
        look_at_state(look, findings, db);
        look_at_privileges(findings, db);
    });
    findings.skip_rest("database", "the connection was lost before");
}

} // namespace slipway::preflight
