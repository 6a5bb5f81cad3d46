// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "fs/unique_fd.hpp"

#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::backup {

/// A backup in a folder: it has a valid manifest.
struct Stored {
    Manifest manifest;
    fs::Path folder;

    [[nodiscard]] fs::Path manifest_path() const;
    [[nodiscard]] fs::Path archive_path() const;
};

/// What looks like a backup and is none.
struct Broken {
    fs::Path path;
    std::string why;
};

/// What a folder holds; the backups oldest first.
struct Listing {
    std::vector<Stored> backups;
    std::vector<Broken> broken;
};

/// Reads the manifests of a folder and looks, without reading them, whether their archives are
/// there in full size; a folder that does not exist holds nothing.
Listing list(fs::Path const& folder);

/// Of what a backup is; an empty field agrees with everything.
struct Origin {
    std::string environment;
    std::string database;
    std::string system_identifier;
};

/// The newest verified regular backup of the whole database of that origin, or null.
Stored const* newest(std::vector<Stored> const& backups, Origin const& origin);

/// The backup of that id, or for `latest` newest(); throws usage with what there is where there is
/// none, and where `latest` is asked of backups of several databases without saying of which.
Stored const& find(std::vector<Stored> const& backups, std::string_view id, Origin const& origin);

/// Removes a backup, for whom holds the StoreLock. The manifest goes first: killed in between,
/// what is left is an archive without one, never a backup that is listed and half gone; a partial
/// folder, made before and removed after, has the next sweep() remove that archive too.
void remove(Stored const& stored);

/// The right to add to and remove from a folder: one process at a time, and none left behind by a
/// killed one; move-only.
class StoreLock {
public:
    /// Waits for it, at most half a minute; throws refused then. Makes no folder.
    StoreLock(fs::Path const& folder, std::stop_token const& stop);

private:
    fs::UniqueFd fd_;
};

/// The folder `.partial-<id>` in which a backup is made. Its destructor removes it with all it
/// holds, and the archive where there is no manifest yet; after a kill the next run does so.
class Partial {
public:
    /// Makes it, mode 0700; throws usage where a backup of that id is there, or the folder cannot
    /// be written.
    Partial(fs::Path const& store, std::string const& id, std::stop_token const& stop);
    Partial(Partial const&) = delete;
    Partial& operator=(Partial const&) = delete;
    Partial(Partial&& other) noexcept;
    Partial& operator=(Partial&&) = delete;
    ~Partial();

    [[nodiscard]] fs::Path const& path() const { return path_; }

    /// Leaves it as it is when the object goes, as a kill would.
    void keep() { path_.clear(); }

private:
    Partial(fs::Path path, fs::UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
    friend std::vector<Partial> take_over(fs::Path const& store, std::stop_token const& stop);

    fs::Path path_;
    fs::UniqueFd lock_;
};

/// The file of a partial folder that says that its backup is whole (see unsent.hpp).
inline constexpr std::string_view unsent_note = "unsent.json";

/// Removes the partial folders of runs that are dead, each with the archive that it had not yet
/// given a manifest, but not those whose whole backup has been unsent for less than a day; returns
/// their ids.
std::vector<std::string> sweep(fs::Path const& store, std::stop_token const& stop);

/// The partial folders of dead runs that sweep() leaves alone, now this run's.
std::vector<Partial> take_over(fs::Path const& store, std::stop_token const& stop);

} // namespace slipway::backup
