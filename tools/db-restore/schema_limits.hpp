// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/contents.hpp"
#include "schema_site.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::db_restore {

/// What a swap of schemas does with an entry of an archive.
enum class Cover : std::uint8_t {
    restored,
    left,      // belongs to the whole database, which keeps what it has
    impossible // belongs to the whole database and cannot be left
};

/// Judges an entry by its text, `TABLE DATA public users app`. Pure.
Cover cover_of(std::string_view entry);

/// Whether the entry makes that schema. Pure.
bool makes_schema(std::string_view entry, std::string_view schema);

/// The entries that a swap of schemas restores: without those that are left, those about the
/// schemas themselves that are there, and the rows of extensions' tables. Pure.
std::vector<backup::Entry>
covered(std::vector<backup::Entry> const& entries, std::vector<std::string> const& there);

/// Refuses, by name, what of the live database and of the archive a swap of schemas cannot cover,
/// and where the role lacks a right.
void require_coverable(
    SchemaSite& site,
    std::vector<LiveSchema> const& live,
    std::vector<backup::Entry> const& entries,
    tool::Context& context);

/// The same for the live database alone, as for an undo.
void require_swappable(
    SchemaSite& site,
    std::vector<LiveSchema> const& live,
    tool::Context& context);

} // namespace slipway::db_restore
