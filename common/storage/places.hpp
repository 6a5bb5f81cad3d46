// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/credentials.hpp"
#include "backup/store.hpp"
#include "s3/transfer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::storage {

/// Whether a place for backups is a bucket, `s3://BUCKET/PREFIX`, and not a folder.
bool is_bucket(fs::Path const& place);

/// The place as it is compared and shown: that of a bucket without a slash at its end; throws
/// usage where it names no bucket, or is of another kind (`gs://…`).
fs::Path as_place(fs::Path const& given);

/// The places of backups, folders and buckets alike. A backup in a bucket is two objects as it is
/// two files in a folder: the archive first, then the manifest, and the other way round when it
/// goes. Buckets are asked for nothing before they are named.
class Places {
public:
    /// Reaches buckets with these settings; `surroundings` gives the credentials.
    Places(s3::Settings settings, aws::Surroundings surroundings, s3::Run run);

    /// As backup::list(); throws as s3::Bucket does.
    backup::Listing list(fs::Path const& place);

    /// As backup::write_manifest().
    void write_manifest(backup::Manifest const& manifest, fs::Path const& place);

    /// As backup::remove().
    void remove(backup::Stored const& stored);

    // --- of buckets alone -----------------------------------------------------------------------

    /// Throws usage where there is a backup, or its archive, of that id; so do a wrong key and a
    /// missing bucket.
    void require_free(fs::Path const& place, std::string const& id);

    /// Puts the archive where its manifest will be, going on with an upload that was cut.
    s3::Uploaded upload(
        backup::Manifest const& manifest,
        fs::Path const& archive,
        fs::Path const& place,
        std::function<void(std::uint64_t)> const& on_progress = {});

    /// Writes the archive to a new file; returns what differs from the manifest, empty where
    /// nothing does.
    std::string download(
        backup::Stored const& stored,
        fs::Path const& file,
        std::function<void(std::uint64_t)> const& on_progress = {});

    /// Aborts the uploads and removes the archives without manifest of the runs `dead`; of unknown
    /// runs, where nothing has moved for a day. Returns what it removed. Only what this program put
    /// there is touched.
    std::vector<std::string> clean_up(fs::Path const& place, std::vector<std::string> const& dead);

private:
    s3::Bucket& bucket_of(fs::Path const& place);
    void clean_uploads(
        fs::Path const& place,
        std::set<std::string> const& dead,
        std::vector<std::string>& out);
    void clean_archives(
        fs::Path const& place,
        std::set<std::string> const& dead,
        std::vector<std::string>& out);

    s3::Settings settings_;
    s3::Run run_;
    aws::Provider credentials_;
    std::map<std::string, std::unique_ptr<s3::Bucket>> buckets_;
};

} // namespace slipway::storage
