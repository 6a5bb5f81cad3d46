// SPDX-License-Identifier: Apache-2.0
// What an outcome means: the errors that a wire throws.
#include "pg/sqlstate.hpp"
#include "pg/wire.hpp"
#include "text/join.hpp"

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

std::string field(pg_result const* result, int code) {
    char const* const value = PQresultErrorField(result, code);
    return value == nullptr ? std::string{} : std::string{value};
}

std::string first_line(std::string_view message) {
    std::string_view const trimmed = text::trim(message);
    return std::string{text::trim(trimmed.substr(0, trimmed.find('\n')))};
}

} // namespace

std::string Wire::libpq_message() const {
    return first_line(PQerrorMessage(raw()));
}

ServerMessage message_of(pg_result const* result) {
    ServerMessage out;
    out.severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    out.sqlstate = field(result, PG_DIAG_SQLSTATE);
    out.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    if (out.message.empty()) {
        // libpq's own errors have no fields.
        out.message = first_line(PQresultErrorMessage(result));
    }
    out.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    out.hint = field(result, PG_DIAG_MESSAGE_HINT);
    out.context = field(result, PG_DIAG_CONTEXT);
    std::string const position = field(result, PG_DIAG_STATEMENT_POSITION);
    out.statement_position = position.empty() ? 0 : std::stoll(position);
    out.schema = field(result, PG_DIAG_SCHEMA_NAME);
    out.table = field(result, PG_DIAG_TABLE_NAME);
    out.column = field(result, PG_DIAG_COLUMN_NAME);
    out.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    return out;
}

Error Wire::lost_error(pg_result const* error) const {
    ServerMessage message;
    if (error != nullptr) {
        message = message_of(error);
    } else if (connection_ != nullptr) {
        message.message = first_line(PQerrorMessage(raw()));
    }
    std::string const code =
        message.sqlstate.empty() ? std::string{sqlstate::connection_failure} : message.sqlstate;
    std::string const why = message.message.empty() ? "" : ": " + message.message;
    return Error{
        ErrorKind::unavailable, "the connection to " + target_.address() + " was lost" + why}
        .with_sqlstate(code);
}

void Wire::require_ready(End end) {
    if (end != End::ready) {
        cancel_and_drain();
        throw_interrupted(end);
    }
}

void Wire::throw_interrupted(End end) {
    if (end == End::ready) {
        return;
    }
    if (end == End::stopped) {
        throw signal::stopped_error();
    }
    throw Error{ErrorKind::timeout, "the deadline passed during a command, which was cancelled"}
        .with_sqlstate(std::string{sqlstate::query_canceled});
}

void Wire::require_success(Outcome const& outcome) const {
    if (outcome.complete && outcome.error == nullptr && !outcome.lost) {
        return; // also where the command was faster than its cancellation
    }
    bool const cancelled = outcome.error == nullptr ||
                           field(outcome.error.get(), PG_DIAG_SQLSTATE) == sqlstate::query_canceled;
    std::string const closed =
        outcome.lost ? "; the server did not answer the cancellation, the connection is closed"
                     : "";
    if (outcome.end == End::stopped && cancelled) {
        throw signal::stopped_error();
    }
    if (outcome.end == End::deadline && (cancelled || outcome.lost)) {
        throw Error{
            ErrorKind::timeout,
            "the deadline passed before the server answered, the command was cancelled" + closed}
            .with_sqlstate(std::string{sqlstate::query_canceled});
    }
    if (outcome.lost) {
        throw lost_error(outcome.error.get());
    }
    if (outcome.wanted_data) {
        // Its SQLSTATE is that of a cancelled query, which it is not.
        throw ServerError{ErrorKind::failed, message_of(outcome.error.get())};
    }
    throw ServerError{message_of(outcome.error.get())};
}

} // namespace slipway::pg
