// SPDX-License-Identifier: Apache-2.0
// --table: single tables, each restored into a schema of its own and then put in place of the live
// one, all in one transaction; the schema is proven to be as before.
#include "backup/contents.hpp"
#include "backup/restore.hpp"
#include "catalog/snapshot.hpp"
#include "chosen_table.hpp"
#include "error/error.hpp"
#include "guard.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "schema_load.hpp"
#include "schema_swap.hpp"
#include "site.hpp"
#include "source.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

// The sequence of each identity column goes on where the old table's was: numbers that were given
// away are not given again.
constexpr std::string_view identities_query = R"(
select pg_catalog.format(
    'select pg_catalog.setval(%L, greatest(n.last_value, o.last_value), n.is_called or o.is_called) '
    'from %s n, %s o', n.oid::regclass, n.oid::regclass, o.oid::regclass)
from pg_catalog.pg_depend dn
join pg_catalog.pg_class n on n.oid = dn.objid and n.relkind = 'S'
join pg_catalog.pg_attribute an on an.attrelid = dn.refobjid and an.attnum = dn.refobjsubid
join pg_catalog.pg_attribute ao on ao.attrelid = $2::oid and ao.attname = an.attname
join pg_catalog.pg_depend d_o on d_o.refobjid = ao.attrelid and d_o.refobjsubid = ao.attnum
     and d_o.deptype = 'i' and d_o.classid = 'pg_catalog.pg_class'::regclass
join pg_catalog.pg_class o on o.oid = d_o.objid and o.relkind = 'S'
where dn.refobjid = $1::regclass and dn.deptype = 'i'
  and dn.classid = 'pg_catalog.pg_class'::regclass)";

class TableRestoring {
public:
    TableRestoring(Options const& options, tool::Context& context)
        : options_(options), context_(context), site_(options, context),
          tag_(make_tag(context.clock.now())), source_(options, context, "table", tag_),
          production_(context.production(site_.where().is_local())) {}

    void choose_backup() {
        (*context_.record.data)["live"] = {
            {"database", site_.database()}, {"oid", context_.record.target->oid}};
        source_.choose(site_.connection().server_version() / 10'000, production_);
        chosen_ = choose_tables(source_.manifest(), options_);
        source_.unpack();
    }

    void look_for_obstacles() {
        find_live(site_.connection(), chosen_);
        std::vector<std::string> unknown;
        for (auto& one : chosen_) {
            auto const some = ties_of(site_.connection(), one.live, oids(), "x").unknown;
            unknown.insert(unknown.end(), some.begin(), some.end());
        }
        require(
            context_,
            "table.ties",
            "what depends on the tables can be given the restored ones",
            unknown.empty()
                ? ""
                : "cannot be given another table: " + text::join_first(unknown, "; ", most_named),
            "Drop these and make them anew afterwards, or restore the whole database.");
        source_.require_place(site_.connection(), site_.where());
        source_.accept_loss(
            fmt::format("Replace {} by the backup {}?", words(), source_.manifest().id),
            site_.connection(),
            production_);
    }

    void take_locks() {
        site_.lock();
        source_.save_live(site_.where());
        deployment_lock_.emplace(take_lock(
            site_.connection(),
            pg::deployment_lock,
            "a migration or a backup",
            options_,
            context_));
        find_live(site_.connection(), chosen_);
    }

    void run() {
        auto work = site_.open_another();
        pg::Transaction transaction{work};
        if (!options_.role.empty()) {
            work.exec("set local role " + pg::quote_identifier(options_.role));
        }
        work.exec("select pg_catalog.set_config('search_path', '', false)");
        std::vector<std::string> aside;
        for (auto const& set : site_.kept()) {
            for (auto const& schema : set.schemas) {
                aside.push_back(schema.name);
            }
        }
        auto const before = catalog::snapshot(work, aside, catalog::Extent::everything);
        try {
            load(work);
            put_in_place(work);
        } catch (pg::ServerError const& error) {
            throw explain(error);
        }
        for (auto const& schema : schemas()) {
            aside.push_back(name_for(Stage::previous, schema, tag_));
        }
        require_as_before(before, catalog::snapshot(work, aside, catalog::Extent::everything));
        if (schemas().empty()) {
            transaction.commit();
        } else {
            auto const probe = name_for(Stage::previous, *schemas().begin(), tag_);
            auto const oid =
                work.exec(
                        "select oid::bigint from pg_catalog.pg_namespace where nspname = $1",
                        {probe})
                    .one_value<std::int64_t>();
            commit_swap(
                site_, [&] { transaction.commit(); }, probe, oid, context_);
        }
        tell_done();
    }

    [[nodiscard]] std::string words() const {
        std::vector<std::string> out;
        for (auto const& one : chosen_) {
            out.push_back(one.words());
        }
        return text::join(out, ", ");
    }

private:
    [[nodiscard]] std::vector<std::int64_t> oids() const {
        std::vector<std::int64_t> out;
        for (auto const& one : chosen_) {
            out.push_back(one.live);
        }
        return out;
    }

    [[nodiscard]] std::set<std::string> schemas() const {
        std::set<std::string> out;
        for (auto const& one : chosen_) {
            if (one.live != 0) {
                out.insert(one.table.schema);
            }
        }
        return out;
    }

    // Where a table is made: in a schema of its own, or at its place where nothing is there.
    [[nodiscard]] std::string home(ChosenTable const& one) const {
        return one.live == 0 ? one.table.schema
                             : name_for(Stage::restoring, one.table.schema, tag_);
    }

    void load(pg::Connection& work) {
        auto const all = backup::contents(
            backup::restore_client(source_.manifest(), context_.stop),
            source_.unpacked(),
            context_.stop);
        ArchiveLoad everything{source_.manifest(), source_.unpacked(), all};
        auto const early = everything.definitions("pre-data", options_, context_);
        auto const late = everything.definitions("post-data", options_, context_);
        for (auto const& schema : schemas()) {
            work.exec(
                "create schema " + pg::quote_identifier(name_for(Stage::restoring, schema, tag_)));
        }
        for (auto& one : chosen_) {
            one.script.emplace(early, late, QualifiedName{one.table.schema, one.table.name});
            if (one.live == 0) {
                run_all(work, one.script->make_sequences());
            }
            run_all(work, one.script->make(home(one)));
            copy_rows(work, one, all);
            run_all(work, one.script->complete(home(one)));
            verify(work, one);
        }
    }

    void
    copy_rows(pg::Connection& work, ChosenTable const& one, std::vector<backup::Entry> const& all) {
        std::vector<backup::Entry> entries;
        for (auto const& entry : all) {
            bool const rows = entry.oid == one.table.oid && entry.text.starts_with("TABLE DATA ");
            auto const& sequences = one.script->sequences();
            bool const sequence =
                one.live == 0 && std::any_of(sequences.begin(), sequences.end(), [&](auto& name) {
                    return entry.text.starts_with(
                        fmt::format("SEQUENCE SET {} {} ", one.table.schema, name));
                });
            if (rows || sequence) {
                entries.push_back(entry);
            }
        }
        ArchiveLoad load{source_.manifest(), source_.unpacked(), entries};
        load.run_data(work, options_, context_, [&](std::string_view statement) {
            return one.script->moved(statement, home(one));
        });
    }

    void verify(pg::Connection& work, ChosenTable const& one) {
        std::string const name = pg::qualified(home(one), one.table.name);
        auto const rows = work.exec("select count(*) from " + name).one_value<std::int64_t>();
        std::int64_t const expected = one.table.data ? one.table.rows : 0;
        std::string const failure =
            rows == expected ? ""
                             : fmt::format("{} has {} rows, not {}", one.words(), rows, expected);
        context_.record.note(
            "restore.rows." + one.words(), "the table has the rows of the manifest", failure);
        if (!failure.empty()) {
            throw Error{ErrorKind::failed, failure, "Nothing has changed; choose another backup."};
        }
        work.exec("analyze " + name);
    }

    static void run_all(pg::Connection& work, std::vector<std::string> const& statements) {
        for (auto const& statement : statements) {
            work.exec(statement);
        }
    }

    void put_in_place(pg::Connection& work) {
        std::vector<std::string> live;
        std::set<std::string> cut;
        for (auto& one : chosen_) {
            if (one.live != 0) {
                live.push_back(one.sql());
            }
        }
        keep_out(site_, work, live, options_, context_);
        for (auto& one : chosen_) {
            one.ties =
                ties_of(work, one.live, oids(), name_for(Stage::previous, one.table.schema, tag_));
        }
        make_aside(work);
        for (auto const& one : chosen_) {
            for (auto const& statement : one.ties.cut) {
                if (cut.insert(statement).second) {
                    work.exec(statement);
                }
            }
        }
        for (auto const& one : chosen_) {
            if (one.live != 0) {
                exchange(work, one);
            }
        }
        for (auto const& schema : schemas()) {
            work.exec(
                "drop schema " + pg::quote_identifier(name_for(Stage::restoring, schema, tag_)));
        }
        for (auto const& one : chosen_) {
            if (one.live == 0) {
                run_all(work, one.script->own_sequences());
            }
            run_all(work, one.script->tie());
            run_all(work, one.ties.knot);
        }
    }

    void make_aside(pg::Connection& work) {
        for (auto const& schema : schemas()) {
            Marker marker;
            marker.stage = Stage::previous;
            marker.live = schema;
            marker.run = context_.record.run.id;
            marker.at = context_.clock.now();
            marker.backup = source_.manifest().id;
            std::string const quoted =
                pg::quote_identifier(name_for(Stage::previous, schema, tag_));
            work.exec("create schema " + quoted);
            work.exec(
                "comment on schema " + quoted + " is " + pg::quote_literal(to_comment(marker)));
        }
    }

    void exchange(pg::Connection& work, ChosenTable const& one) {
        std::string const aside = name_for(Stage::previous, one.table.schema, tag_);
        work.exec("alter table " + one.sql() + " set schema " + pg::quote_identifier(aside));
        work.exec(
            "alter table " + pg::qualified(home(one), one.table.name) + " set schema " +
            pg::quote_identifier(one.table.schema));
        for (auto const& row : work.exec(identities_query, {one.sql(), one.live})) {
            work.exec(row.get<std::string>(0));
        }
    }

    // Whatever the backup's definitions do otherwise than the live ones is found here.
    void
    require_as_before(catalog::SchemaSnapshot const& before, catalog::SchemaSnapshot const& after) {
        std::vector<std::string> changes;
        for (auto const& change : catalog::difference(before, after)) {
            changes.push_back(fmt::format("{} {}", catalog::name(change.kind), change.object));
        }
        bool const anew = std::any_of(
            chosen_.begin(), chosen_.end(), [](ChosenTable const& one) { return one.live == 0; });
        require(
            context_,
            "table.definition",
            "the schema is as it was before",
            changes.empty() || anew ? ""
                                    : "the tables' definitions have changed since the backup: " +
                                          text::join_first(changes, "; ", most_named),
            "Nothing has changed. Restore the backup --into another database, and copy the rows.");
    }

    void tell_done() {
        auto& list = (*context_.record.data)["tables"] = json::Value::array();
        for (auto const& one : chosen_) {
            list.push_back(
                {{"table", one.words()},
                 {"rows", one.table.data ? one.table.rows : 0},
                 {"previous",
                  one.live == 0 ? "" : name_for(Stage::previous, one.table.schema, tag_)}});
        }
        context_.record.note("swap.done", "the restored tables are live", "");
        context_.record.summary = fmt::format("Restored {} of {}", words(), source_.manifest().id);
        context_.log.info(
            "the restored tables are live; the old ones are kept",
            {{"drop", "db-restore retire --schema-swap"}});
    }

    Options const& options_;
    tool::Context& context_;
    SchemaSite site_;
    std::string tag_;
    Source source_;
    bool production_;
    std::optional<pg::AdvisoryLock> deployment_lock_;
    std::vector<ChosenTable> chosen_;
};

} // namespace

void restore_tables(Options const& options, tool::Context& context) {
    TableRestoring restoring{options, context};
    restoring.choose_backup();
    restoring.look_for_obstacles();
    if (!options.dry_run.empty()) {
        context.record.summary = "Would restore " + restoring.words();
        return;
    }
    restoring.take_locks();
    restoring.run();
}

} // namespace slipway::db_restore
