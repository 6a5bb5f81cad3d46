// SPDX-License-Identifier: Apache-2.0
#include "pg/quote.hpp"
#include "plan/phrase.hpp"
#include "plan/question_maker.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::plan {

using Made = sql::Constraint::Kind;
using pg::quote_identifier;

Question QuestionMaker::begin(Question::Kind kind, std::string about) const {
    Question question;
    question.kind = kind;
    question.about = std::move(about);
    question.relation = target_.relation;
    question.path = moment_.pending.path();
    if (!target_.made_by.empty()) {
        question.not_yet = target_.made_by + " makes the table";
    } else if (target_.relation == nullptr) {
        question.unanswerable =
            target_.depends.empty() ? "the table is not there" : target_.depends;
    } else if (!target_.depends.empty()) {
        question.unanswerable = target_.depends;
    } else {
        question.changed_by = moment_.pending.writer_of(*target_.relation);
    }
    return question;
}

void QuestionMaker::require_columns(Question& question, std::vector<std::string> const& columns)
    const {
    if (question.relation == nullptr) {
        return;
    }
    for (auto const& column : columns) {
        if (column == added_) {
            continue;
        }
        auto const change = moment_.pending.change_of(*question.relation, column);
        if (change.added) {
            question.not_yet = fmt::format("{} adds {}", change.place, column);
        } else if (!change.place.empty()) {
            question.unanswerable = fmt::format("{} {} {}", change.place, change.what, column);
        } else if (question.relation->column(column) == nullptr) {
            question.unanswerable = "there is no column " + column;
        }
    }
}

// Of an expression it is known which words it holds, not which of them are columns.
void QuestionMaker::require_names(Question& question, std::string_view expression) const {
    for (auto const& word : names_in(expression)) {
        if (question.relation != nullptr && word != added_ &&
            !moment_.pending.change_of(*question.relation, word).place.empty()) {
            require_columns(question, {word});
        }
        if (auto const maker = moment_.pending.maker_of(word); !maker.empty()) {
            question.unanswerable = fmt::format("{} makes {}", maker, word);
        }
    }
}

void QuestionMaker::put(Question question, Queries queries) {
    question.count = std::move(queries.count);
    question.keys = std::move(queries.keys);
    out_.push_back(std::move(question));
}

void QuestionMaker::not_null(std::string const& column, Rows const& rows, std::string about) {
    auto const* known = target_.relation == nullptr ? nullptr : target_.relation->column(column);
    if (known != nullptr && known->not_null) {
        return;
    }
    auto question = begin(Question::Kind::not_null, std::move(about));
    require_columns(question, {column});
    put(std::move(question), breaking(rows, quote_identifier(column) + " is null"));
}

void QuestionMaker::unique(sql::Constraint const& made, Rows const& rows) {
    auto const what = fmt::format(
        "{} ({})",
        made.kind == Made::primary_key ? "PRIMARY KEY" : "UNIQUE",
        text::join(made.columns, ", "));
    if (made.kind == Made::primary_key) {
        for (auto const& column : made.columns) {
            not_null(column, rows, "adds " + what);
        }
    }
    if (!made.using_index.empty()) {
        return;
    }
    std::vector<std::string> columns;
    for (auto const& column : made.columns) {
        columns.push_back(quote_identifier(column));
    }
    auto question = begin(Question::Kind::unique, "adds " + what);
    require_columns(question, made.columns);
    bool const nulls_equal = says(moment_.statement, {"nulls", "not", "distinct"});
    put(std::move(question), duplicates(rows, columns, "", nulls_equal));
}

void QuestionMaker::unique_index() {
    if (moment_.pending.has_index(action_)) {
        return;
    }
    auto const keys = index_keys(moment_.statement);
    auto question = begin(
        Question::Kind::unique,
        fmt::format(
            "makes a unique index on ({}){}",
            keys ? text::join(keys->expressions, ", ") : "…",
            keys && !keys->condition.empty() ? " where " + keys->condition : ""));
    if (!keys) {
        question.unanswerable = "the statement is not understood";
        return put(std::move(question), {});
    }
    for (auto const& expression : keys->expressions) {
        require_names(question, expression);
    }
    require_names(question, keys->condition);
    if (target_.relation == nullptr) {
        return put(std::move(question), {});
    }
    put(std::move(question),
        duplicates(
            rows_of(*target_.relation), keys->expressions, keys->condition, keys->nulls_equal));
}

void QuestionMaker::check(std::string const& expression, Rows const& rows, std::string about) {
    auto question = begin(Question::Kind::check, std::move(about));
    require_names(question, expression);
    put(std::move(question), breaking(rows, "not (" + expression + ")"));
}

void QuestionMaker::foreign_key(sql::Constraint const& made, Rows const& rows) {
    auto question = begin(
        Question::Kind::foreign_key,
        fmt::format(
            "adds FOREIGN KEY ({}) REFERENCES {}",
            text::join(made.columns, ", "),
            made.references.name));
    require_columns(question, made.columns);
    auto const other = moment_.pending.resolve(made.references);
    if (!other.made_by.empty()) {
        question.unanswerable = other.made_by + " makes " + made.references.name;
    } else if (other.relation == nullptr || !other.depends.empty()) {
        question.unanswerable =
            other.depends.empty() ? "there is no " + made.references.name : other.depends;
    } else if (question.changed_by.empty()) {
        question.changed_by = moment_.pending.writer_of(*other.relation);
    }
    if (other.relation == nullptr) {
        return put(std::move(question), {});
    }
    auto const columns =
        made.referenced_columns.empty() ? other.relation->primary_key() : made.referenced_columns;
    if (columns.size() != made.columns.size()) {
        question.unanswerable = "the columns do not match those of " + made.references.name;
    }
    put(std::move(question),
        orphans(
            rows,
            made.columns,
            *other.relation,
            columns,
            says(moment_.statement, {"match", "full"})));
}

void QuestionMaker::exclusion(sql::Constraint const& made, Rows const& rows) {
    auto question = begin(Question::Kind::exclusion, "adds EXCLUDE " + made.expression);
    require_names(question, made.expression);
    auto const parts = exclusion_of(made.expression);
    if (!parts) {
        question.unanswerable = "the constraint is not understood";
        return put(std::move(question), {});
    }
    put(std::move(question),
        excluding(rows, parts->expressions, parts->operators, parts->condition));
}

void QuestionMaker::constraint(sql::Constraint const& made, Rows const& rows) {
    if (made.not_valid) {
        return;
    }
    switch (made.kind) {
    case Made::not_null:
        return not_null(
            made.columns.empty() ? "" : made.columns.front(),
            rows,
            "adds NOT NULL on " + text::join(made.columns, ", "));
    case Made::check:
        return check(made.expression, rows, fmt::format("adds CHECK ({})", made.expression));
    case Made::unique:
    case Made::primary_key:
        return unique(made, rows);
    case Made::foreign_key:
        return foreign_key(made, rows);
    case Made::exclusion:
        return exclusion(made, rows);
    }
}

} // namespace slipway::plan
