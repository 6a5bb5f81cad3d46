// SPDX-License-Identifier: Apache-2.0
#include "plan/safer.hpp"

#include "plan/plan.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace slipway::plan {

namespace {

using Kind = sql::Action::Kind;
using Made = sql::Constraint::Kind;

std::string of_constraint(sql::Constraint const& made) {
    switch (made.kind) {
    case Made::check:
    case Made::foreign_key:
        return "Add the constraint NOT VALID, and VALIDATE CONSTRAINT in a later migration, which "
               "blocks nothing.";
    case Made::unique:
    case Made::primary_key:
        return "CREATE UNIQUE INDEX CONCURRENTLY in a migration before, then ADD CONSTRAINT … "
               "USING INDEX, which takes a moment.";
    case Made::exclusion:
        return "There is no way without the lock: apply it in a quiet hour.";
    case Made::not_null:
        return {};
    }
    return {};
}

constexpr std::string_view quiet_hour =
    "There is no way without the lock: apply it in a quiet hour.";

struct Way {
    Kind kind;
    std::string_view words;
};

constexpr std::array ways{
    Way{Kind::create_index, "CREATE INDEX CONCURRENTLY, alone in a migration, blocks nothing."},
    Way{Kind::reindex, "REINDEX … CONCURRENTLY, alone in a migration, blocks nothing."},
    Way{Kind::refresh_materialized_view,
        "REFRESH MATERIALIZED VIEW CONCURRENTLY does not block reads; it needs a unique index on "
        "the view."},
    Way{Kind::set_not_null,
        "ADD CHECK (… IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT in a later migration, then SET "
        "NOT NULL, which then needs no scan."},
    Way{Kind::alter_column_type,
        "Add a column of the new type, fill it in batches, and let the application change over to "
        "it; or apply it in a quiet hour."},
    Way{Kind::vacuum, quiet_hour},
    Way{Kind::cluster, quiet_hour},
    Way{Kind::set_logged, quiet_hour},
    Way{Kind::set_access_method, quiet_hour},
    Way{Kind::set_tablespace, quiet_hour},
};

std::string of_action(sql::Action const& action, Work work) {
    if (action.kind == Kind::add_constraint) {
        return action.constraint ? of_constraint(*action.constraint) : "";
    }
    if (action.kind == Kind::add_column) {
        return work == Work::rewrite
                   ? "Add the column without a default, set the default in a second statement, and "
                     "fill the rows in batches."
                   : "Add the column alone, and its constraint NOT VALID in a second statement.";
    }
    auto const* const way = std::find_if(
        ways.begin(), ways.end(), [&](Way const& each) { return each.kind == action.kind; });
    return way == ways.end() ? std::string{} : std::string{way->words};
}

} // namespace

std::string safer_way(Outlook const& outlook) {
    auto const long_one =
        std::find_if(outlook.locks.begin(), outlook.locks.end(), [](Lock const& lock) {
            return !lock.lasts.empty();
        });
    if (long_one == outlook.locks.end() || !outlook.actions) {
        return {};
    }
    auto work = Work::none;
    for (auto const& lock : outlook.locks) {
        work = std::max(work, lock.effect.work);
    }
    if (work == Work::none) {
        return "Put it into a migration of its own: a transaction keeps its locks to the end.";
    }
    for (auto const& action : *outlook.actions) {
        if (auto way = of_action(action, work); !way.empty()) {
            return way;
        }
    }
    return "Apply it in a quiet hour, or work through the rows in batches.";
}

} // namespace slipway::plan
