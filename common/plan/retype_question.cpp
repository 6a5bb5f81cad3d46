// SPDX-License-Identifier: Apache-2.0
#include "plan/retype_question.hpp"

#include "pg/quote.hpp"
#include "plan/phrase.hpp"
#include "plan/retype.hpp"
#include "plan/rows.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::plan {

namespace {

using pg::quote_identifier;

constexpr Oid bit_oid = 1560;

bool is_any_of(Oid type, std::initializer_list<Oid> types) {
    return std::find(types.begin(), types.end(), type) != types.end();
}

bool is_number(Oid type) {
    return is_any_of(type, {20, 21, 23, 700, 701, 1700});
}

bool is_day_or_time(Oid type) {
    return is_any_of(type, {1082, 1083, 1114, 1184, 1266});
}

void put(std::vector<Question>& out, Question question, Queries queries) {
    question.count = std::move(queries.count);
    question.keys = std::move(queries.keys);
    out.push_back(std::move(question));
}

// The server adds a cast that refuses what is too long, where an explicit one cuts it: blanks at
// the end excepted (SQL's rule).
std::string too_long(Type const& to, std::string const& value, std::vector<int> const& modifiers) {
    if (modifiers.empty()) {
        return {};
    }
    if (is_any_of(to.base, {1042, 1043})) { // character, character varying
        return fmt::format(
            "char_length(({0})::text) > {1} and substr(({0})::text, {1} + 1) ~ '[^ ]'",
            value,
            modifiers[0]);
    }
    if (to.base == bit_oid) {
        return fmt::format("length({}) <> {}", value, modifiers[0]);
    }
    return to.base == 1562 ? fmt::format("length({}) > {}", value, modifiers[0]) : std::string{};
}

// A value that the new type takes, but changes: a digit is rounded off, a time of day is lost.
std::string loses(Column const& column, Type const& to, std::string const& type, bool cast_alone) {
    bool const comparable = (is_number(column.base) && is_number(to.base)) ||
                            (is_day_or_time(column.base) && is_day_or_time(to.base));
    auto const name = quote_identifier(column.name);
    if (cast_alone && comparable) {
        return fmt::format("{0} <> ({0})::{1}", name, type);
    }
    return {};
}

bool cannot_fail(Column const& column, Type const& to, std::string const& type, Moment const& at) {
    if (to.constrained || !modifiers_of(type).empty()) {
        return false;
    }
    auto const cast = at.schema.cast(column.base, to.base);
    return column.base == to.base || to.category == 'S' ||
           (cast && (cast->method == 'b' || cast->context == 'i'));
}

// A new enum that takes the place of an old one: what it leaves out must not be in use.
void add_enum(
    Question question,
    sql::Action const& action,
    std::vector<std::string> const& labels,
    std::vector<Question>& out) {
    std::vector<std::string> literals;
    for (auto const& label : labels) {
        literals.push_back(pg::quote_literal(label));
    }
    auto const condition = fmt::format(
        "{}::text <> all (array[{}]::text[])",
        quote_identifier(action.column),
        text::join(literals, ", "));
    auto const rows = rows_of(*question.relation);
    put(out, std::move(question), breaking(rows, condition));
}

} // namespace

void add_retype(
    Question question,
    sql::Action const& action,
    Moment const& moment,
    std::vector<Question>& out) {
    auto const* table = question.relation;
    auto const* column = table == nullptr ? nullptr : table->column(action.column);
    std::string const type = action.definition ? action.definition->type : "";
    if (column == nullptr) {
        out.push_back(std::move(question));
        return;
    }
    bool const plain =
        action.using_expression.empty() || is_plain_cast(action.using_expression, action.column);
    if (auto const labels = moment.pending.enum_labels(type); labels && plain) {
        return add_enum(std::move(question), action, *labels, out);
    }
    auto const* to = moment.schema.type(type);
    if (to == nullptr) {
        question.unanswerable = "there is no type " + type + " yet";
        out.push_back(std::move(question));
        return;
    }
    auto const judged = judge_retype(*column, action, moment).kind;
    if (judged == Retype::Kind::impossible) {
        question.kind = Question::Kind::refused;
        question.refusal = "the server has no cast that it uses by itself; say how with USING";
        out.push_back(std::move(question));
        return;
    }
    if (judged == Retype::Kind::nothing) {
        return;
    }
    auto const& expression = action.using_expression;
    auto const value = expression.empty() ? quote_identifier(action.column) : expression;
    auto const rows = rows_of(*table);
    auto lossy = question;
    lossy.kind = Question::Kind::cut;
    auto const cut = loses(*column, *to, type, plain);
    auto const longer = too_long(*to, value, modifiers_of(type));
    if (!longer.empty()) {
        put(out, std::move(question), breaking(rows, longer));
        // USING column::varchar(9) cuts without a word.
        auto const before = too_long(*to, quote_identifier(action.column), modifiers_of(type));
        if (plain && !expression.empty() && column->base != bit_oid) {
            put(out, std::move(lossy), breaking(rows, before));
        }
    } else if (!(plain && cannot_fail(*column, *to, type, moment))) {
        question.probe = fmt::format("({})::{}", value, type);
        put(out, std::move(question), breaking(rows, "true"));
        if (!cut.empty()) {
            put(out, std::move(lossy), breaking(rows, cut));
        }
    }
}

} // namespace slipway::plan
