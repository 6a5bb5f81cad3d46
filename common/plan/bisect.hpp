// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/schema.hpp"
#include "time/deadline.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::plan {

/// Inside the room: the rows for which an expression fails.
struct Failing {
    std::int64_t rows = 0;
    bool complete = true; // false where the deadline passed before all were found
    std::vector<std::string> keys;
    std::string error; // of the first one
};

/// Inside the room: finds, inside of an open transaction, the rows of a table for which the
/// expression raises an error of its value, by halving: the server stops at the first one, so a
/// part of the table is asked as a whole, and in halves where it fails. Throws what is no fault of
/// a value.
class Bisect {
public:
    Bisect(
        pg::Connection& connection,
        Relation const& relation,
        std::string expression,
        time::Deadline deadline,
        std::int64_t keys)
        : connection_(connection), relation_(relation), expression_(std::move(expression)),
          deadline_(deadline), keys_(keys) {}

    /// Looks through one table without its heirs; `table` as SQL spells it.
    void look_through(std::string const& table);

    [[nodiscard]] Failing const& found() const { return found_; }

private:
    bool fails(std::string const& table, std::string const& condition);
    void blocks(std::string const& table, std::int64_t from, std::int64_t to);
    void places(
        std::string const& table,
        std::vector<std::string> const& rows,
        std::size_t from,
        std::size_t to);
    void note(std::string const& table, std::string const& place);

    pg::Connection& connection_;
    Relation const& relation_;
    std::string expression_;
    time::Deadline deadline_;
    std::int64_t keys_;
    Failing found_;
};

} // namespace slipway::plan
