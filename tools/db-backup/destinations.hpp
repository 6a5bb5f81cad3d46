// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/store.hpp"
#include "backup/unsent.hpp"
#include "db_backup.hpp"
#include "storage/places.hpp"

#include <string>
#include <vector>

namespace slipway::db_backup {

/// Throws refused where what is not encrypted would go into a bucket although it is of production,
/// and nobody has allowed that.
void require_encryption(Options const& options, bool production);

/// Where one new backup goes: folders, buckets, or both. It is made in a partial folder of the
/// first folder, or of the workplace where there are buckets alone.
class Destinations {
public:
    Destinations(Options const& options, tool::Context& context, storage::Places& places);

    /// All places as they were named.
    [[nodiscard]] std::vector<fs::Path> const& all() const { return all_; }

    /// The folders that need room.
    [[nodiscard]] std::vector<fs::Path> const& folders() const { return folders_; }

    /// Whether the archive does not stay here, or not as it was packed: then what reads it must
    /// come before it is published.
    [[nodiscard]] bool leaves() const { return !stays_ || !options_.encrypt.empty(); }

    /// Goes on with what earlier runs made and could not bring to these buckets.
    void send_left_ones();

    /// Makes and tries every folder, and asks every bucket, before the server is asked for
    /// anything; what dead runs left there goes.
    void open(std::string const& id);

    /// The partial folder in which the backup is made.
    [[nodiscard]] fs::Path workplace() const { return work_in(0); }

    /// Brings the archive, a file or folder of the workplace, everywhere, and its manifest after it.
    void publish(backup::Manifest const& manifest, fs::Path const& archive);

    /// Writes the manifest again everywhere.
    void write_manifest(backup::Manifest const& manifest);

    /// The artifacts of the record.
    [[nodiscard]] std::vector<record::Artifact> artifacts(backup::Manifest const& manifest) const;

private:
    // Below the partial folder, which is locked: what is done there may lock its own.
    [[nodiscard]] fs::Path work_in(std::size_t folder) const {
        return partials_[folder].path() / "work";
    }

    void copy(backup::Manifest const& manifest, fs::Path const& archive);
    void send(backup::Manifest const& manifest, fs::Path const& archive);
    void send_left(backup::Unsent& left);
    void send_again(backup::Stored const& stored, fs::Path const& place);
    void upload(backup::Manifest const& manifest, fs::Path const& archive, fs::Path const& place);
    [[nodiscard]] bool is_there(std::string const& id, fs::Path const& place);

    Options const& options_;
    tool::Context& context_;
    storage::Places& places_;
    std::vector<fs::Path> all_;
    std::vector<fs::Path> folders_; // those of all_, or the one to work in
    std::vector<fs::Path> buckets_;
    bool stays_ = true; // there is a folder among all_
    std::vector<backup::Partial> partials_;
};

} // namespace slipway::db_backup
