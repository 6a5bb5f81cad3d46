// SPDX-License-Identifier: Apache-2.0
#include "scratch.hpp"

#include "catalog/properties.hpp"
#include "error/error.hpp"
#include "pg/quote.hpp"

namespace slipway::db_restore {

namespace {

constexpr time::Milliseconds time_after_stop{3000}; // the record must be written, too
constexpr time::Milliseconds time_otherwise{60'000};

} // namespace

Scratch::Scratch(Site& site, std::string name, tool::Context& context)
    : site_(site), context_(context), name_(std::move(name)) {}

Scratch::Scratch(
    Site& site,
    std::int64_t original,
    Marker marker,
    std::string name,
    tool::Context& context)
    : Scratch(site, std::move(name), context) {
    make(original, marker);
}

void Scratch::make(std::int64_t original, Marker const& marker) {
    auto& connection = site_.connection();
    std::string const quoted = pg::quote_identifier(name_);
    connection.exec(catalog::create_statement(name_, catalog::properties_of(connection, original)));
    mine_ = true;
    connection.exec(
        "comment on database " + quoted + " is " + pg::quote_literal(to_comment(marker)));
    // Before a row is in it: PUBLIC may connect to a new database, and perhaps not to the live one.
    connection.exec("revoke connect on database " + quoted + " from public");
    oid_ = site_.oid_of(name_).value();
}

Scratch::~Scratch() {
    if (!mine_) {
        return;
    }
    try {
        // The run's limits may be what ended it, and its connection may be what was lost.
        site_.reopen(context_.stop.stop_requested() ? time_after_stop : time_otherwise);
        auto& connection = site_.connection();
        connection.exec(
            "drop database " + pg::quote_identifier(name_) +
            (connection.server_version() >= 130'000 ? " with (force)" : ""));
    } catch (Error const& error) {
        context_.log.warning(
            "the half restored database stays until the next run removes it",
            {{"database", name_}, {"cause", error.message()}});
    } catch (std::exception const&) { // NOLINT(bugprone-empty-catch)
        // The next run removes it.
    }
}

} // namespace slipway::db_restore
