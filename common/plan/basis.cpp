// SPDX-License-Identifier: Apache-2.0
#include "plan/basis.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"
#include "plan/name.hpp"
#include "sql/lexer.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

namespace slipway::plan {

namespace {

using Kind = sql::Action::Kind;

// What such a statement refers to is in no field of its action.
constexpr std::array with_hidden_names{
    Kind::other,
    Kind::create_table_as,
    Kind::create_view,
    Kind::create_materialized_view,
    Kind::create_function,
    Kind::create_trigger,
    Kind::create_rule,
    Kind::create_policy,
    Kind::grant,
    Kind::comment,
};

bool has_hidden_names(sql::Action const& action) {
    return std::find(with_hidden_names.begin(), with_hidden_names.end(), action.kind) !=
           with_hidden_names.end();
}

// Both spellings, since a quoted name in a string cannot be told from a plain one.
void add_plain_words(std::string_view text, std::set<std::string, std::less<>>& out) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_name_byte(text[end])) {
            ++end;
        }
        if (end > at) {
            out.insert(std::string{text.substr(at, end - at)});
            out.insert(text::lower(text.substr(at, end - at)));
        }
        at = end + 1;
    }
}

// The relation or other object that a part of a snapshot belongs to, and its own name.
struct Part {
    sql::Name owner;
    sql::Name itself;
};

// Of an index the table is in its definition out_of_schema: `… ON public.users USING …`.
sql::Name table_of_index(std::string_view definition) {
    std::size_t const on = definition.find(" ON ");
    std::size_t const end = definition.find(" USING ", on);
    if (on == std::string_view::npos || end == std::string_view::npos) {
        return {};
    }
    std::string_view table = definition.substr(on + 4, end - on - 4);
    if (table.starts_with("ONLY ")) {
        table.remove_prefix(5);
    }
    auto const parts = parts_of_name(table);
    return parts.size() == 2 ? sql::Name{parts[0], parts[1]} : sql::Name{};
}

Part part_of(std::string_view object, std::string_view definition) {
    std::size_t const blank = object.find(' ');
    std::string_view kind = object.substr(0, blank);
    std::string_view path = object.substr(blank + 1);
    for (std::string_view const second : {"table ", "view "}) {
        if ((kind == "foreign" || kind == "materialized") && path.starts_with(second)) {
            path.remove_prefix(second.size());
            kind = "table";
        }
    }
    auto const parts = parts_of_name(path);
    if (parts.size() < 2) {
        sql::Name const out_of_schema{"", parts.empty() ? "" : parts.front()};
        return {out_of_schema, out_of_schema};
    }
    sql::Name const first_two{parts[0], parts[1]};
    return kind == "index" ? Part{table_of_index(definition), first_two}
                           : Part{first_two, first_two};
}

} // namespace

void Touched::add_name(sql::Name const& name) {
    if (!name.name.empty()) {
        names_.insert({name.schema, name.name});
    }
}

void Touched::add_words(std::string_view text) {
    try {
        sql::Lexer lexer{text};
        for (auto token = lexer.next(); token.kind != sql::Token::Kind::end; token = lexer.next()) {
            if (token.kind == sql::Token::Kind::quoted_name ||
                token.kind == sql::Token::Kind::word) {
                auto parts = parts_of_name(token.text);
                words_.insert(parts.begin(), parts.end());
            } else if (token.kind == sql::Token::Kind::string) {
                add_plain_words(token.text, words_);
            }
        }
    } catch (Error const&) {
        add_plain_words(text, words_);
    }
    any_schema_ = any_schema_ || words_.contains("search_path");
}

void Touched::add_action(sql::Action const& action) {
    add_name(action.object);
    for (auto const& read : action.reads) {
        add_name(read);
    }
    auto const add_constraint = [this](sql::Constraint const& constraint) {
        add_name(constraint.references);
        add_name({"", constraint.using_index});
    };
    auto const add_column = [&](sql::ColumnDefinition const& column) {
        auto const parts = parts_of_name(column.type.substr(0, column.type.find_first_of("([")));
        if (!parts.empty()) {
            add_name({parts.size() > 1 ? parts[0] : "", parts.back()});
        }
        std::for_each(column.constraints.begin(), column.constraints.end(), add_constraint);
    };
    if (action.definition) {
        add_column(*action.definition);
    }
    std::for_each(action.columns.begin(), action.columns.end(), add_column);
    if (action.constraint) {
        add_constraint(*action.constraint);
    }
    std::for_each(action.constraints.begin(), action.constraints.end(), add_constraint);
    if (action.kind == Kind::create_index || action.kind == Kind::reindex) {
        add_name({action.object.schema, action.name});
    }
    any_schema_ =
        any_schema_ || (action.kind == Kind::set_variable && action.name == "search_path");
}

void Touched::add(
    std::string_view statement,
    std::optional<std::vector<sql::Action>> const& actions) {
    if (!actions) {
        add_words(statement);
        return;
    }
    for (auto const& action : *actions) {
        add_action(action);
    }
    if (actions->empty() || std::any_of(actions->begin(), actions->end(), has_hidden_names)) {
        add_words(statement);
    }
}

bool Touched::covers(sql::Name const& object, bool on_path) const {
    return names_.contains({object.schema, object.name}) ||
           ((on_path || any_schema_) && names_.contains({"", object.name})) ||
           words_.contains(object.name);
}

std::optional<std::vector<sql::Action>>
add_statement(Touched& touched, std::string_view statement) {
    // Of a bulk of rows the tree would take fifty times the room, and say nothing more.
    constexpr std::size_t most_bytes_to_parse = 1'000'000;
    std::optional<std::vector<sql::Action>> actions;
    if (statement.size() <= most_bytes_to_parse) {
        actions = sql::actions_of(statement);
    }
    touched.add(statement.substr(0, most_bytes_to_parse), actions);
    return actions;
}

std::map<std::string, std::string>
definitions_of(pg::Connection& connection, Touched const& touched) {
    std::set<std::string> on_path{""}; // what has no schema: extensions, schemas
    for (auto const row : connection.exec("select unnest(current_schemas(false))")) {
        on_path.insert(row.get<std::string>(0));
    }
    std::map<std::string, std::string> out;
    for (auto const& [object, definition] : catalog::snapshot(connection, {"slipway"}).objects) {
        auto const part = part_of(object, definition);
        if (touched.covers(part.owner, on_path.contains(part.owner.schema)) ||
            touched.covers(part.itself, on_path.contains(part.itself.schema))) {
            out[object] = hash::sha256_hex(definition);
        }
    }
    return out;
}

std::map<std::string, std::string>
touched_objects(pg::Connection& connection, std::span<std::string_view const> statements) {
    Touched touched;
    for (auto const statement : statements) {
        add_statement(touched, statement);
    }
    return definitions_of(connection, touched);
}

} // namespace slipway::plan
