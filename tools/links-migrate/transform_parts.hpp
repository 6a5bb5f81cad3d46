// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The pieces of the statement of transform.hpp; `<<name>>` is filled in from the mapping.
namespace slipway::links_migrate::parts {

/// From the source rows to single items, each with its state: `ok`, `blank`, `undecided` or why it
/// is rejected.
extern char const* const items;

/// Of `items`: how an address is judged, where the mapping has one; the two ways to take an object.
extern char const* const judge_url;
extern char const* const object_members;
extern char const* const object_itself;

/// From the accepted items to links: type, label, form, order; and what is in the target already.
extern char const* const links;

/// Which links are new, and at which position each.
extern char const* const placing;

/// Inserts them and notes them in the ledger.
extern char const* const writing;

/// The answer of counting and writing, and the last lines of each.
extern char const* const counts;
extern char const* const counted_only;
extern char const* const written;

/// Of fresh_rows_sql.
extern char const* const fresh;

/// Compares the links with the rows that the ledger knows, both ways; and the answer.
extern char const* const comparing;

} // namespace slipway::links_migrate::parts
