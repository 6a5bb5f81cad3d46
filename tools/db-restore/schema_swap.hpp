// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "schema_site.hpp"

#include <functional>
#include <string>
#include <vector>

namespace slipway::db_restore {

/// The part of a swap of schemas that a restore and an undo share: all of it in the transaction
/// that is open on `work`, so that a kill at any instant leaves what was there before it.
class SchemaSwap {
public:
    /// `marker` is for the comments of what is moved aside.
    SchemaSwap(SchemaSite& site, pg::Connection& work, std::string tag, Marker marker);

    /// Moves the live schemas aside, under names that end with the tag.
    void move_aside(std::vector<LiveSchema> const& live);

    /// Makes a schema anew, with the owner and the grants of the one that was moved aside.
    void make_anew(LiveSchema const& live);

    /// Moves the extensions that have their objects in a schema moved aside into the one that has
    /// its name now.
    void bring_extensions();

    /// Names the successors in the comments of what was moved aside.
    void name_successors();

    /// Keeps all sessions out of the tables that were moved aside, as keep_out() does.
    void lock_out(Options const& options, tool::Context& context);

    /// The oid that a schema of this name has inside of the transaction; 0 where there is none.
    [[nodiscard]] std::int64_t oid_of(std::string_view schema);

    /// Where a schema made anew has another owner, other grants or another comment than the one that
    /// was moved aside.
    [[nodiscard]] std::vector<std::string> differences();

    /// The schemas for the record, with what they replace.
    [[nodiscard]] json::Value to_json();

    [[nodiscard]] std::string aside(std::string_view schema) const;
    [[nodiscard]] std::vector<std::string> const& moved() const { return moved_; }

private:
    SchemaSite& site_;
    pg::Connection& work_;
    std::string tag_;
    Marker marker_;
    std::vector<std::string> moved_; // live names
    std::vector<LiveSchema> made_;
};

/// Waits until no session uses these tables, quoted as SQL has it, and keeps all out until the end
/// of the transaction on `work`: who knocks meanwhile is let into what has their names then, in one
/// piece. Sessions that stand in the way for longer than a moment are ended with --terminate; else
/// throws refused, naming them, after --lock-wait.
void keep_out(
    SchemaSite& site,
    pg::Connection& work,
    std::vector<std::string> const& tables,
    Options const& options,
    tool::Context& context);

/// Commits the swap's transaction. Where the connection is lost in that, looks whether it was made:
/// `schema` has the oid `oid` then. Throws in_doubt where that cannot be found out.
void commit_swap(
    SchemaSite& site,
    std::function<void()> const& commit,
    std::string const& schema,
    std::int64_t oid,
    tool::Context& context);

} // namespace slipway::db_restore
