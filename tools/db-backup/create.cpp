// SPDX-License-Identifier: Apache-2.0
#include "adopt.hpp"
#include "backup/archive.hpp"
#include "backup/encryption.hpp"
#include "backup/restore.hpp"
#include "backup/store.hpp"
#include "db_backup.hpp"
#include "destinations.hpp"
#include "error/error.hpp"
#include "json/value.hpp"
#include "progress/progress.hpp"
#include "proof.hpp"
#include "provider.hpp"
#include "prune.hpp"
#include "reading.hpp"
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
        manifest_.only_tables = options.tables;
    }

    void require_encryption() const {
        if (options_.encrypt.empty()) {
            db_backup::require_encryption(options_, context_.production(target_.is_local()));
        }
    }

    void open_stores() {
        destinations_.open(manifest_.id);
        destinations_.send_left_ones();
    }

    void dump() {
        Reading reading{options_, context_, target_, destinations_, places_, manifest_};
        if (is_dry()) {
            reading.write({}, {});
            return;
        }
        written_ = reading.write(dump_folder(), options_.format == "tar" ? archive() : fs::Path{});
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
        manifest_.system_identifier = source.system_identifier;
        manifest_.adopted = source.adopted;
        context_.record.target =
            record::Target{source.system_identifier, source.database, manifest_.database_oid};
    }

    // From the folder that pg_dump wrote to an archive that was read back.
    void pack_and_prove() {
        auto const pg_restore = backup::restore_client(manifest_, context_.stop);
        if (!(options_.format == "dir" ? prove_folder(pg_restore) : pack(pg_restore))) {
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
    [[nodiscard]] fs::Path dump_folder() const { return destinations_.workplace() / "dump"; }

    // The unpublished archive.
    [[nodiscard]] fs::Path archive() const {
        std::string const ending = manifest_.encryption ? ".tar.age" : ".tar";
        return options_.format == "dir" ? dump_folder()
                                        : destinations_.workplace() / (manifest_.id + ending);
    }

    bool prove_folder(backup::Client const& pg_restore) {
        backup::describe_folder(dump_folder(), manifest_, context_.stop, written_.known);
        bool const listed = prove_contents(dump_folder(), manifest_, pg_restore, context_);
        return prove_bytes(dump_folder(), manifest_, context_) && listed;
    }

    bool pack(backup::Client const& pg_restore) {
        // Packing takes the files away, and pg_restore cannot look into the tar.
        fs::Path const toc = destinations_.workplace() / "toc";
        fs::make_folder(toc);
        std::filesystem::copy_file(dump_folder() / "toc.dat", toc / "toc.dat");
        backup::pack(
            dump_folder(), archive(), manifest_, context_.stop, written_.known, written_.first);
        return prove_packed(archive(), toc, manifest_, pg_restore, context_);
    }

    bool prove_restore(backup::Stored const& stored) {
        if (options_.verify != "restore" ||
            !prove_by_restore(stored, {options_.verify_server, options_.jobs}, context_)) {
            return false;
        }
        manifest_.level = backup::Level::restored;
        return true;
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
    backup::Manifest manifest_;
    Written written_;
    std::vector<std::string> pruned_;
};

} // namespace

void create(Options const& options, tool::Context& context, storage::Places& places) {
    auto const began = context.clock.steady();
    Making making{options, context, places};
    making.require_encryption();
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
