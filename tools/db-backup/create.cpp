// SPDX-License-Identifier: Apache-2.0
#include "adopt.hpp"
#include "backup/archive.hpp"
#include "backup/client.hpp"
#include "backup/encryption.hpp"
#include "backup/restore.hpp"
#include "backup/store.hpp"
#include "db_backup.hpp"
#include "destinations.hpp"
#include "dump.hpp"
#include "error/error.hpp"
#include "guard.hpp"
#include "json/value.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/connection.hpp"
#include "pg/transaction.hpp"
#include "progress/progress.hpp"
#include "proof.hpp"
#include "provider.hpp"
#include "prune.hpp"
#include "source.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_backup {

namespace {

constexpr std::size_t longest_given_id = 64;

// One backup in the making; the steps are in the order in which create() runs them.
class Making {
public:
    Making(Options const& options, tool::Context& context, storage::Places& places)
        : options_(options), context_(context), places_(places),
          destinations_(options, context, places),
          target_(target::parse(options.database_url, context)) {
        manifest_.id = options.id.empty()
                           ? backup::make_id(context.clock.now(), environment_word(context))
                           : options.id;
        if (!backup::valid_id(manifest_.id) || manifest_.id.size() > longest_given_id) {
            throw Error{
                ErrorKind::usage,
                fmt::format("--id {} is no name for a backup", manifest_.id),
                "Use at most 64 letters, digits, dots, underscores and hyphens."};
        }
        manifest_.kind = options.kind == "safety" ? backup::Kind::safety : backup::Kind::regular;
        manifest_.environment = environment_word(context);
        manifest_.commit = context.record.run.commit;
        manifest_.run_id = context.record.run.id;
        manifest_.engine = options.engine;
        manifest_.only_tables = options.tables;
    }

    void open_stores() { destinations_.open(manifest_.id); }

    void dump() {
        auto connection = connect();
        auto const lock = take_lock(connection);
        pg::Transaction transaction{connection, "begin isolation level repeatable read read only"};
        std::string const snapshot = begin_snapshot(transaction);
        look_at_source(connection);
        if (is_dry()) {
            return;
        }
        Dump work{client_, target_, snapshot, dump_folder(), selection_.arguments};
        work.jobs = options_.jobs;
        work.lock_wait = options_.lock_wait;
        work.tables = selection_.tables.size();
        auto const began = context_.clock.steady();
        run_dump(work, context_);
        context_.record.add_metric("dump.duration", "ms", since(began));
    }

    // Beside the dump and before it, so that the marker is not younger than the rows.
    void ask_provider() {
        if (!options_.provider_snapshot.empty()) {
            manifest_.provider_snapshot =
                take_provider_snapshot(options_.provider_snapshot, manifest_.id, context_);
        }
    }

    // What a foreign backup says of itself takes the place of what its stand-in says.
    void take_on(Source const& source) {
        manifest_.created_at = source.made;
        manifest_.database = source.database;
        manifest_.system_identifier.clear();
        manifest_.adopted = source.adopted;
        context_.record.target = record::Target{"", source.database, manifest_.database_oid};
    }

    // From the folder that pg_dump wrote to an archive that was read back.
    void pack_and_prove() {
        if (options_.format == "dir") {
            backup::describe_folder(dump_folder(), manifest_, context_.stop);
        }
        auto const pg_restore = backup::restore_client(manifest_, context_.stop);
        // Packing takes the files away, and pg_restore cannot look into the tar.
        fs::Path const toc = destinations_.workplace() / "toc";
        fs::make_folder(toc);
        std::filesystem::copy_file(dump_folder() / "toc.dat", toc / "toc.dat");
        if (options_.format == "tar") {
            backup::pack(dump_folder(), archive(), manifest_, context_.stop);
        }
        bool const listed = prove_contents(toc, manifest_, pg_restore, context_);
        if (!prove_bytes(archive(), manifest_, context_) || !listed) {
            throw Error{
                ErrorKind::failed,
                "the backup did not pass its verification, and was not kept",
                "See the checks of the record; then try again."};
        }
        manifest_.level = backup::Level::listed;
    }

    // What is encrypted, or goes away, can be restored now alone; the rest once it is safe.
    void prove_before() {
        if (destinations_.leaves()) {
            prove_restore({manifest_, destinations_.workplace()});
        }
    }

    void encrypt() {
        if (options_.encrypt.empty()) {
            return;
        }
        backup::encrypt(archive(), options_.encrypt, manifest_, context_.stop);
        note(
            context_,
            "archive.encrypted",
            fmt::format(
                "the archive is encrypted for {}",
                text::counted(options_.encrypt.size(), "recipient")),
            "");
    }

    // The manifest comes last: with it the backup begins to exist.
    void publish(time::Steady began) {
        manifest_.duration =
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began);
        destinations_.publish(manifest_, archive());
        context_.record.add_metric(
            "dump.bytes", "bytes", static_cast<double>(manifest_.archive.bytes));
        tell();
        context_.checkpoint();
    }

    void prove_after() {
        if (!destinations_.leaves() &&
            prove_restore({manifest_, destinations_.folders().front()})) {
            destinations_.write_manifest(manifest_);
            tell();
        }
    }

    // Only of the same database and kind: this run knows nothing of the rules for others.
    void retain() {
        std::vector<Pruned> all;
        for (auto const& place : destinations_.all()) {
            all.push_back(apply_retention(
                place, options_, context_, places_, [this](backup::Manifest const& other) {
                    return other.environment == manifest_.environment &&
                           other.database == manifest_.database &&
                           other.system_identifier == manifest_.system_identifier &&
                           other.kind == manifest_.kind;
                }));
        }
        pruned_ = note_retention(all, options_, context_);
        tell();
    }

    void summarize(time::Steady began) {
        std::string const level =
            manifest_.level == backup::Level::restored ? "restore-verified" : "list-verified";
        context_.record.summary = fmt::format(
            "Backed up {} ({}) in {}, {}: {}",
            manifest_.database,
            progress::human_bytes(manifest_.database_bytes),
            time::human_duration(
                std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began)),
            level,
            manifest_.id);
    }

    void summarize_dry() {
        context_.record.summary = fmt::format(
            "Would back up {} ({}, {}) to {}",
            manifest_.database,
            progress::human_bytes(manifest_.database_bytes),
            text::counted(manifest_.tables.size(), "table"),
            destinations_.all().front().string());
        tell();
    }

    [[nodiscard]] bool is_dry() const { return !options_.dry_run.empty(); }

private:
    [[nodiscard]] double since(time::Steady began) const {
        return static_cast<double>(
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began)
                .count());
    }

    [[nodiscard]] fs::Path dump_folder() const { return destinations_.workplace() / "dump"; }

    // The unpublished archive.
    [[nodiscard]] fs::Path archive() const {
        std::string const ending = manifest_.encryption ? ".tar.age" : ".tar";
        return options_.format == "dir" ? dump_folder()
                                        : destinations_.workplace() / (manifest_.id + ending);
    }

    bool prove_restore(backup::Stored const& stored) {
        if (options_.verify != "restore" || !prove_by_restore(stored, options_.jobs, context_)) {
            return false;
        }
        manifest_.level = backup::Level::restored;
        return true;
    }

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
        count(connection);
        require_no_shrink();
    }

    void count(pg::Connection& connection) {
        auto const began = context_.clock.steady();
        progress::Progress progress{
            context_.log, "counting rows", progress::Unit::count, selection_.tables.size()};
        count_rows(connection, selection_.tables, [&](std::uint64_t done) { progress.at(done); });
        std::int64_t rows = 0;
        for (auto const& source : selection_.tables) {
            rows += source.table.rows;
            manifest_.tables.push_back(source.table);
        }
        context_.record.add_metric("count.duration", "ms", since(began));
        context_.record.add_metric("rows", "rows", static_cast<double>(rows));
    }

    // By name alone: that a fresh, empty server answers in place of the right one is just what is
    // to be found out.
    std::optional<backup::Manifest> earlier_backup() {
        auto const listing = places_.list(destinations_.all().front());
        auto const* found =
            backup::newest(listing.backups, {manifest_.environment, manifest_.database, {}});
        return found == nullptr ? std::nullopt : std::optional{found->manifest};
    }

    void require_no_shrink() {
        if (!earlier_ || !manifest_.whole()) {
            return;
        }
        auto const lost = shrunken(*earlier_, manifest_.tables);
        std::string const failure = text::join(lost, "; ");
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

    // The record's data is the manifest; artifacts and metrics follow from it.
    void tell() {
        *context_.record.data = backup::to_json(manifest_);
        (*context_.record.data)["pruned"] = pruned_;
        if (is_dry()) {
            context_.record.data->erase("archive");
            context_.record.data->erase("members");
            return;
        }
        context_.record.artifacts = destinations_.artifacts(manifest_);
    }

    Options const& options_;
    tool::Context& context_;
    storage::Places& places_;
    Destinations destinations_;
    pg::ConnInfo target_;
    backup::Client client_;
    backup::Manifest manifest_;
    Selection selection_;
    std::optional<backup::Manifest> earlier_;
    std::vector<std::string> pruned_;
};

} // namespace

void create(Options const& options, tool::Context& context, storage::Places& places) {
    auto const began = context.clock.steady();
    Making making{options, context, places};
    if (making.is_dry()) {
        making.dump();
        making.summarize_dry();
        return;
    }
    making.open_stores();
    making.ask_provider();
    making.dump();
    making.pack_and_prove();
    making.prove_before();
    making.encrypt();
    making.publish(began);
    making.prove_after();
    making.retain();
    making.summarize(began);
}

void create_from(
    Source const& source,
    Options const& options,
    tool::Context& context,
    storage::Places& places) {
    auto const began = context.clock.steady();
    Making making{options, context, places};
    making.open_stores();
    making.dump();
    making.take_on(source);
    making.pack_and_prove();
    making.prove_before();
    making.encrypt();
    making.publish(began);
    making.prove_after();
    making.summarize(began);
}

} // namespace slipway::db_backup
