// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace slipway::backup {

/// Packs the files of a folder (no deeper ones) into one tar, `toc.dat` first and the others by
/// name, each under `<id>/`; every file is removed once it is in the tar, so that the disk holds
/// the data once. Fills the manifest's archive, but its checksum, and members; files in `known` are
/// not hashed again. Where `first` is named, the tar is there and holds that member's bytes, behind
/// TarWriter::front, and `known` has its description: it comes before all others.
void pack(
    fs::Path const& folder,
    fs::Path const& tar,
    Manifest& manifest,
    std::stop_token const& stop,
    std::vector<Member> const& known = {},
    std::string const& first = {});

/// What reading a tar found.
struct ReadBack {
    std::vector<std::string> damages; // what differs from the members that the manifest names
    std::string sha256;               // of the whole; nothing to go by where there are damages
};

/// Reads a tar back that pack() wrote: its checksum is the one that the manifest lacks.
ReadBack read_back(fs::Path const& tar, Manifest const& manifest, std::stop_token const& stop);

/// Describes a folder that stays a folder, after making its files durable; files in `known` are not
/// read again.
void describe_folder(
    fs::Path const& folder,
    Manifest& manifest,
    std::stop_token const& stop,
    std::vector<Member> const& known = {});

/// What of the archive's bytes differs from the manifest, all read again; empty where nothing.
std::vector<std::string>
damages(fs::Path const& archive, Manifest const& manifest, std::stop_token const& stop);

/// Puts the archive's files into a folder (not below `<id>/`), all of them or the one named; a
/// folder archive's files are linked, or copied where they cannot be.
void unpack(
    fs::Path const& archive,
    Manifest const& manifest,
    fs::Path const& into,
    std::stop_token const& stop,
    std::string const& only = {});

/// Copies an archive, durably; throws unavailable where the disk is full.
void copy_archive(fs::Path const& from, fs::Path const& to, std::stop_token const& stop);

} // namespace slipway::backup
