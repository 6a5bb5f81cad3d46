// SPDX-License-Identifier: Apache-2.0
#include "sql/data_action.hpp"

#include "sql/tree.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace slipway::sql::tree {

namespace {

using Kind = Action::Kind;
using Actions = std::vector<Action>;

// A constant as it would be written, without quotes; empty for all else.
std::string constant(Value const& node) {
    Value const& value = json::at(node, "A_Const");
    Value const& text = json::at(json::at(value, "sval"), "sval");
    if (text.is_string()) {
        return text.get<std::string>();
    }
    if (json::at(value, "ival").is_object()) {
        Value const& number = json::at(json::at(value, "ival"), "ival");
        return number.is_number_integer() ? number.dump() : "0";
    }
    return json::text_at(json::at(value, "fval"), "fval");
}

Action sets(Value const& node) {
    Action action;
    action.kind = Kind::set_variable;
    std::string const kind = json::text_at(node, "kind");
    action.name = kind == "VAR_RESET_ALL" ? "all" : json::text_at(node, "name");
    action.local = flag(node, "is_local");
    for (Value const& argument : json::at(node, "args")) {
        action.value += (action.value.empty() ? "" : ", ") + constant(argument);
    }
    return action;
}

// SELECT set_config('name', 'value', …), as pg_dump writes it.
std::optional<Action> set_config(Value const& node) {
    Value const& targets = json::at(node, "targetList");
    if (!targets.is_array() || targets.size() != 1) {
        return std::nullopt;
    }
    Value const& call =
        json::at(json::at(json::at(targets.front(), "ResTarget"), "val"), "FuncCall");
    Value const& arguments = json::at(call, "args");
    if (!call.is_object() || arguments.size() != 3 ||
        listed(strings(json::at(call, "funcname"))).name != "set_config") {
        return std::nullopt;
    }
    Action action;
    action.kind = Kind::set_variable;
    action.name = constant(arguments[0]);
    action.value = constant(arguments[1]);
    Value const& local = json::at(json::at(arguments[2], "A_Const"), "boolval");
    action.local = flag(local, "boolval");
    return action;
}

struct Writer {
    std::string_view node;
    Kind kind;
};

constexpr std::array writers{
    Writer{"InsertStmt", Kind::insert},
    Writer{"UpdateStmt", Kind::update},
    Writer{"DeleteStmt", Kind::remove},
    Writer{"MergeStmt", Kind::merge},
    Writer{"SelectStmt", Kind::select},
};

std::vector<std::string> assigned(Value const& node, Kind kind) {
    std::vector<std::string> columns;
    bool const update = kind == Kind::update;
    if (update || kind == Kind::insert) {
        for (Value const& item : json::at(node, update ? "targetList" : "cols")) {
            Value const& target = json::at(item, "ResTarget");
            // SET a[1] = …, a[2] = … may name a column twice.
            if (!json::at(target, "indirection").is_array()) {
                columns.push_back(json::text_at(target, "name"));
            }
        }
    }
    return columns;
}

std::optional<Action> action_of_query(std::string const& type, Value const& node) {
    auto const* const writer = std::find_if(
        writers.begin(), writers.end(), [&](Writer const& one) { return one.node == type; });
    if (writer == writers.end()) {
        return std::nullopt;
    }
    Action action;
    action.kind = writer->kind;
    action.reads = tables_read(node);
    action.has_where = json::at(node, "whereClause").is_object();
    action.assigned = assigned(node, action.kind);
    if (action.kind != Kind::select) {
        action.object = range(json::at(node, "relation"));
    } else if (json::at(node, "intoClause").is_object()) {
        action.kind = Kind::create_table_as;
        action.object_type = "table";
        action.object = range(json::at(json::at(node, "intoClause"), "rel"));
    } else if (auto setting = set_config(node)) {
        return setting;
    }
    return action;
}

// The statements that write within WITH come before the one that they belong to.
void take_with(Actions& actions, Value const& node) {
    for (Value const& item : json::at(json::at(node, "withClause"), "ctes")) {
        Value const& query = json::at(json::at(item, "CommonTableExpr"), "ctequery");
        if (query.is_object() && !query.empty()) {
            auto made = action_of_query(query.begin().key(), query.begin().value());
            if (made && made->kind != Kind::select) {
                actions.push_back(std::move(*made));
            }
        }
    }
}

Action copies(Value const& node) {
    Action action;
    action.kind = flag(node, "is_from") ? Kind::copy_from : Kind::select;
    action.object = range(json::at(node, "relation"));
    return action;
}

} // namespace

std::optional<std::vector<Action>> data_actions(std::string const& type, Value const& node) {
    if (type == "VariableSetStmt") {
        return Actions{sets(node)};
    }
    if (type == "CopyStmt") {
        return Actions{copies(node)};
    }
    auto made = action_of_query(type, node);
    if (!made) {
        return std::nullopt;
    }
    Actions actions;
    take_with(actions, node);
    actions.push_back(std::move(*made));
    return actions;
}

} // namespace slipway::sql::tree
