// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migration/file.hpp"
#include "migration/history.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

/// Where one migration stands; the words of `data.migrations[].status`.
enum class State : std::uint8_t {
    pending,
    applied,
    failed,      // begun and not finished, and something of it may be there
    rolled_back, // failed before and undone whole: pending again
    drifted,     // applied, but its file was edited since
    missing,     // applied, but its file is gone
};

std::string_view name(State state);

/// One migration, from the folder, the history or both.
struct Item {
    std::string id;
    State state = State::pending;
    File file;                 // empty path where it is missing
    Entry entry;               // empty key where it was never begun
    bool out_of_order = false; // pending, while a later one is applied
    int steps_done = 0;        // of a migration without transaction that was interrupted
    bool resumable = false;    // such a one, whose file is the same: it can be continued

    /// Whether apply would run it.
    [[nodiscard]] bool applies() const {
        return state == State::pending || state == State::rolled_back || resumable;
    }
};

/// Folder and history side by side, in the folder's order, the missing ones first.
struct Standing {
    std::vector<Item> items;

    [[nodiscard]] std::vector<Item const*> in_state(State state) const;
};

Standing compare(Folder const& folder, History const& history);

/// The log text of a row whose migration was rolled back whole, so that a later run may go on;
/// other programs see a failed migration with its error.
std::string rolled_back_log(std::string_view error);

/// The log text of a row whose migration runs without a transaction, after `done` statements.
std::string progress_log(int done, int total);

/// Whether the log was written by rolled_back_log.
bool says_rolled_back(std::string_view log);

/// How many statements progress_log said were done; -1 for any other text.
int steps_in(std::string_view log);

} // namespace slipway::migration
