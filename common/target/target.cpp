// SPDX-License-Identifier: Apache-2.0
#include "target/target.hpp"

#include "catalog/identity.hpp"
#include "ci/environment.hpp"
#include "error/error.hpp"

#include <fmt/format.h>

namespace slipway::target {

cli::Option& declare(cli::Spec& spec, secret::Secret& url, std::string_view help) {
    return spec.option(url, "--database-url URL", std::string{help})
        .env("DATABASE_URL")
        .standard("libpq's PG* variables");
}

bool is_named(secret::Secret const& url) {
    return !url.empty() ||
           ci::first_variable({"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"}).has_value();
}

pg::ConnInfo parse(secret::Secret const& url, tool::Context& context) {
    auto where = pg::ConnInfo::parse(url);
    where.teach(context.redactor);
    return where;
}

pg::Options limits(tool::Context const& context) {
    pg::Options out;
    out.stop = context.stop;
    out.deadline = context.deadline;
    out.application_name = fmt::format("slipway/{}/{}", context.record.tool, context.record.run.id);
    return out;
}

pg::Connection open(pg::ConnInfo const& where, tool::Context& context) {
    return open(where, context, limits(context));
}

pg::Connection open(pg::ConnInfo const& where, tool::Context& context, pg::Options const& limits) {
    auto connection = pg::Connection::open(where, limits);
    auto const identity = catalog::identity(connection);
    context.record.target =
        record::Target{identity.system_identifier, identity.database, identity.oid};
    return connection;
}

void require_unpooled(
    pg::Connection& connection,
    pg::ConnInfo const& where,
    std::string_view because) {
    if (connection.looks_pooled()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("there is a connection pooler at {}, and {}", where.address(), because),
            "Give the direct address of the server, often DIRECT_URL (Neon: without -pooler in "
            "the host; Supabase and PgBouncer: the server's own port, mostly 5432)."};
    }
}

} // namespace slipway::target
