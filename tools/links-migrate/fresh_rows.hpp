// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transformer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::links_migrate {

/// What was written of a range.
struct Written {
    Outcome outcome;
    std::vector<std::string> left; // keys of rows that the server's statement has to do
    std::optional<std::string> to; // where it ended: before the range's end where values are large
};

/// Writes the links of fresh rows, those of which neither the target nor the ledger has anything:
/// reads them, takes their JSON apart in C++ (links_of.hpp) and copies rows and notes into the
/// tables. The server's statement does the same at several times the cost.
class FreshRows {
public:
    /// Nothing where the mapping, the target or the server is such that the rows, or the hashes of
    /// them, might come out other than by the statement.
    static std::optional<FreshRows>
    open(pg::Connection& connection, Mapping const& mapping, Tables const& tables);

    /// Writes the fresh rows of the range, which has an end, inside of the caller's transaction.
    /// Throws the server's error where a row meets a constraint of the target.
    Written
    write(pg::Connection& connection, Range const& range, bool wants_rejects, std::int64_t run)
        const;

private:
    FreshRows(Mapping const& mapping, Tables const& tables);

    Mapping mapping_;
    Tables tables_;
    std::string read_;
    std::string stamps_;
    std::string copy_rows_;
    std::string copy_notes_;
};

/// How PostgreSQL writes a row of these values as text.
std::string record_text(std::vector<std::optional<std::string_view>> const& values);

} // namespace slipway::links_migrate
