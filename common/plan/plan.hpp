// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "plan/answer.hpp"
#include "plan/basis.hpp"
#include "plan/effect.hpp"
#include "plan/holders.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::plan {

/// A statement of the pending set; the text must outlive the plan.
struct Statement {
    std::string_view text;
    Where where;
    bool transactional = true; // runs together with the rest of its migration
};

/// A migration of the pending set.
struct Migration {
    std::vector<Statement> statements;
};

/// A lock that a statement takes on a relation that exists.
struct Lock {
    Effect effect;
    std::int64_t bytes = 0;
    std::optional<std::int64_t> rows; // estimated
    std::vector<Holder> held_by;      // who would hold it up now
    /// Where it blocks and does not end soon: what it is held for. Empty: for a moment.
    std::string lasts;
};

/// A question and its answer.
struct Datum {
    Question question;
    Answer answer;
};

/// What is known of one statement.
struct Outlook {
    std::optional<std::vector<sql::Action>> actions; // nothing where it was not parsed
    std::vector<Lock> locks;                         // strongest first
    std::vector<Datum> data;
    std::vector<std::string> notes; // what of it depends on earlier pending statements
    std::string safer;              // how to do the same with less: a sentence, or empty
};

/// The outlooks of all statements, by migration.
struct Plan {
    std::vector<std::vector<Outlook>> migrations;
    std::shared_ptr<Schema const> schema; // what the locks point into
};

struct PlanLimits {
    AnswerLimits answer;
    /// Called once the catalogs are read, before anything is judged.
    std::function<void(std::shared_ptr<Schema const>)> on_schema;
    /// Called before a question is asked, with the place of its statement.
    std::function<void(Where const&)> on_question;
};

/// Tells what these migrations would do, one after the other, and adds the names that they have to
/// do with. Reads only: the catalogs, and the tables where a statement demands something of their
/// rows.
Plan make_plan(
    pg::Connection& connection,
    std::vector<Migration> const& migrations,
    PlanLimits const& limits,
    Touched& touched);

} // namespace slipway::plan
