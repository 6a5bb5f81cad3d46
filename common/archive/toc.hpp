// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::archive {

/// A part of an archive as `pg_restore` handles them, in the order in which it writes them here.
enum class Section : std::uint8_t { none = 1, pre_data = 2, data = 3, post_data = 4 };

/// One entry of a table of contents, as pg_dump writes it; a text that is absent is no empty one.
struct TocEntry {
    using Text = std::optional<std::string>;

    std::int32_t dump_id = 0;
    std::int32_t had_dumper = 0; // 1: data in a file belongs to it
    Text table_oid;              // of the catalog that the object is in
    Text oid;
    Text tag;
    Text description; // `TABLE`, `TABLE DATA`, …
    std::int32_t section = 0;
    Text definition;
    Text drop;
    Text copy;
    Text schema;
    Text tablespace;
    Text access_method;
    std::int32_t relation_kind = 0; // since archive version 1.16
    Text owner;
    Text with_oids;
    std::vector<std::string> dependencies;
    Text file;
};

/// The table of contents (`toc.dat`) of a directory archive.
struct Toc {
    int minor = 0;      // of the archive's version 1.minor
    std::string header; // its bytes as they are, without the number of entries
    std::vector<TocEntry> entries;
};

/// Reads a `toc.dat` of the versions 1.14 (PostgreSQL 12 to 15), 1.15 (16) and 1.16 (17, 18);
/// nothing where the version, the layout or a single byte is not what write() gives back. Pure.
std::optional<Toc> read_toc(std::string_view bytes);

/// The bytes of a `toc.dat`. Pure.
std::string write(Toc const& toc);

/// A table whose rows are in a file of their own, to be made known to pg_restore.
struct TableData {
    std::int64_t oid = 0;
    std::string name;    // `public."Odd name"`, quoted for SQL, in the archive's encoding
    std::string columns; // `(a, "B")`, as COPY takes them
};

/// Adds a `TABLE DATA` entry for each of the tables before the entries of section post-data, and
/// returns their files' names (`<dump id>.dat`) in the same order. Throws failed, naming the
/// table by its oid, where the table has no entry or has its data already.
std::vector<std::string> add_table_data(Toc& toc, std::vector<TableData> const& tables);

} // namespace slipway::archive
