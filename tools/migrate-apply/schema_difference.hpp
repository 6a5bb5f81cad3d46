// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/snapshot.hpp"
#include "tool/context.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace slipway::migrate_apply {

/// One entry of what pg_dump --schema-only wrote, by its own head line.
struct DumpEntry {
    std::string type;   // `TABLE`, `FK CONSTRAINT`, `COMMENT`, …
    std::string schema; // empty where it has none
    std::string name;   // `users`, `users users_pkey`, `FUNCTION touch()`

    bool operator<(DumpEntry const& other) const {
        return std::tie(type, schema, name) < std::tie(other.type, other.schema, other.name);
    }
};

/// What is in the text of a dump, without the settings between entries. Pure.
std::map<DumpEntry, std::string> dump_entries(std::string_view dump);

/// The entries in which two dumps differ and that none of the changes tells of, as `COMMENT
/// public.users`; `changes` are those of catalog::every_difference. Pure.
std::vector<std::string> untold(
    std::string_view dump_before,
    std::string_view dump_after,
    std::vector<catalog::Change> const& changes);

/// Tells the difference of two schemas in the log, by kind and with + - ~, and in
/// `data.schema_difference`.
void tell_difference(
    catalog::SchemaSnapshot const& before,
    catalog::SchemaSnapshot const& after,
    tool::Context& context);

} // namespace slipway::migrate_apply
