// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace slipway::sql {

/// How a statement behaves towards transactions, judged by its words alone, so that any server's
/// syntax can be judged.
struct Nature {
    enum class Control : std::uint8_t {
        none,
        begin,
        commit,
        rollback,
        savepoint,
        release,
        rollback_to,
        prepare,
        finish_prepared
    };

    Control control = Control::none;
    /// The server refuses it inside of a transaction block.
    bool refuses_transaction = false;
    /// ALTER TYPE … ADD VALUE: servers before 12 refuse it inside of a transaction block, later
    /// ones refuse the use of the new value in the same transaction.
    bool adds_enum_value = false;
    /// CREATE INDEX, DROP INDEX, REINDEX or DETACH PARTITION with CONCURRENTLY: where it fails it
    /// leaves something behind.
    bool concurrently = false;
    /// Its first words in capitals, without options: "CREATE INDEX", "ALTER TABLE", "INSERT"; for
    /// ever valid.
    std::string_view command;

    [[nodiscard]] bool transaction_control() const { return control != Control::none; }
};

/// Judges one statement as split() returns it; throws usage where a quote does not end.
Nature classify(std::string_view statement);

} // namespace slipway::sql
