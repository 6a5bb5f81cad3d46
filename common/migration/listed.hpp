// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: histories that list what is applied, and have no room for anything else.
#pragma once

#include "migration/history.hpp"

#include <string>
#include <string_view>

namespace slipway::migration {

/// A history whose rows are migrations that are applied. What failed or is half done is in a table
/// of our own, slipway.migration_attempts, which is made when it is needed.
class ListedLedger : public Ledger {
public:
    [[nodiscard]] History read(pg::Connection& connection) const final;
    void start(pg::Connection& connection, File const& file, Attempt const& attempt) const final;
    void finish(
        pg::Send const& send,
        File const& file,
        Attempt const& attempt,
        std::optional<time::Milliseconds> took) const final;
    void
    note(pg::Connection& connection, std::string_view key, std::string_view log) const override;
    void roll_back(pg::Send const& send, std::string_view key) const override;
    void adopt(pg::Send const& send, File const& file, Attempt const& attempt) const final;

protected:
    /// The rows of the layout's own table.
    [[nodiscard]] virtual History read_list(pg::Connection& connection) const = 0;

    /// Adds the row of a migration that is applied; `took` is in milliseconds, as SQL.
    virtual void
    insert(pg::Send const& send, File const& file, Attempt const& attempt, std::string_view took)
        const = 0;

    /// What the layout's own program commits before it runs a migration without a transaction.
    virtual void
    begin(pg::Connection& /*connection*/, File const& /*file*/, Attempt const& /*attempt*/) const {}

    /// Whether a failure or interruption that we have noted still is one, by the layout's own
    /// table.
    [[nodiscard]] virtual bool still_counts(Entry const& /*noted*/, History const& /*list*/) const {
        return true;
    }

    /// The migration that a noted attempt is about; empty where there is no such note.
    static std::string noted_id(pg::Connection& connection, std::string_view key);
};

} // namespace slipway::migration
