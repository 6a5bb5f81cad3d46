// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"
#include "pg/connection.hpp"
#include "pg/conninfo.hpp"
#include "secret/secret.hpp"
#include "tool/context.hpp"

#include <string_view>

namespace slipway::target {

/// Declares `--database-url` ($DATABASE_URL, else libpq's PG* variables); `help` says what the
/// database is for. The option is returned for `.only_for()`.
cli::Option& declare(cli::Spec& spec, secret::Secret& url, std::string_view help = "the database");

/// Whether a database was named at all: by the option, or by PGHOST, PGSERVICE, PGDATABASE.
bool is_named(secret::Secret const& url);

/// The database of the option, its secrets taught to the redactor; throws usage where malformed.
pg::ConnInfo parse(secret::Secret const& url, tool::Context& context);

/// The run's deadline and stop token, and `slipway/<tool>/<run>` as application name.
pg::Options limits(tool::Context const& context);

/// Connects within the run's limits and names the database in the record's `target`; throws as
/// pg::Connection::open does.
pg::Connection open(pg::ConnInfo const& where, tool::Context& context);

/// As above, within these limits.
pg::Connection open(pg::ConnInfo const& where, tool::Context& context, pg::Options const& limits);

/// Throws refused where a transaction pooler is in between, for session locks, settings and
/// snapshots do not hold there; `because` says which of them is needed.
void require_unpooled(
    pg::Connection& connection,
    pg::ConnInfo const& where,
    std::string_view because);

} // namespace slipway::target
