// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/effect.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::plan {

/// What a statement demands of the rows that are there, and how to ask whether they keep to it.
struct Question {
    enum class Kind : std::uint8_t {
        not_null,
        unique,
        check,
        foreign_key,
        exclusion,
        type,    // a value that the new type does not take
        cut,     // a value that the new type changes
        missing, // a column that must not be null has no value for the rows
        refused, // no row is to blame: the server has no cast, or something depends on it
    };
    Kind kind = Kind::check;
    std::string about;                  // `adds UNIQUE (email)`
    Relation const* relation = nullptr; // whose rows are asked about
    std::string count;                  // a query for the rows, and for their values where unique
    std::string keys;                   // a query for the keys of such rows
    std::string probe;                  // of `type`: an expression that fails for them
    std::vector<std::string> path;      // the search_path of the moment

    std::string not_yet;      // why there are no rows to ask about; empty: there are
    std::string unanswerable; // why it cannot be asked; empty: it can
    std::string changed_by;   // who may change the rows before; empty: nobody
    std::string refusal;      // of `refused`: why
};

/// `not_null`, …, as records have it.
std::string_view name(Question::Kind kind);

/// What the statement demands; reads nothing.
std::vector<Question> questions_of(std::vector<sql::Action> const& actions, Moment const& moment);

} // namespace slipway::plan
