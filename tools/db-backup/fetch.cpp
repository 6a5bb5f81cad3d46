// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.hpp"
#include "db_backup.hpp"
#include "destinations.hpp"
#include "error/error.hpp"
#include "json/value.hpp"
#include "progress/progress.hpp"
#include "proof.hpp"
#include "record/write.hpp"
#include "storage/plain.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_backup {

namespace {

// One backup on its way from one place to another.
class Fetch {
public:
    Fetch(Options const& options, tool::Context& context, storage::Places& places)
        : options_(options), context_(context), places_(places) {}

    backup::Stored find(std::string const& id) {
        for (auto const& given : options_.from) {
            fs::Path const place = storage::as_place(given);
            auto const listing = places_.list(place);
            bool const last = &given == &options_.from.back();
            for (auto const& broken : listing.broken) {
                auto const name = broken.path.filename().string();
                if (name.starts_with(id + ".")) {
                    throw Error{
                        ErrorKind::refused,
                        fmt::format("{} is not whole: {}", id, broken.why),
                        "Choose another one: db-backup list."};
                }
            }
            try {
                return backup::find(listing.backups, id, {context_.options.environment, {}, {}});
            } catch (Error const&) {
                if (last) {
                    throw;
                }
            }
        }
        throw Error{
            ErrorKind::usage,
            "--from is missing",
            "Name the place where the backups are: a folder, or s3://BUCKET/PREFIX."};
    }

    json::Value bring(backup::Stored const& stored, fs::Path const& to) {
        if (storage::is_bucket(to)) {
            into_bucket(stored, to);
        } else {
            into_folder(stored, to);
        }
        tell(stored.manifest, to);
        return {
            {"id", stored.manifest.id},
            {"from", stored.folder.string()},
            {"folder", to.string()},
            {"bytes", stored.manifest.archive.bytes},
            {"sha256", stored.manifest.archive.sha256}};
    }

private:
    void into_folder(backup::Stored const& stored, fs::Path const& to) {
        // Of folders alone: an upload that was killed is gone on with, not aborted.
        backup::sweep(to, context_.stop);
        backup::Partial const partial{to, stored.manifest.id, context_.stop};
        fs::Path const archive = partial.path() / stored.manifest.archive.path;
        if (storage::is_bucket(stored.folder)) {
            progress::Progress progress{
                context_.log, "downloading", progress::Unit::bytes, stored.manifest.archive.bytes};
            static_cast<void>(
                places_.download(stored, archive, [&](std::uint64_t done) { progress.at(done); }));
        } else {
            backup::copy_archive(stored.archive_path(), archive, context_.stop);
        }
        require_sound(archive, stored.manifest);
        fs::rename_durably(archive, to / stored.manifest.archive.path);
        backup::write_manifest(stored.manifest, to);
    }

    void into_bucket(backup::Stored const& stored, fs::Path const& to) {
        if (stored.manifest.archive.format == "dir") {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is a folder", stored.manifest.id),
                "A bucket takes one file: make the backup without --format dir."};
        }
        if (!stored.manifest.encryption) {
            require_encryption(options_, is_production(stored.manifest.environment));
        }
        places_.require_free(to, stored.manifest.id);
        storage::Plain source{stored, {places_, {}, workplace_of(options_), context_.stop, {}}};
        fs::Path const archive = source.fetched().archive_path();
        require_sound(archive, stored.manifest);
        progress::Progress progress{
            context_.log, "uploading", progress::Unit::bytes, stored.manifest.archive.bytes};
        auto const sent = places_.upload(
            stored.manifest, archive, to, [&](std::uint64_t done) { progress.at(done); });
        context_.record.add_metric("upload.parts", "parts", sent.parts);
        context_.record.add_metric("upload.resumed", "parts", sent.resumed);
        places_.write_manifest(stored.manifest, to);
    }

    // Of the environment that was backed up, whatever that of this run is.
    [[nodiscard]] bool is_production(std::string const& environment) const {
        auto const& relaxed = context_.options.relaxed_environments;
        return environment != "none" &&
               std::find(relaxed.begin(), relaxed.end(), environment) == relaxed.end();
    }

    void require_sound(fs::Path const& archive, backup::Manifest const& manifest) {
        if (!prove_bytes(archive, manifest, context_)) {
            throw Error{
                ErrorKind::failed,
                fmt::format("{} is damaged", manifest.id),
                "Nothing was written; see the checks of the record, and choose another backup."};
        }
    }

    void tell(backup::Manifest const& manifest, fs::Path const& to) {
        auto const& file = manifest.archive;
        if (storage::is_bucket(to)) {
            record::Artifact made;
            made.kind = "backup";
            made.uri = (to / file.path).string();
            made.bytes = file.bytes;
            made.sha256 = file.sha256;
            context_.record.artifacts.push_back(std::move(made));
        } else {
            context_.record.artifacts.push_back(record::artifact_of(
                "backup", to / file.path, context_.folder(), file.bytes, file.sha256));
            context_.record.artifacts.push_back(record::artifact_of(
                "backup-manifest",
                backup::Stored{manifest, to}.manifest_path(),
                context_.folder()));
        }
    }

    Options const& options_;
    tool::Context& context_;
    storage::Places& places_;
};

} // namespace

void fetch(Options const& options, tool::Context& context, storage::Places& places) {
    std::vector<std::string> const ids =
        options.ids.empty() ? std::vector<std::string>{"latest"} : options.ids;
    Fetch work{options, context, places};
    auto fetched = json::Value::array();
    for (auto const& id : ids) {
        auto const stored = work.find(id);
        for (auto const& place : places_of(options)) {
            if (place == stored.folder) {
                throw Error{
                    ErrorKind::usage,
                    fmt::format("{} is in {} already", stored.manifest.id, place.string()),
                    "Name another place with --to."};
            }
            fetched.push_back(work.bring(stored, place));
        }
    }
    context.record.summary = fmt::format(
        "Fetched {} to {}",
        fetched.size() == 1 ? fetched[0]["id"].get<std::string>()
                            : text::counted(fetched.size(), "backup"),
        places_of(options).front().string());
    *context.record.data = {{"fetched", fetched}};
}

} // namespace slipway::db_backup
