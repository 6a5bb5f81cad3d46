// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "json/value.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::backup {

/// Why a backup was made: by a deployment, or by a tool before something that it may have to undo.
enum class Kind : std::uint8_t { regular, safety };

/// How far a backup was proven, in rising order: written; its checksums and table of contents were
/// read back; it was restored and its rows were counted.
enum class Level : std::uint8_t { stored, listed, restored };

/// A file of the archive, by its path inside of it.
struct Member {
    std::string path;
    std::uint64_t bytes = 0;
    std::string sha256;
};

/// What the archive holds the table with; `rows` is exact, under the snapshot that was dumped.
struct Table {
    std::string schema;
    std::string name;
    std::int64_t oid = 0;
    std::int64_t rows = 0;
    bool data = true;             // false: the definition alone, by --exclude-table-data
    std::string fingerprint = {}; // order-free hash of the rows; empty where none was taken
};

/// The archive itself; `path` is relative to the manifest's folder.
struct Archive {
    std::string path;
    std::uint64_t bytes = 0;
    std::string sha256; // of the tar; of a folder, of its members' list as sha256sum writes it
    std::string format; // `tar` or `dir`
};

/// That the archive's file is encrypted; bytes and checksum are those of the tar inside of it.
struct Encryption {
    std::string method; // `age`
    std::vector<std::string> recipients;
    std::uint64_t bytes = 0;
    std::string sha256;
};

/// The foreign file that the backup was made of.
struct Adopted {
    std::string file;
    std::string sha256; // of a folder: as Archive has it
    std::string form;   // `sql`, `custom`, `tar` or `directory`
};

/// What a provider's own snapshot answered, taken beside the dump.
struct ProviderSnapshot {
    std::string command;
    std::string marker; // the last line of what the command wrote
    time::Instant taken_at{};
};

/// All that is known of a backup (docs/schema/db-backup-1.json); without it there is none.
struct Manifest {
    std::string id;
    Kind kind = Kind::regular;
    std::string environment; // `none` where none was named
    time::Instant created_at{};
    std::string server_version;
    std::string pg_dump_version;
    std::string database;
    std::int64_t database_oid = 0;
    std::string system_identifier; // empty where the role may not read it
    std::uint64_t database_bytes = 0;
    std::string encoding;
    std::vector<std::string> roles; // that the database's objects and policies refer to
    Archive archive;
    std::vector<Member> members;
    std::vector<Table> tables;
    std::vector<std::string> only_tables; // of --table; empty for a whole database
    std::string commit;
    std::string run_id;
    std::string engine;
    Level level = Level::stored;
    time::Milliseconds duration{0};
    bool pinned = false; // never removed by retention
    std::optional<Encryption> encryption;
    std::optional<Adopted> adopted;
    std::optional<ProviderSnapshot> provider_snapshot;

    /// Whether it is a backup of the whole database, from which that can be made again.
    [[nodiscard]] bool whole() const { return only_tables.empty(); }
};

/// The manifest as JSON, `schema` first.
json::Value to_json(Manifest const& manifest);

/// Reads what to_json wrote; throws usage, naming `name` and the field, where it is malformed or
/// of an unknown major version. Unknown fields are ignored.
Manifest from_json(json::Value const& value, std::string_view file);

/// Reads a manifest's file.
Manifest read_manifest(fs::Path const& path);

/// Writes `<id>.manifest.json` into the folder, atomically: with it the backup begins to exist.
fs::Path write_manifest(Manifest const& manifest, fs::Path const& folder);

/// `20260131T100000Z-staging-3f2a`: sorts by time; the last part is random.
std::string make_id(time::Instant at, std::string_view environment);

/// Whether the text may be an id: letters, digits, `.`, `_` and `-`, at most 80, no dot first.
bool valid_id(std::string_view id);

/// 15 of `15.20`; 0 where the text begins with no number.
int major_of(std::string_view version);

std::string_view name(Kind kind);
std::string_view name(Level level);

} // namespace slipway::backup
