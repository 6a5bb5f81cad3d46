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

namespace {

// Else the same would happen again, and nothing is left.
bool may_help_to_try_again(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::unavailable:
    case ErrorKind::timeout:
    case ErrorKind::in_doubt:
    case ErrorKind::interrupted:
    case ErrorKind::terminated:
        return true;
    case ErrorKind::failed:
    case ErrorKind::usage:
    case ErrorKind::refused:
    case ErrorKind::undecided:
    case ErrorKind::internal:
        return false;
    }
    return false;
}

void drop(backup::Manifest const& manifest, fs::Path const& place, storage::Places& places) {
    try {
        places.clean_up(place, {manifest.id});
    } catch (Error const&) { // NOLINT(bugprone-empty-catch)
        // Another run does so in a day.
    }
}

} // namespace

void require_encryption(Options const& options, bool production) {
    auto const places = places_of(options);
    auto const bucket = std::find_if(places.begin(), places.end(), storage::is_bucket);
    if (production && !options.allow_unencrypted && bucket != places.end()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("rows of production would be in {} unencrypted", bucket->string()),
            "Give --encrypt age1… (age-keygen makes a key; its private half is needed for a "
            "restore "
            "alone), or --allow-unencrypted where the bucket's own encryption is enough."};
    }
}

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
    send(manifest, here);
    partials_.clear();
}

void Destinations::send(backup::Manifest const& manifest, fs::Path const& archive) {
    if (buckets_.empty()) {
        return;
    }
    std::vector<std::string> names;
    for (auto const& bucket : buckets_) {
        names.push_back(bucket.string());
    }
    backup::note_unsent(partials_.front(), manifest, names, !stays_);
    for (auto const& bucket : buckets_) {
        std::string const title = "the backup is in " + bucket.string();
        auto const began = context_.clock.steady();
        try {
            upload(manifest, archive, bucket);
        } catch (Error const& error) {
            note(context_, "store.upload", title, error.message());
            if (!may_help_to_try_again(error.kind())) {
                drop(manifest, bucket, places_);
                throw;
            }
            partials_.front().keep();
            throw error.with_hint(fmt::format(
                "The backup is whole, in {0}. The next db-backup to {1} goes on with its upload, "
                "within a day{2}. {3}",
                archive.parent_path().string(),
                bucket.string(),
                stays_ ? fmt::format(
                             "; so does db-backup fetch {} --from {} --to {}",
                             manifest.id,
                             folders_.front().string(),
                             bucket.string())
                       : "",
                error.hint()));
        }
        note(context_, "store.upload", title, "").duration =
            std::chrono::duration_cast<time::Milliseconds>(context_.clock.steady() - began);
    }
}

void Destinations::send_left_ones() {
    if (buckets_.empty()) {
        return;
    }
    auto all = backup::take_unsent(folders_.front(), context_.stop);
    try {
        for (auto& left : all) {
            send_left(left);
        }
    } catch (...) {
        for (auto& left : all) {
            left.partial.keep();
        }
        throw;
    }
}

void Destinations::send_left(backup::Unsent& left) {
    std::string const& id = left.stored.manifest.id;
    try {
        for (auto const& place : left.places) {
            if (std::find(buckets_.begin(), buckets_.end(), place) == buckets_.end()) {
                left.partial.keep(); // of a run with other buckets
            } else if (!is_there(id, place)) {
                send_again(left.stored, place);
            }
        }
    } catch (Error const& error) {
        if (may_help_to_try_again(error.kind())) {
            throw error.with_context("going on with the upload of " + id);
        }
        context_.log.warning("given up: " + error.message(), {{"id", id}});
    }
}

void Destinations::send_again(backup::Stored const& stored, fs::Path const& place) {
    auto const& manifest = stored.manifest;
    auto const damages = backup::damages(stored.archive_path(), manifest, context_.stop);
    if (!damages.empty()) {
        drop(manifest, place, places_);
        throw Error{ErrorKind::failed, "what was left is damaged: " + damages.front()};
    }
    context_.log.info(
        "going on with an upload that was cut", {{"id", manifest.id}, {"to", place.string()}});
    upload(manifest, stored.archive_path(), place);
    note(context_, "store.resumed", fmt::format("{} is in {}", manifest.id, place.string()), "");
}

bool Destinations::is_there(std::string const& id, fs::Path const& place) {
    auto const listing = places_.list(place);
    return std::any_of(listing.backups.begin(), listing.backups.end(), [&](auto const& stored) {
        return stored.manifest.id == id;
    });
}

void Destinations::upload(
    backup::Manifest const& manifest,
    fs::Path const& archive,
    fs::Path const& place) {
    progress::Progress progress{
        context_.log, "uploading", progress::Unit::bytes, manifest.archive.bytes};
    auto const sent =
        places_.upload(manifest, archive, place, [&](std::uint64_t done) { progress.at(done); });
    context_.record.add_metric("upload.parts", "parts", sent.parts);
    context_.record.add_metric("upload.resumed", "parts", sent.resumed);
    places_.write_manifest(manifest, place);
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
