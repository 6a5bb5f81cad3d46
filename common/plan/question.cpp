// SPDX-License-Identifier: Apache-2.0
#include "plan/question.hpp"

#include "plan/question_maker.hpp"

namespace slipway::plan {

using Kind = sql::Action::Kind;

void QuestionMaker::make() {
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
        QuestionMaker{action, moment, out}.make();
    }
    return out;
}

} // namespace slipway::plan
