// SPDX-License-Identifier: Apache-2.0
#include "catalog/activity.hpp"
#include "catalog/tables.hpp"
#include "look.hpp"
#include "pg/advisory_lock.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

using Amiss = Findings::Amiss;

constexpr int oldest_supported = 140'000;
// Autovacuum forces a freeze at 200 million; the server refuses commands near 2.1 thousand million.
constexpr std::int64_t age_to_warn = 1'000'000'000;
constexpr std::int64_t age_to_fail = 1'600'000'000;

bool setting_is_on(pg::Connection& db, std::string_view name) {
    return db.exec("select pg_catalog.current_setting($1)", {name}).one_value<std::string>() ==
           "on";
}

std::vector<std::string> column(pg::Result const& result) {
    std::vector<std::string> out;
    for (auto const row : result) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

void look_at_server(
    Look const& look,
    Findings& findings,
    pg::Connection& db,
    catalog::Identity const& identity) {
    identity.server_version_num >= oldest_supported
        ? findings.passed("database.version", identity.server_version)
        : findings.warned(
              "database.version", identity.server_version + " gets no more security fixes");
    identity.is_in_recovery ? findings.failed("database.primary", "it is a replica")
                            : findings.passed("database.primary", "it is");
    findings.attempt("database.writable", [&] {
        setting_is_on(db, "transaction_read_only")
            ? findings.failed("database.writable", "transactions are read-only here")
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
            findings.none_of("database.durable", off, "they are", Amiss::fails);
        } else {
            findings.skipped("database.durable", "this is not production");
        }
    });
    findings.attempt("database.wraparound", [&] {
        auto const age = db.exec("select max(age(datfrozenxid))::bigint from pg_database"
                                 " where datallowconn")
                             .one_value<std::int64_t>();
        auto const message = fmt::format("{} million of 2,147 are used", age / 1'000'000);
        age >= age_to_fail   ? findings.failed("database.wraparound", message)
        : age >= age_to_warn ? findings.warned("database.wraparound", message)
                             : findings.passed("database.wraparound", message);
    });
}

void look_at_connections(Look const& look, Findings& findings, pg::Connection& db) {
    auto const activity = catalog::activity(db);
    activity.complete
        ? findings.passed("database.visible", "it does")
        : findings.warned("database.visible", "other roles' sessions are hidden from this one");
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
        for (auto const& each : catalog::blockers(db)) {
            waiting.push_back(fmt::format(
                "pid {} waits for {}{}",
                each.pid,
                each.relation.empty() ? each.lock_mode : each.relation,
                each.blocked_by.empty() ? ""
                                        : fmt::format(", held by pid {}", each.blocked_by[0])));
        }
        findings.none_of("database.blocked", waiting, "none does", Amiss::fails);
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
            ? findings.failed("database.long_transactions", message)
            : findings.passed("database.long_transactions", message);
    });
    findings.attempt("database.prepared_transactions", [&] {
        auto const old =
            column(db.exec("select gid from pg_prepared_xacts where database = current_database()"
                           " and prepared < now() - interval '5 minutes' order by prepared"));
        findings.none_of("database.prepared_transactions", old, "none is", Amiss::fails);
    });
    findings.attempt("database.deployment_lock", [&] {
        auto const holder = pg::holder_of(db, pg::deployment_lock);
        holder ? findings.failed(
                     "database.deployment_lock",
                     fmt::format("{} (pid {}) is", holder->application_name, holder->pid))
               : findings.passed("database.deployment_lock", "none is");
    });
}

void look_at_objects(Findings& findings, pg::Connection& db) {
    findings.attempt("database.invalid_indexes", [&] {
        std::vector<std::string> names;
        for (auto const& each : catalog::invalid_indexes(db)) {
            names.push_back(each.schema + "." + each.name);
        }
        findings.none_of("database.invalid_indexes", names, "none is", Amiss::warns);
    });
    findings.attempt("database.unvalidated_constraints", [&] {
        std::vector<std::string> names;
        for (auto const& each : catalog::unvalidated_constraints(db)) {
            names.push_back(each.schema + "." + each.table + "." + each.name);
        }
        findings.none_of("database.unvalidated_constraints", names, "none is", Amiss::warns);
    });
    findings.attempt("database.replication_slots", [&] {
        auto const idle = column(
            db.exec("select slot_name from pg_replication_slots where not active order by 1"));
        findings.none_of("database.replication_slots", idle, "none is", Amiss::warns);
    });
    findings.attempt("database.create", [&] {
        bool const may = db.exec("select has_database_privilege(current_database(), 'create')"
                                 " or exists (select from pg_namespace where nspname !~ '^pg_'"
                                 " and nspname <> 'information_schema'"
                                 " and has_schema_privilege(oid, 'create'))")
                             .one_value<bool>();
        may ? findings.passed("database.create", "it may")
            : findings.failed("database.create", "it may in no schema");
    });
    findings.attempt("database.select", [&] {
        std::vector<std::string> names;
        for (auto const& each : catalog::missing_table_privileges(db, {"select"})) {
            names.push_back(each.schema + "." + each.name);
        }
        findings.none_of("database.select", names, "it may", Amiss::fails);
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
    });
    findings.skip_rest("database", "the connection was lost before");
}

} // namespace slipway::preflight
