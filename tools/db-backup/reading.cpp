// SPDX-License-Identifier: Apache-2.0
#include "reading.hpp"

#include "backup/client.hpp"
#include "backup/fingerprint.hpp"
#include "backup/store.hpp"
#include "error/error.hpp"
#include "guard.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/connection.hpp"
#include "pg/transaction.hpp"
#include "progress/progress.hpp"
#include "source.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

// A fingerprint's own count is of another scan than the copy's.
void require_same_count(backup::Table const& table, std::int64_t copied) {
    if (!table.fingerprint.empty() && table.rows != copied) {
        throw Error{
            ErrorKind::failed,
            fmt::format(
                "{} rows of {}.{} were copied, and there are {}",
                copied,
                table.schema,
                table.name,
                table.rows),
            "Use --engine pg_dump, and report this as a fault."};
    }
}

} // namespace

class Reading::Work {
public:
    Work(
        Options const& options,
        tool::Context& context,
        pg::ConnInfo const& source,
        Destinations const& destinations,
        storage::Places& places,
        backup::Manifest& manifest)
        : options_(options), context_(context), target_(source), destinations_(destinations),
          places_(places), manifest_(manifest) {}

    Written write(fs::Path const& folder, fs::Path const& tar) {
        auto connection = connect();
        auto const lock = take_lock(connection);
        pg::Transaction transaction{connection, "begin isolation level repeatable read read only"};
        std::string const snapshot = begin_snapshot(transaction);
        look_at_source(connection);
        if (is_dry()) {
            return {};
        }
        auto const began = context_.clock.steady();
        written_ = write_archive(snapshot, folder, tar);
        context_.record.add_metric("dump.duration", "ms", since(began));
        // The tables were held from being truncated or altered only as long as this session lived.
        transaction.exec("select 1");
        take_counts(connection);
        require_no_shrink(true);
        return std::move(written_);
    }

private:
    [[nodiscard]] double since(time::Steady began) const {
        return static_cast<double>(
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began)
                .count());
    }

    [[nodiscard]] bool is_dry() const { return !options_.dry_run.empty(); }

    pg::Connection connect() {
        auto connection = target::open(target_, context_);
        context_.log.info(
            "connected", {{"server", target_.address()}, {"database", target_.database()}});
        target::require_unpooled(
            connection,
            target_,
            "it gives every transaction another session, so that a snapshot cannot be shared");
        client_ =
            backup::find_client("pg_dump", connection.server_version() / 10'000, context_.stop);
        manifest_.pg_dump_version = client_.version;
        return connection;
    }

    pg::AdvisoryLock take_lock(pg::Connection& connection) {
        try {
            return pg::AdvisoryLock::wait(
                connection,
                pg::deployment_lock,
                context_.deadline.sooner(options_.lock_wait),
                [this](pg::LockHolder const& holder) {
                    context_.log.info(
                        "waiting for a migration or another backup of this database",
                        {{"pid", std::to_string(holder.pid)},
                         {"application", holder.application_name}});
                });
        } catch (Error const& error) {
            if (error.kind() == ErrorKind::refused) {
                throw error.with_context("a migration or another backup is running");
            }
            throw;
        }
    }

    std::string begin_snapshot(pg::Transaction& transaction) {
        transaction.exec(fmt::format(
            "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; "
            "set local row_security = off; set local search_path = pg_catalog; "
            "set local lock_timeout = {}",
            options_.lock_wait.count()));
        manifest_.created_at = context_.clock.now();
        return transaction.exec("select pg_catalog.pg_export_snapshot()").one_value<std::string>();
    }

    void look_at_source(pg::Connection& connection) {
        auto const facts = facts_of(connection);
        manifest_.server_version = facts.server_version;
        manifest_.database = facts.database;
        manifest_.database_oid = facts.oid;
        manifest_.system_identifier = facts.system_identifier;
        manifest_.database_bytes = facts.bytes;
        manifest_.encoding = facts.encoding;
        manifest_.roles = facts.roles;
        selection_ = select_tables(connection, options_.tables, options_.exclude_table_data);
        earlier_ = earlier_backup();
        require_room(
            destinations_.folders(),
            room_needed(
                selection_.tables, manifest_.database_bytes, earlier_ ? &*earlier_ : nullptr),
            is_dry(),
            context_);
        choose_engine(connection);
        count(connection);
        require_no_shrink(false);
    }

    void choose_engine(pg::Connection& connection) {
        manifest_.engine = "pg_dump";
        if (options_.engine == "pg_dump" || is_dry()) {
            return;
        }
        std::string const why = why_not_split(client_, connection.server_version());
        if (why.empty()) {
            plan_ = plan_split(connection, selection_.tables, options_.split_larger_than.count);
        } else if (options_.engine == "split") {
            context_.log.warning("pg_dump reads all tables: " + why);
            note(
                context_,
                "engine.split",
                "the split engine can be used",
                why,
                record::Severity::minor);
        }
        for (auto& source : selection_.tables) {
            source.counted_by_engine = plan_.holds(source.table.oid);
        }
    }

    Written
    write_archive(std::string const& snapshot, fs::Path const& folder, fs::Path const& tar) {
        Dump work;
        work.client = client_;
        work.source = target_;
        work.snapshot = snapshot;
        work.folder = folder;
        work.tar = tar;
        work.selection = selection_.arguments;
        work.jobs = options_.jobs;
        work.lock_wait = options_.lock_wait;
        work.tables = selection_.tables.size();
        work.durable = options_.format == "dir";
        return plan_.tables.empty()
                   ? write_by_pg_dump(work, context_)
                   : write_by_split(work, plan_, selection_.tables, manifest_.encoding, context_);
    }

    // What the engine has counted; a table that it did not count after all is counted here.
    void take_counts(pg::Connection& connection) {
        manifest_.engine = written_.engine;
        std::vector<SourceTable> uncounted;
        for (auto const& source : selection_.tables) {
            if (source.counted_by_engine && !written_.rows.contains(source.table.oid)) {
                uncounted.push_back(source);
                uncounted.back().counted_by_engine = false;
            }
        }
        count_rows(connection, uncounted, false);
        for (auto const& source : uncounted) {
            written_.rows[source.table.oid] = source.table.rows;
        }
        std::int64_t rows = 0;
        for (auto& table : manifest_.tables) {
            if (auto const found = written_.rows.find(table.oid); found != written_.rows.end()) {
                require_same_count(table, found->second);
                table.rows = found->second;
            }
            rows += table.rows;
        }
        context_.record.add_metric("rows", "rows", static_cast<double>(rows));
    }

    void count(pg::Connection& connection) {
        auto const began = context_.clock.steady();
        progress::Progress progress{
            context_.log, "counting rows", progress::Unit::count, selection_.tables.size()};
        count_rows(connection, selection_.tables, options_.fingerprint, [&](std::uint64_t done) {
            progress.at(done);
        });
        for (auto const& source : selection_.tables) {
            manifest_.tables.push_back(source.table);
        }
        context_.record.add_metric("count.duration", "ms", since(began));
    }

    // By name alone: that a fresh, empty server answers in place of the right one is just what is
    // to be found out.
    std::optional<backup::Manifest> earlier_backup() {
        auto const listing = places_.list(destinations_.all().front());
        auto const* found =
            backup::newest(listing.backups, {manifest_.environment, manifest_.database, {}});
        return found == nullptr ? std::nullopt : std::optional{found->manifest};
    }

    // Once before anything is dumped, of the tables that are counted by then, and once for all.
    void require_no_shrink(bool all_counted) {
        if (!earlier_ || !manifest_.whole()) {
            return;
        }
        auto tables = manifest_.tables;
        for (auto& table : tables) {
            if (!all_counted && plan_.holds(table.oid)) {
                table.rows = std::numeric_limits<std::int64_t>::max();
            }
        }
        auto const lost = shrunken(*earlier_, tables);
        std::string const failure = text::join(lost, "; ");
        if (!all_counted && (lost.empty() || options_.allow_shrink) && !is_dry()) {
            return;
        }
        auto& check = note(context_, "tables.shrink", "no table lost its rows", failure);
        if (!lost.empty() && options_.allow_shrink) {
            check.status = record::CheckStatus::warned;
        } else if (!lost.empty()) {
            throw Error{
                ErrorKind::refused,
                fmt::format("rows are missing since {}: {}", earlier_->id, failure),
                "See whether this is the right database, and whether the rows were meant to go; "
                "then give --allow-shrink."};
        }
    }

    Options const& options_;
    tool::Context& context_;
    pg::ConnInfo const& target_;
    Destinations const& destinations_;
    storage::Places& places_;
    backup::Manifest& manifest_;
    backup::Client client_;
    Selection selection_;
    SplitPlan plan_;
    Written written_;
    std::optional<backup::Manifest> earlier_;
};

Reading::Reading(
    Options const& options,
    tool::Context& context,
    pg::ConnInfo const& source,
    Destinations const& destinations,
    storage::Places& places,
    backup::Manifest& manifest)
    : work_(std::make_unique<Work>(options, context, source, destinations, places, manifest)) {}

Reading::~Reading() = default;

Written Reading::write(fs::Path const& folder, fs::Path const& tar) {
    return work_->write(folder, tar);
}

} // namespace slipway::db_backup
