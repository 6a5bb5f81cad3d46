// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "pg/copy.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::db_restore {

/// Runs what pg_restore prints (`-f -`) on a connection, its COPY data too, without keeping more of
/// it than the chunk at hand. For the section `data`, whose statements have no bodies: each ends
/// at a line that ends with a semicolon outside of quotes. The tables must be of the transaction
/// that is open: their rows are frozen, so that every session sees all of them once it sees the
/// tables.
class ScriptFeed {
public:
    explicit ScriptFeed(pg::Connection& connection) : connection_(connection) {}

    /// Changes each statement before it is run.
    void on_statement(std::function<std::string(std::string_view)> change) {
        change_ = std::move(change);
    }

    /// Takes the next chunk, which may end anywhere; throws what the server refuses.
    void write(std::string_view chunk);

    /// Ends it; throws failed where a statement or a COPY did not end.
    void finish();

    /// Rows that were copied so far, and tables.
    [[nodiscard]] std::int64_t rows() const { return rows_; }
    [[nodiscard]] std::int64_t tables() const { return tables_; }

private:
    bool take_data();
    bool take_line();
    void run_statement();

    pg::Connection& connection_;
    std::function<std::string(std::string_view)> change_;
    std::optional<pg::CopyIn> copy_;
    bool at_line_start_ = true; // of the data
    std::string buffer_;
    std::size_t at_ = 0; // of the buffer: what is before was taken
    std::string statement_;
    char quote_ = 0; // in which the statement is
    std::int64_t rows_ = 0;
    std::int64_t tables_ = 0;
};

/// Runs what pg_restore prints of the definitions (the sections `pre-data` and `post-data`),
/// statement by statement; settings that this server does not know are left out. Throws what the
/// server refuses, with the statement's beginning.
void run_definitions(pg::Connection& connection, std::string_view script);

} // namespace slipway::db_restore
