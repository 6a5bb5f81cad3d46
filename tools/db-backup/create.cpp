// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.hpp"
#include "backup/restore.hpp"
#include "backup/store.hpp"
#include "db_backup.hpp"
#include "error/error.hpp"
#include "json/value.hpp"
#include "progress/progress.hpp"
#include "proof.hpp"
#include "prune.hpp"
#include "reading.hpp"
#include "record/write.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_backup {

namespace {

constexpr std::size_t longest_given_id = 64;

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
        Reading reading{options_, context_, target_, stores_, manifest_};
        written_ = reading.write(is_dry() ? fs::Path{} : dump_folder());
    }

    // From the folder that pg_dump wrote to an archive that was read back.
    void pack_and_prove() {
        if (options_.format == "dir") {
            backup::describe_folder(dump_folder(), manifest_, context_.stop, written_.known);
        }
        auto const pg_restore = backup::restore_client(manifest_, context_.stop);
        // Packing takes the files away, and pg_restore cannot look into the tar.
        fs::Path const toc = partials_.front().path() / "toc";
        fs::make_folder(toc);
        std::filesystem::copy_file(dump_folder() / "toc.dat", toc / "toc.dat");
        if (options_.format == "tar") {
            backup::pack(dump_folder(), archive(0), manifest_, context_.stop, written_.known);
        }
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
            !prove_by_restore(
                {manifest_, stores_.front()}, {options_.verify_server, options_.jobs}, context_)) {
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
    [[nodiscard]] fs::Path dump_folder() const { return partials_.front().path() / "dump"; }

    // The unpublished archive in one of the stores.
    [[nodiscard]] fs::Path archive(std::size_t store) const {
        bool const folder = options_.format == "dir";
        return partials_[store].path() / (folder ? "dump" : manifest_.id + ".tar");
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
    backup::Manifest manifest_;
    Written written_;
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
