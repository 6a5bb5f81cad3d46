// SPDX-License-Identifier: Apache-2.0
#include "plan/question.hpp"

#include "pg/quote.hpp"
#include "plan/name.hpp"
#include "plan/phrase.hpp"
#include "plan/retype.hpp"
#include "plan/retype_question.hpp"
#include "plan/rows.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::plan {

namespace {

using Action = sql::Action;
using Kind = sql::Action::Kind;
using Made = sql::Constraint::Kind;
using pg::quote_identifier;

// Makes the questions of one action; each method is one kind of constraint.
class Maker {
public:
    Maker(Action const& action, Moment const& moment, std::vector<Question>& out)
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

    Action const& action_;
    Moment const& moment_;
    std::vector<Question>& out_;
    Target target_;
    std::string added_; // the column that the action itself adds
};

Question Maker::begin(Question::Kind kind, std::string about) const {
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

void Maker::require_columns(Question& question, std::vector<std::string> const& columns) const {
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
void Maker::require_names(Question& question, std::string_view expression) const {
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

void Maker::put(Question question, Queries queries) {
    question.count = std::move(queries.count);
    question.keys = std::move(queries.keys);
    out_.push_back(std::move(question));
}

void Maker::not_null(std::string const& column, Rows const& rows, std::string about) {
    auto const* known = target_.relation == nullptr ? nullptr : target_.relation->column(column);
    if (known != nullptr && known->not_null) {
        return;
    }
    auto question = begin(Question::Kind::not_null, std::move(about));
    require_columns(question, {column});
    put(std::move(question), breaking(rows, quote_identifier(column) + " is null"));
}

void Maker::unique(sql::Constraint const& made, Rows const& rows) {
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

void Maker::unique_index() {
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

void Maker::check(std::string const& expression, Rows const& rows, std::string about) {
    auto question = begin(Question::Kind::check, std::move(about));
    require_names(question, expression);
    put(std::move(question), breaking(rows, "not (" + expression + ")"));
}

void Maker::foreign_key(sql::Constraint const& made, Rows const& rows) {
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

void Maker::exclusion(sql::Constraint const& made, Rows const& rows) {
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

void Maker::constraint(sql::Constraint const& made, Rows const& rows) {
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

// The rows get the default, or nothing; what the default yields can be asked as long as it is the
// same for all of them.
void Maker::add_column(sql::ColumnDefinition const& column) {
    if (target_.relation == nullptr ||
        (action_.if_exists && target_.relation->column(column.name) != nullptr)) {
        return;
    }
    added_ = column.name;
    bool const numbered = column.serial || column.identity || column.generated;
    bool const changing = std::any_of(
        column.default_functions.begin(), column.default_functions.end(), [&](auto const& name) {
            return moment_.schema.is_volatile(name).value_or(true);
        });
    bool const nothing = column.default_expression.empty() && !numbered;
    auto const value =
        fmt::format("({})::{}", nothing ? "null" : column.default_expression, column.type);
    for (auto const& made : column.constraints) {
        bool const required = made.kind == Made::not_null || made.kind == Made::primary_key;
        if (nothing && required) {
            auto question = begin(
                Question::Kind::missing,
                fmt::format("adds {} that must not be null, without a default", column.name));
            put(std::move(question), any_row(*target_.relation));
        } else if (!numbered && !changing && !(nothing && made.kind == Made::foreign_key)) {
            if (!required || made.kind == Made::primary_key) {
                constraint(made, rows_with(*target_.relation, column.name, value));
            }
        }
    }
}

void Maker::validate() {
    if (target_.relation == nullptr) {
        return;
    }
    auto const rows = rows_of(*target_.relation);
    auto const about = "validates " + action_.name;
    if (auto const* pending = moment_.pending.unvalidated(*target_.relation, action_.name)) {
        auto made = *pending;
        made.not_valid = false;
        constraint(made, rows);
    } else if (auto const* known = target_.relation->constraint(action_.name);
               known != nullptr && !known->validated) {
        if (known->type == 'c') {
            check(known->expression, rows, about);
        } else if (auto const* other = moment_.schema.find(known->references)) {
            sql::Constraint made;
            made.kind = Made::foreign_key;
            made.columns = known->columns;
            made.references = other->name;
            made.referenced_columns = known->referenced_columns;
            foreign_key(made, rows);
        }
    } else {
        return;
    }
    out_.back().about = about;
}

void Maker::domain() {
    if (!action_.constraint || action_.constraint->not_valid) {
        return;
    }
    for (auto const& use : moment_.schema.uses_of_domain(action_.object, moment_.pending.path())) {
        auto const* table = moment_.schema.find(use.table);
        if (table == nullptr || table->is_partition) {
            continue;
        }
        target_ = {table, {}, {}};
        auto const rows = values_of(*table, use.column);
        bool const null = action_.constraint->kind == Made::not_null;
        auto const where = fmt::format(" on {}.{}", table->name.name, use.column);
        auto question = begin(
            null ? Question::Kind::not_null : Question::Kind::check,
            null ? "makes the domain NOT NULL," + where
                 : fmt::format(
                       "adds CHECK ({}) to the domain,{}", action_.constraint->expression, where));
        require_columns(question, {use.column});
        put(std::move(question),
            breaking(
                rows, null ? "value is null" : "not (" + action_.constraint->expression + ")"));
    }
}

void Maker::retype() {
    if (target_.relation == nullptr && target_.made_by.empty()) {
        return;
    }
    auto question = begin(
        Question::Kind::type,
        fmt::format(
            "changes {} to {}",
            action_.column,
            action_.definition ? action_.definition->type : ""));
    if (target_.relation != nullptr) {
        auto const& viewed = target_.relation->column_viewed_by;
        if (auto const found = viewed.find(action_.column); found != viewed.end()) {
            refuse_dependents("changes the type of " + action_.column, found->second);
        }
    }
    require_columns(question, {action_.column});
    bool const plain = is_plain_cast(action_.using_expression, action_.column);
    if (!plain ||
        !moment_.pending.enum_labels(action_.definition ? action_.definition->type : "")) {
        require_names(question, action_.using_expression);
    }
    add_retype(std::move(question), action_, moment_, out_);
}

// Without CASCADE the server drops nothing that something else is made of, and changes no type of a
// column that a view shows; what an earlier statement has dropped is in nobody's way.
void Maker::refuse_dependents(std::string about, std::vector<Oid> const& dependents) {
    std::vector<std::string> in_the_way;
    for (auto const oid : dependents) {
        auto const* other = moment_.schema.find(oid);
        if (other != nullptr && moment_.pending.resolve(other->name).relation == other) {
            in_the_way.push_back(other->name.name);
        }
    }
    if (!in_the_way.empty()) {
        auto question = begin(Question::Kind::refused, std::move(about));
        question.refusal = text::join_first(in_the_way, ", ", 3) +
                           (in_the_way.size() == 1 ? " depends on it" : " depend on it");
        out_.push_back(std::move(question));
    }
}

void Maker::drop() {
    bool const column = action_.kind == Kind::drop_column;
    if (target_.relation == nullptr || action_.cascade) {
        return;
    }
    if (column) {
        auto const& viewed = target_.relation->column_viewed_by;
        if (auto const found = viewed.find(action_.column); found != viewed.end()) {
            refuse_dependents("drops " + action_.column, found->second);
        }
        return;
    }
    constexpr std::array<std::string_view, 4> kinds{
        "table", "view", "materialized view", "foreign table"};
    if (std::find(kinds.begin(), kinds.end(), action_.object_type) != kinds.end()) {
        auto dependents = target_.relation->viewed_by;
        auto const& keys = target_.relation->referenced_by;
        dependents.insert(dependents.end(), keys.begin(), keys.end());
        refuse_dependents("drops " + action_.object.name, dependents);
    }
}

void Maker::make() {
    target_ = moment_.pending.resolve(action_.object);
    auto const rows = target_.relation == nullptr ? Rows{} : rows_of(*target_.relation);
    if (action_.kind == Kind::add_column && action_.definition) {
        add_column(*action_.definition);
    } else if (action_.kind == Kind::set_not_null) {
        not_null(action_.column, rows, "sets NOT NULL on " + action_.column);
    } else if (action_.kind == Kind::add_constraint && action_.constraint) {
        constraint(*action_.constraint, rows);
    } else if (action_.kind == Kind::validate_constraint) {
        validate();
    } else if (action_.kind == Kind::create_index && action_.unique) {
        unique_index();
    } else if (action_.kind == Kind::alter_column_type) {
        retype();
    } else if (action_.kind == Kind::drop_column || action_.kind == Kind::drop) {
        drop();
    } else if (action_.kind == Kind::alter_domain_add_constraint) {
        domain();
    }
}

} // namespace

std::string_view name(Question::Kind kind) {
    switch (kind) {
    case Question::Kind::not_null:
        return "not_null";
    case Question::Kind::unique:
        return "unique";
    case Question::Kind::check:
        return "check";
    case Question::Kind::foreign_key:
        return "foreign_key";
    case Question::Kind::exclusion:
        return "exclusion";
    case Question::Kind::type:
        return "type";
    case Question::Kind::cut:
        return "cut";
    case Question::Kind::missing:
        return "missing";
    case Question::Kind::refused:
        return "refused";
    }
    return "check";
}

std::vector<Question> questions_of(std::vector<sql::Action> const& actions, Moment const& moment) {
    std::vector<Question> out;
    for (auto const& action : actions) {
        Maker{action, moment, out}.make();
    }
    return out;
}

} // namespace slipway::plan
