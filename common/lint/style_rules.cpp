// SPDX-License-Identifier: Apache-2.0
#include "lint/scene.hpp"
#include "sql/lexer.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::lint {

namespace {

using Kind = sql::Action::Kind;

constexpr std::size_t most_bytes_of_name = 63;

// Whether the action can say IF [NOT] EXISTS and does not.
bool not_repeatable(sql::Action const& action) {
    constexpr std::array makers{
        Kind::create_table, Kind::add_column, Kind::drop_column, Kind::drop_constraint};
    constexpr std::array<std::string_view, 3> dropped{"table", "index", "type"};
    bool const makes = std::find(makers.begin(), makers.end(), action.kind) != makers.end();
    bool const drops =
        action.kind == Kind::drop &&
        std::find(dropped.begin(), dropped.end(), action.object_type) != dropped.end();
    bool const index = action.kind == Kind::create_index && !action.name.empty();
    bool const constraint = action.kind == Kind::add_constraint;
    return constraint || ((makes || drops || index) && !action.if_exists);
}

void judge_repeat(Scene& scene, sql::Action const& action) {
    if (!not_repeatable(action) || (scene.in_block && !action.concurrently)) {
        return;
    }
    scene.report(
        "prefer-robust-stmts",
        action.kind == Kind::add_constraint
            ? "ADD CONSTRAINT has no IF NOT EXISTS: a second run of the file fails here"
            : "a second run of the file fails here",
        action.kind == Kind::add_constraint
            ? "Put BEGIN and COMMIT around the file, or DROP CONSTRAINT IF EXISTS before it."
            : "Say IF EXISTS or IF NOT EXISTS, or put BEGIN and COMMIT around the file.");
}

void judge_timeouts(Scene& scene, sql::Action const& action) {
    if (!locks_strongly(action) || scene.is_new(action.object)) {
        return;
    }
    for (auto const& [rule, variable] :
         {std::pair{"require-lock-timeout", "lock_timeout"},
          {"require-statement-timeout", "statement_timeout"}}) {
        if (scene.has_set(variable) || !scene.told.insert(variable).second) {
            continue;
        }
        scene.report(
            rule,
            fmt::format("takes a strong lock while {} is not set in this file", variable),
            fmt::format("SET {} before it.", variable));
    }
}

bool names_table(sql::Action const& action) {
    if (action.temporary) {
        return false;
    }
    bool const makes = action.kind == Kind::create_table || action.kind == Kind::create_table_as;
    return makes || action.object_type == "table";
}

void judge_schema(Scene& scene, sql::Action const& action) {
    if (names_table(action) && action.object.schema.empty() &&
        scene.told.insert("schema " + action.object.name).second) {
        scene.report(
            "require-table-schema",
            fmt::format("{} is in whichever schema search_path finds", action.object.name),
            fmt::format("Name its schema: public.{}.", action.object.name));
    }
}

} // namespace

void judge_style(Scene& scene, sql::Action const& action) {
    judge_repeat(scene, action);
    judge_timeouts(scene, action);
    judge_schema(scene, action);
    if (action.kind == Kind::add_enum_value && !action.positioned) {
        scene.report(
            "require-enum-value-ordering",
            fmt::format("{} sorts after all other values", action.value),
            "Say BEFORE or AFTER which value it comes.");
    }
}

void judge_names(Scene& scene, std::string_view statement) {
    if (!scene.is_on("identifier-too-long")) {
        return;
    }
    sql::Lexer lexer{statement};
    for (auto token = lexer.next(); token.kind != sql::Token::Kind::end; token = lexer.next()) {
        bool const quoted = token.kind == sql::Token::Kind::quoted_name;
        if (token.text.size() <= most_bytes_of_name ||
            !(quoted || token.kind == sql::Token::Kind::word)) {
            continue;
        }
        std::string name{token.text};
        if (quoted) {
            name = text::replace_all(name.substr(1, name.size() - 2), "\"\"", "\"");
        }
        if (name.size() > most_bytes_of_name && scene.told.insert("name " + name).second) {
            scene.report(
                "identifier-too-long",
                fmt::format("{} has {} bytes", name, name.size()),
                "Choose a name of at most 63 bytes: the server cuts the rest, and two names may "
                "become one.");
        }
    }
}

} // namespace slipway::lint
