// SPDX-License-Identifier: Apache-2.0
#include "backup/restore.hpp"

#include "catalog/properties.hpp"
#include "db_restore.hpp"
#include "error/error.hpp"
#include "guard.hpp"
#include "ledger/execution_log.hpp"
#include "ledger/rollback_log.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "progress/progress.hpp"
#include "scratch.hpp"
#include "source.hpp"
#include "swap.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "time/rfc3339.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

constexpr time::Milliseconds time_to_tell{4000};

// One restore; the steps are in the order in which restore() runs them.
class Restoring {
public:
    Restoring(Options const& options, tool::Context& context)
        : options_(options), context_(context), site_(options, context),
          tag_(make_tag(context.clock.now())),
          source_(options, context, swaps() ? "swap" : "into", tag_), live_oid_(site_.live_oid()),
          live_(target::open(site_.where(), context)),
          production_(context.production(site_.where().is_local())) {
        target::require_unpooled(live_, site_.where(), "session locks do not hold there");
        context.log.info(
            "connected", {{"server", site_.where().address()}, {"database", site_.live()}});
    }

    void choose_backup() {
        auto& data = *context_.record.data;
        data["live"] = {{"database", site_.live()}, {"oid", live_oid_}};
        data["removed"] = json::Value::array();
        source_.choose(live_.server_version() / 10'000, production_);
    }

    // All that can be refused is refused before anything is made.
    void look_for_obstacles() {
        require_rights(site_, live_oid_, context_);
        if (swaps()) {
            require_nothing_bound(site_, live_oid_, context_);
            require_alone(site_, live_oid_, live_.backend_pid(), "sessions", options_, context_);
        } else if (site_.oid_of(options_.into)) {
            throw Error{
                ErrorKind::usage,
                fmt::format("--into {}: there is such a database", options_.into),
                "Choose another name: nothing is restored over a database in use but by a swap."};
        }
        source_.require_place(site_.connection(), site_.where());
        if (swaps()) {
            source_.accept_loss(
                fmt::format(
                    "Replace {} at {} by the backup {}?",
                    site_.live(),
                    site_.where().address(),
                    source_.manifest().id),
                live_,
                production_);
        }
    }

    void take_locks() {
        site_.lock();
        (*context_.record.data)["removed"] = site_.sweep();
        if (swaps()) {
            source_.save_live(site_.where());
            // db-backup takes this one itself, so it can be held only from here on.
            live_lock_.emplace(take_lock(
                live_, pg::deployment_lock, "a migration or a backup", options_, context_));
        }
    }

    void fill() {
        Marker marker;
        marker.live = site_.live();
        marker.run = context_.record.run.id;
        marker.at = context_.clock.now();
        marker.backup = source_.manifest().id;
        scratch_.emplace(
            site_, live_oid_, marker, name_for(Stage::restoring, site_.live(), tag_), context_);
        context_.log.info("restoring", {{"database", scratch_->name()}});
        run_pg_restore();
        verify_rows();
        catalog::copy_properties(site_.connection(), live_oid_, scratch_->name());
        wanted_ = catalog::properties_of(site_.connection(), live_oid_);
        require_same(scratch_->oid(), false);
        context_.checkpoint();
    }

    void put_in_place() {
        if (swaps()) {
            swap_in();
        } else {
            name_it();
        }
        // From here on only the telling is left, which neither a stop nor a deadline may keep away.
        site_.connection().set_limits(time::Deadline::after(time_to_tell));
        require_same(scratch_->oid(), swaps());
    }

    void summarize_dry() {
        context_.record.summary = fmt::format(
            "Would restore {} {} {}",
            source_.manifest().id,
            swaps() ? "in place of" : "into",
            swaps() ? site_.live() : options_.into);
    }

    [[nodiscard]] bool swaps() const { return options_.into.empty(); }

private:
    void run_pg_restore() {
        auto const began = context_.clock.steady();
        source_.unpack();
        progress::Progress progress{
            context_.log,
            "restoring tables",
            progress::Unit::count,
            source_.manifest().tables.size()};
        std::uint64_t done = 0;
        backup::Restore work{source_.unpacked(), scratch_->where(), options_.jobs, true, {}, {}};
        work.further = ownership_arguments(options_);
        if (!options_.role.empty()) {
            work.further.push_back("--role=" + options_.role);
        }
        work.application_name = target::limits(context_).application_name;
        work.on_line = [&](std::string_view line) {
            context_.log.debug(line);
            if (line.find(": processing data for table") != std::string_view::npos) {
                progress.at(done++);
            }
        };
        try {
            backup::restore(source_.manifest(), work, context_.stop);
        } catch (Error const& error) {
            throw error.with_hint("Nothing has changed; the half restored database is removed.");
        }
        context_.record.note("restore.exit", "pg_restore ended without an error", "");
        context_.record.add_metric("restore.duration", "ms", since(began));
    }

    void verify_rows() {
        auto connection = pg::Connection::open(scratch_->where(), target::limits(context_));
        source_.require_rows(connection, "the restored database differs");
        if (swaps()) {
            // The logs of what was done and undone are no part of the application's past.
            (*context_.record.data)["carried_over"] =
                ledger::carry_rollbacks_over(live_, connection) +
                ledger::carry_executions_over(live_, connection);
            source_.tell_migrations(live_, connection);
        }
        // No archive before PostgreSQL 18 has statistics, without which plans are bad.
        connection.exec("analyze");
    }

    void require_same(std::int64_t oid, bool with_comment) {
        auto const found = catalog::differences(
            catalog::properties_of(site_.connection(), oid), wanted_, with_comment);
        context_.record.note(
            with_comment || !swaps() ? "swap.properties" : "restore.properties",
            "settings, grants and limits are those of the live database",
            text::join_first(found, "; ", most_named));
        if (!found.empty() && !placed_) {
            throw Error{
                ErrorKind::failed,
                "the restored database is not set up as the live one: " +
                    text::join_first(found, "; ", most_named),
                "Nothing has changed; see whether the role may set all of that."};
        }
    }

    void swap_in() {
        require_alone(site_, live_oid_, live_.backend_pid(), "swap.sessions", options_, context_);
        Swap work;
        work.live = live_oid_;
        work.next = scratch_->name();
        work.next_oid = scratch_->oid();
        work.previous = name_for(Stage::previous, site_.live(), tag_);
        work.marker = Marker{
            Stage::previous,
            site_.live(),
            context_.record.run.id,
            context_.clock.now(),
            source_.manifest().id,
            scratch_->oid(),
            wanted_.comment};
        work.comment = wanted_.comment;
        work.terminate = options_.terminate;
        auto const began = context_.clock.steady();
        swap(
            site_, work, [this] { live_.close(); }, context_);
        scratch_->release();
        placed_ = true;
        context_.record.add_metric("swap.duration", "ms", since(began));
        context_.record.note("swap.done", "the restored database is live", "");
        auto& data = *context_.record.data;
        data["previous"] = work.previous;
        data["live"]["oid"] = work.next_oid;
        data["live"]["replaced"] = work.live;
        context_.record.summary = fmt::format(
            "Restored {} in place of {}, which is kept as {}",
            source_.manifest().id,
            site_.live(),
            work.previous);
        context_.log.info(
            fmt::format("{} is live; the old database is kept", site_.live()),
            {{"old", work.previous}, {"back", "db-restore undo"}, {"drop", "db-restore retire"}});
    }

    void name_it() {
        std::string const quoted = pg::quote_identifier(options_.into);
        auto& connection = site_.connection();
        pg::Transaction transaction{connection};
        transaction.exec(fmt::format(
            "alter database {} rename to {}", pg::quote_identifier(scratch_->name()), quoted));
        transaction.exec("comment on database " + quoted + " is null");
        transaction.commit();
        scratch_->release();
        placed_ = true;
        (*context_.record.data)["into"] = {{"database", options_.into}, {"oid", scratch_->oid()}};
        context_.record.summary =
            fmt::format("Restored {} into {}", source_.manifest().id, options_.into);
    }

    [[nodiscard]] double since(time::Steady began) const {
        return static_cast<double>(
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began)
                .count());
    }

    Options const& options_;
    tool::Context& context_;
    Site site_;
    std::string tag_;
    Source source_;
    std::int64_t live_oid_;
    pg::Connection live_;
    std::optional<pg::AdvisoryLock> live_lock_;
    bool production_;
    std::optional<Scratch> scratch_;
    bool placed_ = false;
    catalog::Properties wanted_;
};

} // namespace

void restore(Options const& options, tool::Context& context) {
    auto const began = context.clock.steady();
    Restoring restoring{options, context};
    restoring.choose_backup();
    restoring.look_for_obstacles();
    if (!options.dry_run.empty()) {
        restoring.summarize_dry();
        return;
    }
    restoring.take_locks();
    restoring.fill();
    restoring.put_in_place();
    context.record.add_metric(
        "duration",
        "ms",
        static_cast<double>(
            std::chrono::duration_cast<time::Milliseconds>(context.clock.steady() - began)
                .count()));
}

} // namespace slipway::db_restore
