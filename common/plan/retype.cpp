// SPDX-License-Identifier: Apache-2.0
#include "plan/retype.hpp"

#include "plan/phrase.hpp"

#include <algorithm>
#include <array>

namespace slipway::plan {

namespace {

// pg_type.dat; these numbers are part of the server's interface.
constexpr Oid text_oid = 25;
constexpr Oid bpchar_oid = 1042;
constexpr Oid varchar_oid = 1043;
constexpr Oid time_oid = 1083;
constexpr Oid timestamp_oid = 1114;
constexpr Oid timestamptz_oid = 1184;
constexpr Oid interval_oid = 1186;
constexpr Oid timetz_oid = 1266;
constexpr Oid varbit_oid = 1562;
constexpr Oid numeric_oid = 1700;
constexpr Oid cidr_oid = 650;
constexpr Oid inet_oid = 869;

bool is_time(Oid type) {
    constexpr std::array times{time_oid, timestamp_oid, timestamptz_oid, timetz_oid, interval_oid};
    return std::find(times.begin(), times.end(), type) != times.end();
}

bool is_moment(Oid type) {
    return type == timestamp_oid || type == timestamptz_oid;
}

// Whether every value of the one fits the other as it is.
bool widens(Oid type, std::string_view from, std::string_view to) {
    auto const before = modifiers_of(from);
    auto const after = modifiers_of(to);
    if (type == numeric_oid) {
        auto const scale = [](std::vector<int> const& modifiers) {
            return modifiers.size() > 1 ? modifiers[1] : 0;
        };
        return after.empty() ||
               (!before.empty() && after[0] >= before[0] && scale(after) == scale(before));
    }
    if (type == varchar_oid || type == varbit_oid) {
        return after.empty() || (!before.empty() && after[0] >= before[0]);
    }
    if (is_time(type)) {
        constexpr int all = 6;
        return after.empty() || after[0] >= (before.empty() ? all : before[0]);
    }
    return before == after;
}

// Classes of operators that the two types share, so that an index stays as it is.
bool share_operators(Oid a, Oid b) {
    constexpr std::array pairs{std::pair{text_oid, varchar_oid}, std::pair{cidr_oid, inet_oid}};
    return a == b || std::any_of(pairs.begin(), pairs.end(), [&](auto const& pair) {
               return pair == std::pair{a, b} || pair == std::pair{b, a};
           });
}

Retype rewrite(std::string why, bool new_operators) {
    return {Retype::Kind::rewrite, new_operators, std::move(why)};
}

std::string from_to(Column const& column, std::string const& to) {
    return column.type + " becomes " + to;
}

Retype
judge_bases(Column const& column, Type const& to, std::string const& type, Moment const& at) {
    bool const same = column.base == to.base;
    auto const cast = at.schema.cast(column.base, to.base);
    bool const utc = is_moment(column.base) && is_moment(to.base) && at.schema.utc &&
                     at.schema.server_version >= 120000;
    bool const binary = same || utc || (cast && cast->method == 'b');
    if (!binary) {
        return rewrite(from_to(column, type), !share_operators(column.base, to.base));
    }
    // A domain's own modifiers are not in its name.
    bool const fits = same || utc ? widens(to.base, column.base_type, type)
                                  : modifiers_of(type).empty() && to.base != bpchar_oid;
    if (!fits) {
        return rewrite(
            from_to(column, type) + ", each value is checked",
            !share_operators(column.base, to.base));
    }
    return {
        Retype::Kind::nothing,
        !share_operators(column.base, to.base),
        from_to(column, type) + ", the values stay as they are"};
}

bool needs_using(Column const& column, Type const& to, Moment const& moment) {
    if (column.base == to.base) {
        return false;
    }
    if (auto const cast = moment.schema.cast(column.base, to.base)) {
        return cast->context == 'e';
    }
    // Anything becomes text by itself, and an array what its elements become.
    return to.category != 'S' && to.category != 'A';
}

} // namespace

Retype judge_retype(Column const& column, sql::Action const& action, Moment const& moment) {
    std::string const type = action.definition ? action.definition->type : "";
    auto const& expression = action.using_expression;
    bool const one_cast = expression.find("::") == expression.rfind("::");
    if (!expression.empty() && !(one_cast && is_plain_cast(expression, column.name))) {
        return rewrite("USING computes each value", column.type != type);
    }
    auto const* to = moment.schema.type(type);
    if (to == nullptr) {
        return rewrite(from_to(column, type), true);
    }
    if (expression.empty() && needs_using(column, *to, moment)) {
        return {
            Retype::Kind::impossible,
            false,
            column.type + " does not become " + type + " by itself"};
    }
    if (to->constrained) {
        return rewrite(
            "each value is checked against the domain " + type,
            !share_operators(column.base, to->base));
    }
    return judge_bases(column, *to, type, moment);
}

} // namespace slipway::plan
