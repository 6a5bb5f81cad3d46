// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.hpp"
#include "backup/client.hpp"
#include "backup/restore.hpp"
#include "backup/store.hpp"
#include "db_backup.hpp"
#include "engine.hpp"
#include "error/error.hpp"
#include "guard.hpp"
#include "json/value.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/connection.hpp"
#include "pg/transaction.hpp"
#include "progress/progress.hpp"
#include "proof.hpp"
#include "prune.hpp"
#include "record/write.hpp"
#include "source.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "text/size.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_backup {

namespace {

constexpr std::size_t longest_given_id = 64;

// What was hashed as it was written must be what was packed.
void require_known(std::vector<backup::Member> const& known, backup::Manifest const& manifest) {
    for (auto const& member : known) {
        auto const same = [&](backup::Member const& packed) {
            return packed.path == member.path && packed.sha256 == member.sha256;
        };
        if (std::none_of(manifest.members.begin(), manifest.members.end(), same)) {
            throw Error{
                ErrorKind::failed,
                fmt::format("{} is not what was written a moment ago", member.path),
                "Nothing of this backup was kept; see whether that disk is sound."};
        }
    }
}

// One backup in the making; the steps are in the order in which create() runs them.
class Making {
public:
    Making(Options const& options, tool::Context& context)
        : options_(options), context_(context), stores_(folders(options)),
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
        manifest_.only_tables = options.tables;
    }

    // Every folder is made and tried before the server is asked for anything.
    void open_stores() {
        for (auto const& store : stores_) {
            clean_up(store, context_);
            partials_.emplace_back(store, manifest_.id, context_.stop);
        }
    }

    void dump() {
        auto connection = connect();
        auto const lock = take_lock(connection);
        pg::Transaction transaction{connection, "begin isolation level repeatable read read only"};
        std::string const snapshot = begin_snapshot(transaction);
        look_at_source(connection);
        if (is_dry()) {
            return;
        }
        auto const began = context_.clock.steady();
        written_ = write_archive(snapshot);
        context_.record.add_metric("dump.duration", "ms", since(began));
        // The tables were held from being truncated or altered only as long as this session lived.
        transaction.exec("select 1");
        take_counts(connection);
        require_no_shrink(true);
    }

    // From the folder that pg_dump wrote to an archive that was read back.
    void pack_and_prove() {
        if (options_.format == "dir") {
            backup::describe_folder(dump_folder(), manifest_, context_.stop);
        }
        auto const pg_restore = backup::restore_client(manifest_, context_.stop);
        // Packing takes the files away, and pg_restore cannot look into the tar.
        fs::Path const toc = partials_.front().path() / "toc";
        fs::make_folder(toc);
        std::filesystem::copy_file(dump_folder() / "toc.dat", toc / "toc.dat");
        if (options_.format == "tar") {
            backup::pack(dump_folder(), archive(0), manifest_, context_.stop);
        }
        require_known(written_.known, manifest_);
        bool const listed = prove_contents(toc, manifest_, pg_restore, context_);
        if (!prove_bytes(archive(0), manifest_, context_) || !listed) {
            throw Error{
                ErrorKind::failed,
                "the backup did not pass its verification, and was not kept",
                "See the checks of the record; then try again."};
        }
        manifest_.level = backup::Level::listed;
    }

    // The manifest comes last: with it the backup begins to exist.
    void publish(time::Steady began) {
        for (std::size_t i = 1; i < stores_.size(); ++i) {
            backup::copy_archive(archive(0), archive(i), context_.stop);
            prove_bytes(archive(i), manifest_, context_);
            if (context_.record.checks.back().status == record::CheckStatus::failed) {
                throw Error{
                    ErrorKind::failed,
                    fmt::format("the copy in {} differs", stores_[i].string()),
                    "Nothing of this backup was kept; see whether that disk is sound."};
            }
        }
        for (std::size_t i = 0; i < stores_.size(); ++i) {
            fs::rename_durably(archive(i), stores_[i] / manifest_.archive.path);
        }
        manifest_.duration =
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began);
        for (auto const& store : stores_) {
            backup::write_manifest(manifest_, store);
        }
        partials_.clear();
        context_.record.add_metric(
            "dump.bytes", "bytes", static_cast<double>(manifest_.archive.bytes));
        tell();
        context_.checkpoint();
    }

    void prove_restore() {
        if (options_.verify != "restore" ||
            !prove_by_restore({manifest_, stores_.front()}, options_.jobs, context_)) {
            return;
        }
        manifest_.level = backup::Level::restored;
        for (auto const& store : stores_) {
            backup::write_manifest(manifest_, store);
        }
        tell();
    }

    // Only of the same database and kind: this run knows nothing of the rules for others.
    void retain() {
        std::vector<Pruned> all;
        for (auto const& store : stores_) {
            all.push_back(
                apply_retention(store, options_, context_, [this](backup::Manifest const& other) {
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
            stores_.front().string());
        tell();
    }

    [[nodiscard]] bool is_dry() const { return !options_.dry_run.empty(); }

private:
    [[nodiscard]] double since(time::Steady began) const {
        return static_cast<double>(
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began)
                .count());
    }

    [[nodiscard]] fs::Path dump_folder() const { return partials_.front().path() / "dump"; }

    // The unpublished archive in one of the stores.
    [[nodiscard]] fs::Path archive(std::size_t store) const {
        bool const folder = options_.format == "dir";
        return partials_[store].path() / (folder ? "dump" : manifest_.id + ".tar");
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
        require_room();
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
            plan_ = plan_split(
                connection,
                selection_.tables,
                text::parse_size(options_.split_larger_than).value_or(0));
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

    Written write_archive(std::string const& snapshot) {
        Dump work;
        work.client = client_;
        work.source = target_;
        work.snapshot = snapshot;
        work.folder = dump_folder();
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
        count_rows(connection, uncounted);
        for (auto const& source : uncounted) {
            written_.rows[source.table.oid] = source.table.rows;
        }
        std::int64_t rows = 0;
        for (auto& table : manifest_.tables) {
            if (auto const found = written_.rows.find(table.oid); found != written_.rows.end()) {
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
        count_rows(connection, selection_.tables, [&](std::uint64_t done) { progress.at(done); });
        for (auto const& source : selection_.tables) {
            manifest_.tables.push_back(source.table);
        }
        context_.record.add_metric("count.duration", "ms", since(began));
    }

    // By name alone: that a fresh, empty server answers in place of the right one is just what is
    // to be found out.
    [[nodiscard]] std::optional<backup::Manifest> earlier_backup() const {
        auto const listing = backup::list(stores_.front());
        auto const* found =
            backup::newest(listing.backups, {manifest_.environment, manifest_.database, {}});
        return found == nullptr ? std::nullopt : std::optional{found->manifest};
    }

    void require_room() {
        std::uint64_t const needed = room_needed(
            selection_.tables, manifest_.database_bytes, earlier_ ? &*earlier_ : nullptr);
        for (auto const& store : stores_) {
            if (is_dry() && !std::filesystem::exists(store)) {
                continue;
            }
            std::uint64_t const room = fs::free_bytes(store);
            std::string const failure = room >= needed
                                            ? ""
                                            : fmt::format(
                                                  "{} has {} left, and the backup may need {}",
                                                  store.string(),
                                                  progress::human_bytes(room),
                                                  progress::human_bytes(needed));
            note(context_, "room", "there is room for the backup", failure);
            if (!failure.empty()) {
                throw Error{
                    ErrorKind::refused,
                    failure,
                    "Free some room, or name a folder on another disk with --to."};
            }
        }
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

    // The record's data is the manifest; artifacts and metrics follow from it.
    void tell() {
        *context_.record.data = backup::to_json(manifest_);
        (*context_.record.data)["pruned"] = pruned_;
        auto& artifacts = context_.record.artifacts;
        artifacts.clear();
        if (is_dry()) {
            context_.record.data->erase("archive");
            context_.record.data->erase("members");
            return;
        }
        for (auto const& store : stores_) {
            artifacts.push_back(record::artifact_of(
                "backup",
                store / manifest_.archive.path,
                context_.folder(),
                manifest_.archive.bytes,
                manifest_.archive.sha256));
            artifacts.push_back(record::artifact_of(
                "backup-manifest",
                backup::Stored{manifest_, store}.manifest_path(),
                context_.folder()));
        }
    }

    Options const& options_;
    tool::Context& context_;
    std::vector<fs::Path> stores_;
    pg::ConnInfo target_;
    std::vector<backup::Partial> partials_;
    backup::Client client_;
    backup::Manifest manifest_;
    Selection selection_;
    SplitPlan plan_;
    Written written_;
    std::optional<backup::Manifest> earlier_;
    std::vector<std::string> pruned_;
};

} // namespace

void create(Options const& options, tool::Context& context) {
    auto const began = context.clock.steady();
    Making making{options, context};
    if (making.is_dry()) {
        making.dump();
        making.summarize_dry();
        return;
    }
    making.open_stores();
    making.dump();
    making.pack_and_prove();
    making.publish(began);
    making.prove_restore();
    making.retain();
    making.summarize(began);
}

} // namespace slipway::db_backup
