// SPDX-License-Identifier: Apache-2.0
#include "pg/server_error.hpp"

#include "pg/sqlstate.hpp"

namespace slipway::pg {

namespace {

Error base_error(ErrorKind kind, ServerMessage const& message) {
    std::string hint = message.hint;
    if (hint.empty()) {
        hint = sqlstate::hint_for(message.sqlstate);
    }
    std::string text = message.message;
    if (!message.detail.empty()) {
        text += " (" + message.detail + ")";
    }
    return Error{kind, std::move(text), std::move(hint)}.with_sqlstate(message.sqlstate);
}

} // namespace

ServerError::ServerError(ServerMessage const& message)
    : ServerError(sqlstate::kind_of(message.sqlstate), message) {}

ServerError::ServerError(ErrorKind kind, ServerMessage const& message)
    : Error(base_error(kind, message)), server_(std::make_shared<ServerMessage const>(message)) {}

} // namespace slipway::pg
