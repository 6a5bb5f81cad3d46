// SPDX-License-Identifier: Apache-2.0
// --schema-swap: for a role that may neither create nor rename databases, the same by schemas.
#include "backup/contents.hpp"
#include "default_privileges.hpp"
#include "error/error.hpp"
#include "ledger/execution_log.hpp"
#include "ledger/rollback_log.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "schema_limits.hpp"
#include "schema_load.hpp"
#include "schema_swap.hpp"
#include "site.hpp"
#include "source.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

class SchemaRestoring {
public:
    SchemaRestoring(Options const& options, tool::Context& context)
        : options_(options), context_(context), site_(options, context),
          tag_(make_tag(context.clock.now())), source_(options, context, "schema-swap", tag_),
          production_(context.production(site_.where().is_local())) {}

    void choose_backup() {
        (*context_.record.data)["live"] = {
            {"database", site_.database()}, {"oid", context_.record.target->oid}};
        source_.choose(site_.connection().server_version() / 10'000, production_);
        source_.unpack();
        entries_ = backup::contents(
            backup::restore_client(source_.manifest(), context_.stop),
            source_.unpacked(),
            context_.stop);
    }

    void look_for_obstacles() {
        live_ = site_.live_schemas();
        require_coverable(site_, live_, entries_, context_);
        source_.require_place(site_.connection(), site_.where());
        source_.accept_loss(
            fmt::format(
                "Replace the schemas of {} at {} by those of the backup {}?",
                site_.database(),
                site_.where().address(),
                source_.manifest().id),
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
        live_ = site_.live_schemas(); // a migration may have been faster
    }

    void swap() {
        auto const began = context_.clock.steady();
        auto work = site_.open_another();
        Marker marker;
        marker.stage = Stage::previous;
        marker.run = context_.record.run.id;
        marker.at = context_.clock.now();
        marker.backup = source_.manifest().id;
        SchemaSwap swap{site_, work, tag_, marker};
        pg::Transaction transaction{work};
        if (!options_.role.empty()) {
            work.exec("set local role " + pg::quote_identifier(options_.role));
        }
        PlainDefaults defaults{work};
        swap.move_aside(live_);
        auto const made = make_schemas(swap);
        swap.bring_extensions();
        load(work, made);
        defaults.restore();
        verify(work, swap);
        context_.record.add_metric("restore.duration", "ms", since(began));
        put_in_place(work, swap, transaction);
    }

    void summarize_dry() {
        context_.record.summary = fmt::format(
            "Would restore {} in place of the schemas {}",
            source_.manifest().id,
            text::join(names(), ", "));
    }

private:
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (auto const& schema : live_) {
            out.push_back(schema.name);
        }
        return out;
    }

    // Those of the archive that were live, and those that an extension needs.
    std::vector<std::string> make_schemas(SchemaSwap& swap) {
        std::vector<std::string> out;
        for (auto const& schema : live_) {
            bool const in_archive =
                schema.name == "public" ||
                std::any_of(entries_.begin(), entries_.end(), [&](auto const& entry) {
                    return makes_schema(entry.text, schema.name);
                });
            if (in_archive || schema.with_extensions) {
                swap.make_anew(schema);
                out.push_back(schema.name);
            }
        }
        return out;
    }

    void load(pg::Connection& work, std::vector<std::string> there) {
        auto const staying = site_.staying(live_);
        there.insert(there.end(), staying.begin(), staying.end());
        context_.log.info("restoring in one transaction", {{"database", site_.database()}});
        std::vector<std::string> left;
        for (auto const& entry : entries_) {
            if (cover_of(entry.text) == Cover::left) {
                left.push_back(std::string{text::trim(entry.text)});
            }
        }
        (*context_.record.data)["left"] = left;
        ArchiveLoad archive{source_.manifest(), source_.unpacked(), covered(entries_, there)};
        try {
            archive.run(work, options_, context_);
        } catch (Error const& error) {
            throw error.hint().empty() ? error.with_hint("Nothing has changed.") : error;
        }
        context_.record.note("restore.exit", "the archive was restored without an error", "");
    }

    void verify(pg::Connection& work, SchemaSwap& swap) {
        source_.require_rows(work, "the restored schemas differ");
        (*context_.record.data)["carried_over"] =
            ledger::carry_rollbacks_over(site_.connection(), work) +
            ledger::carry_executions_over(site_.connection(), work);
        work.exec("savepoint looking"); // whatever cannot be read
        source_.tell_migrations(site_.connection(), work);
        work.exec("rollback to savepoint looking");
        std::vector<std::string> tables;
        for (auto const& table : source_.manifest().tables) {
            tables.push_back(pg::qualified(table.schema, table.name));
        }
        if (!tables.empty()) {
            work.exec("analyze " + text::join(tables, ", "));
        }
        swap.name_successors();
        auto const found = swap.differences();
        context_.record.note(
            "restore.properties",
            "owners, grants and comments of the schemas are those of the live ones",
            text::join_first(found, "; ", most_named));
        if (!found.empty()) {
            throw Error{
                ErrorKind::failed,
                "the restored schemas are not set up as the live ones: " +
                    text::join_first(found, "; ", most_named),
                "Nothing has changed."};
        }
    }

    void put_in_place(pg::Connection& work, SchemaSwap& swap, pg::Transaction& transaction) {
        context_.checkpoint();
        swap.lock_out(options_, context_);
        auto const began = context_.clock.steady();
        auto const probe = swap.moved().empty() ? std::string{"public"} : swap.moved().front();
        auto const oid = swap.oid_of(swap.aside(probe));
        (*context_.record.data)["schemas"] = swap.to_json();
        commit_swap(
            site_, [&] { transaction.commit(); }, swap.aside(probe), oid, context_);
        work.close();
        context_.record.add_metric("swap.duration", "ms", since(began));
        context_.record.note("swap.done", "the restored schemas are live", "");
        (*context_.record.data)["kept"] = tag_;
        context_.record.summary = fmt::format(
            "Restored {} in place of the schemas {}, which are kept as …__prev_{}",
            source_.manifest().id,
            text::join(swap.moved(), ", "),
            tag_);
        context_.log.info(
            "the restored schemas are live; the old ones are kept",
            {{"back", "db-restore undo --schema-swap"},
             {"drop", "db-restore retire --schema-swap"}});
    }

    [[nodiscard]] double since(time::Steady began) const {
        return static_cast<double>(
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began)
                .count());
    }

    Options const& options_;
    tool::Context& context_;
    SchemaSite site_;
    std::string tag_;
    Source source_;
    bool production_;
    std::optional<pg::AdvisoryLock> deployment_lock_;
    std::vector<backup::Entry> entries_;
    std::vector<LiveSchema> live_;
};

} // namespace

void restore_schemas(Options const& options, tool::Context& context) {
    SchemaRestoring restoring{options, context};
    restoring.choose_backup();
    restoring.look_for_obstacles();
    if (!options.dry_run.empty()) {
        restoring.summarize_dry();
        return;
    }
    restoring.take_locks();
    restoring.swap();
}

} // namespace slipway::db_restore
