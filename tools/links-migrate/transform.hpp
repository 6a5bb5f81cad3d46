// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mapping.hpp"
#include "tables.hpp"

#include <string>

namespace slipway::links_migrate {

/// What a statement does with the links that it finds.
enum class Purpose { count, write, verify };

/// The statement that takes the JSON values of a range of source rows apart, judges the items and
/// counts, writes or compares the links. It answers rows of (what, class, reason, n, key, path,
/// value). Where a row has an item that only C++ can judge, the whole row is left alone and named,
/// for the statement to be run again with the verdicts.
///
/// Parameters: $1 after this key (null: from the first), $2 up to this one (null: to the last),
/// $3 and $4 addresses and their verdicts (`ok` or a reason), $5 to $7 keys of rows whose JSON is a
/// text, what it holds as JSON (empty: nothing) and why it is no links (empty: it may be), $8 only
/// these keys (null: all), $9 whether rejected items and $10 whether samples are wanted, $11 the
/// addresses of $3 as they are mended (empty: as they are), $12 the run (Purpose::write alone).
/// `with_ledger`: the ledger's tables are there and may be read. `only`: SQL for which rows of
/// the source `s`.
std::string transform_sql(
    Mapping const& mapping,
    Tables const& tables,
    Purpose purpose,
    bool with_ledger,
    std::string const& only = {});

/// The statement that finds the last key of the next $3 rows after $1 and up to $2 (null: from the
/// first, to the last).
std::string next_key_sql(Mapping const& mapping, Tables const& tables);

/// The statement that reads the rows after $1 and up to $2 in their order: key, its form in the
/// ledger, `known` where the target or the ledger has something of it already, `beyond` where it and
/// those before it hold more than $3 bytes of JSON, else nothing; the JSON as text, of the others
/// alone; and the copied columns.
std::string fresh_rows_sql(Mapping const& mapping, Tables const& tables);

/// SQL for what a row of the target holds, as 16 bytes: another value shows that somebody changed
/// it. `t` is the row's alias.
std::string content_sql(Mapping const& mapping);

/// The addresses that the statement accepts by itself: ASCII, no port, nothing to be doubted. All
/// of them pass http::link_fault.
extern char const* const plain_address_pattern;

/// The addresses that the statement rejects by itself, as `url_no_scheme`.
extern char const* const schemeless_pattern;

/// The white space that is cut off around texts.
inline constexpr char const* blanks_sql = R"(E' \t\r\n')";

} // namespace slipway::links_migrate
