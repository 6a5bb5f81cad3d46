// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"
#include "sql/action.hpp"

#include <set>
#include <string>
#include <vector>

namespace slipway::migrate_apply {

/// What scripts make and do not take away again. What the parser does not understand is not looked
/// for, nor what stood before code that may have done anything (DO, CALL).
class Expected {
public:
    /// Follows the scripts; no I/O, so that it can run beside the server's work.
    explicit Expected(std::vector<Prepared> const& scripts);

    /// What of it is not there: `table a`, `column a.x`, `index i`, `constraint a.c`,
    /// `value new of a.mood`.
    [[nodiscard]] std::vector<std::string> missing(pg::Connection& connection) const;

private:
    struct Thing {
        std::string kind;
        sql::Name relation; // or type
        std::string name;   // inside of it; empty for the relation itself

        [[nodiscard]] std::string spelt() const;
        bool operator<(Thing const& other) const;
    };

    void follow(sql::Action const& action);
    void add(Thing thing);
    void add_made(sql::Action const& action);
    void forget(sql::Name const& relation);
    void forget_schema(std::string const& schema);
    void forget_kind(std::string_view kind);

    std::set<Thing> things_;
    bool path_is_known_ = true; // the search_path is what it is between migrations
};

} // namespace slipway::migrate_apply
