// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/question.hpp"
#include "plan/rows.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::plan {

/// Inside the room: makes the questions of one action, before which the database is as the moment
/// says; each method is one kind of demand.
class QuestionMaker {
public:
    QuestionMaker(sql::Action const& action, Moment const& moment, std::vector<Question>& out)
        : action_(action), moment_(moment), out_(out) {}

    void make();

private:
    Question begin(Question::Kind kind, std::string about) const;
    void require_columns(Question& question, std::vector<std::string> const& columns) const;
    void require_names(Question& question, std::string_view expression) const;
    void put(Question question, Queries queries);
    void constraint(sql::Constraint const& made, Rows const& rows);
    void not_null(std::string const& column, Rows const& rows, std::string about);
    void unique(sql::Constraint const& made, Rows const& rows);
    void unique_index();
    void check(std::string const& expression, Rows const& rows, std::string about);
    void foreign_key(sql::Constraint const& made, Rows const& rows);
    void exclusion(sql::Constraint const& made, Rows const& rows);
    void add_column(sql::ColumnDefinition const& column);
    void validate();
    void domain();
    void retype();
    void refuse_dependents(std::string about, std::vector<Oid> const& dependents);
    void drop();

    sql::Action const& action_;
    Moment const& moment_;
    std::vector<Question>& out_;
    Target target_;
    std::string added_; // the column that the action itself adds
};

} // namespace slipway::plan
