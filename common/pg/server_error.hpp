// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace slipway::pg {

/// The fields of a server's error or notice (PostgreSQL documentation, "Error and Notice Message
/// Fields"); empty where the server sent none.
struct ServerMessage {
    std::string severity; // ERROR, FATAL, WARNING, NOTICE, …, never translated
    std::string sqlstate;
    std::string message;
    std::string detail;
    std::string hint;
    std::string context;
    std::int64_t statement_position = 0; // in characters of the text sent, from 1; 0 is unknown
    std::string schema;
    std::string table;
    std::string column;
    std::string constraint;
};

using Notice = ServerMessage;

/// An error that the server answered, with all of its fields; copying does not throw.
class ServerError : public Error {
public:
    explicit ServerError(ServerMessage const& message);
    ServerError(ErrorKind kind, ServerMessage const& message);

    [[nodiscard]] ServerMessage const& server() const noexcept { return *server_; }

private:
    std::shared_ptr<ServerMessage const> server_;
};

} // namespace slipway::pg
