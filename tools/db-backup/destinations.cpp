// SPDX-License-Identifier: Apache-2.0
#include "destinations.hpp"

#include "backup/archive.hpp"
#include "error/error.hpp"
#include "progress/progress.hpp"
#include "proof.hpp"
#include "record/write.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::db_backup {

Destinations::Destinations(Options const& options, tool::Context& context, storage::Places& places)
    : options_(options), context_(context), places_(places), all_(places_of(options)) {
    std::partition_copy(
        all_.begin(),
        all_.end(),
        std::back_inserter(buckets_),
        std::back_inserter(folders_),
        storage::is_bucket);
    stays_ = !folders_.empty();
    if (!stays_) {
        folders_.push_back(workplace_of(options));
    }
    if (!buckets_.empty() && options.format == "dir") {
        throw Error{
            ErrorKind::usage,
            "--format dir is for folders",
            "A bucket takes one file: leave --format out."};
    }
}

void Destinations::open(std::string const& id) {
    clean_up(all_, options_, places_, context_);
    for (auto const& bucket : buckets_) {
        places_.require_free(bucket, id);
    }
    for (auto const& folder : folders_) {
        partials_.emplace_back(folder, id, context_.stop);
        fs::make_folder(work_in(partials_.size() - 1));
    }
}

void Destinations::copy(backup::Manifest const& manifest, fs::Path const& archive) {
    for (std::size_t i = 1; i < folders_.size(); ++i) {
        fs::Path const target = work_in(i) / archive.filename();
        backup::copy_archive(archive, target, context_.stop);
        if (!prove_bytes(target, manifest, context_)) {
            throw Error{
                ErrorKind::failed,
                fmt::format("the copy in {} differs", folders_[i].string()),
                "Nothing of this backup was kept; see whether that disk is sound."};
        }
    }
    for (std::size_t i = 0; i < folders_.size(); ++i) {
        fs::rename_durably(work_in(i) / archive.filename(), folders_[i] / manifest.archive.path);
    }
    for (auto const& folder : folders_) {
        backup::write_manifest(manifest, folder);
    }
}

void Destinations::publish(backup::Manifest const& manifest, fs::Path const& archive) {
    fs::Path here = archive;
    if (stays_) {
        copy(manifest, archive);
        here = folders_.front() / manifest.archive.path;
    }
    for (auto const& bucket : buckets_) {
        upload(manifest, here, bucket);
    }
    partials_.clear();
}

void Destinations::upload(
    backup::Manifest const& manifest,
    fs::Path const& archive,
    fs::Path const& place) {
    progress::Progress progress{
        context_.log, "uploading", progress::Unit::bytes, manifest.archive.bytes};
    auto const began = context_.clock.steady();
    try {
        auto const sent = places_.upload(
            manifest, archive, place, stays_, [&](std::uint64_t done) { progress.at(done); });
        context_.record.add_metric("upload.parts", "parts", sent.parts);
        places_.write_manifest(manifest, place);
    } catch (Error const& error) {
        note(context_, "store.upload", "the backup is in " + place.string(), error.message());
        if (!stays_) {
            throw;
        }
        throw error.with_hint(fmt::format(
            "The backup is in {0}. `db-backup fetch {1} --from {0} --to {2}` goes on with the "
            "upload. {3}",
            folders_.front().string(),
            manifest.id,
            place.string(),
            error.hint()));
    }
    auto const took =
        std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began);
    note(context_, "store.upload", "the backup is in " + place.string(), "").duration = took;
}

void Destinations::write_manifest(backup::Manifest const& manifest) {
    for (auto const& place : all_) {
        places_.write_manifest(manifest, place);
    }
}

std::vector<record::Artifact> Destinations::artifacts(backup::Manifest const& manifest) const {
    std::vector<record::Artifact> out;
    auto const& archive = manifest.archive;
    for (auto const& place : all_) {
        if (storage::is_bucket(place)) {
            record::Artifact file;
            file.kind = "backup";
            file.uri = (place / archive.path).string();
            file.bytes = archive.bytes;
            file.sha256 = archive.sha256;
            out.push_back(std::move(file));
            continue;
        }
        out.push_back(record::artifact_of(
            "backup", place / archive.path, context_.folder(), archive.bytes, archive.sha256));
        out.push_back(record::artifact_of(
            "backup-manifest", backup::Stored{manifest, place}.manifest_path(), context_.folder()));
    }
    return out;
}

} // namespace slipway::db_backup
