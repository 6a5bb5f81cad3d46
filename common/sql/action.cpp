// SPDX-License-Identifier: Apache-2.0
#include "sql/action.hpp"

#include "sql/alter_table.hpp"
#include "sql/data_action.hpp"
#include "sql/definitions.hpp"
#include "sql/tree.hpp"

#include <array>

#include <nlohmann/json.hpp>

namespace slipway::sql {

namespace {

using json::Value;
using Kind = Action::Kind;
using Actions = std::vector<Action>;

Action action_on(Kind kind, Name object, std::string type = {}) {
    Action action;
    action.kind = kind;
    action.object = std::move(object);
    action.object_type = std::move(type);
    return action;
}

Action with_source(Kind kind, Value const& node, std::string_view key, std::string type) {
    Action action = action_on(kind, tree::range(json::at(node, key)), std::move(type));
    action.reads = tree::tables_read(json::at(node, "query"));
    action.if_exists = tree::flag(node, "if_not_exists") || tree::flag(node, "replace");
    return action;
}

Actions index(Value const& node, std::string_view /*source*/) {
    Action action = action_on(Kind::create_index, tree::range(json::at(node, "relation")), "index");
    action.name = json::text_at(node, "idxname");
    for (Value const& item : json::at(node, "indexParams")) {
        action.index_columns.push_back(json::text_at(json::at(item, "IndexElem"), "name"));
    }
    action.unique = tree::flag(node, "unique");
    action.concurrently = tree::flag(node, "concurrent");
    action.if_exists = tree::flag(node, "if_not_exists");
    action.has_where = json::at(node, "whereClause").is_object();
    return {action};
}

Actions table(Value const& node, std::string_view source) {
    Value const& base = json::at(node, "base");
    return {tree::create_table(base.is_object() ? base : node, source)};
}

Actions table_as(Value const& node, std::string_view /*source*/) {
    bool const view = json::text_at(node, "objtype") == "OBJECT_MATVIEW";
    Value const& target = json::at(json::at(node, "into"), "rel");
    Action action = with_source(
        view ? Kind::create_materialized_view : Kind::create_table_as,
        node,
        "into",
        view ? "materialized view" : "table");
    action.object = tree::range(target);
    action.temporary = json::text_at(target, "relpersistence") == "t";
    return {action};
}

Actions view(Value const& node, std::string_view /*source*/) {
    return {with_source(Kind::create_view, node, "view", "view")};
}

Actions sequence(Value const& node, std::string_view /*source*/) {
    return {with_source(Kind::create_sequence, node, "sequence", "sequence")};
}

Actions function(Value const& node, std::string_view /*source*/) {
    Action action = action_on(
        Kind::create_function,
        tree::listed(tree::strings(json::at(node, "funcname"))),
        tree::flag(node, "is_procedure") ? "procedure" : "function");
    action.if_exists = tree::flag(node, "replace");
    return {action};
}

struct OnTable {
    std::string_view node;
    Kind kind;
    std::string_view name;
    std::string_view table;
};

constexpr std::array makers_on_tables{
    OnTable{"CreateTrigStmt", Kind::create_trigger, "trigname", "relation"},
    OnTable{"RuleStmt", Kind::create_rule, "rulename", "relation"},
    OnTable{"CreatePolicyStmt", Kind::create_policy, "policy_name", "table"},
};

std::optional<Action> made_on_table(std::string const& type, Value const& node) {
    for (OnTable const& maker : makers_on_tables) {
        if (maker.node == type) {
            Action action = action_on(maker.kind, tree::range(json::at(node, maker.table)));
            action.name = json::text_at(node, maker.name);
            action.if_exists = tree::flag(node, "replace");
            return action;
        }
    }
    return std::nullopt;
}

Actions listed_type(Value const& node, std::string_view /*source*/) {
    bool const defined = json::at(node, "defnames").is_array();
    if (defined && json::text_at(node, "kind") != "OBJECT_TYPE") {
        return {Action{}};
    }
    Value const& names = json::at(node, defined ? "defnames" : "typeName");
    return {action_on(Kind::create_type, tree::listed(tree::strings(names)), "type")};
}

Actions composite_type(Value const& node, std::string_view source) {
    Action action = action_on(Kind::create_type, tree::range(json::at(node, "typevar")), "type");
    for (Value const& item : json::at(node, "coldeflist")) {
        action.columns.push_back(tree::column(json::at(item, "ColumnDef"), source));
    }
    return {action};
}

Actions domain(Value const& node, std::string_view source) {
    Action action = action_on(
        Kind::create_domain, tree::listed(tree::strings(json::at(node, "domainname"))), "domain");
    // A domain is a column without a name.
    action.definition = tree::column(node, source);
    action.constraints = action.definition->constraints;
    return {action};
}

Actions named(Value const& node, std::string_view key, Kind kind, std::string type) {
    Action action = action_on(kind, {{}, json::text_at(node, key)}, std::move(type));
    action.if_exists = tree::flag(node, "if_not_exists") || tree::flag(node, "missing_ok");
    return {action};
}

Actions schema(Value const& node, std::string_view source) {
    Actions actions = named(node, "schemaname", Kind::create_schema, "schema");
    for (Value const& element : json::at(node, "schemaElts")) {
        if (json::at(element, "CreateStmt").is_object()) {
            actions.push_back(tree::create_table(json::at(element, "CreateStmt"), source));
        }
    }
    return actions;
}

Actions extension(Value const& node, std::string_view /*source*/) {
    return named(node, "extname", Kind::create_extension, "extension");
}

Actions drop_database(Value const& node, std::string_view /*source*/) {
    return named(node, "dbname", Kind::drop, "database");
}

// ALTER TYPE … ADD VALUE and RENAME VALUE.
Actions enum_value(Value const& node, std::string_view /*source*/) {
    bool const renames = json::at(node, "oldVal").is_string();
    Action action = action_on(
        renames ? Kind::rename_enum_value : Kind::add_enum_value,
        tree::listed(tree::strings(json::at(node, "typeName"))),
        "type");
    action.value = json::text_at(node, renames ? "oldVal" : "newVal");
    action.new_name = renames ? json::text_at(node, "newVal") : "";
    action.positioned = json::at(node, "newValNeighbor").is_string();
    action.if_exists = tree::flag(node, "skipIfNewValExists");
    return {action};
}

Actions alter_domain(Value const& node, std::string_view source) {
    Action action = action_on(
        Kind::alter_domain_other,
        tree::listed(tree::strings(json::at(node, "typeName"))),
        "domain");
    action.name = json::text_at(node, "name");
    action.if_exists = tree::flag(node, "missing_ok");
    action.cascade = tree::cascades(node);
    std::string const subtype = json::text_at(node, "subtype");
    if (subtype == "C") {
        action.kind = Kind::alter_domain_add_constraint;
        action.constraint = tree::constraint(json::at(json::at(node, "def"), "Constraint"), source);
    } else if (subtype == "O") { // SET NOT NULL
        action.kind = Kind::alter_domain_add_constraint;
        action.constraint = Constraint{};
        action.constraint->kind = Constraint::Kind::not_null;
    }
    if (action.constraint) {
        action.name = action.constraint->name;
    }
    return {action};
}

struct Reader {
    std::string_view node;
    Actions (*read)(Value const& node, std::string_view source);
};

constexpr std::array readers{
    Reader{"AlterTableStmt", tree::alter_table},
    Reader{"CreateStmt", table},
    Reader{"CreateForeignTableStmt", table},
    Reader{"CreateTableAsStmt", table_as},
    Reader{"IndexStmt", index},
    Reader{"ViewStmt", view},
    Reader{"CreateSeqStmt", sequence},
    Reader{"CreateFunctionStmt", function},
    Reader{"CreateEnumStmt", listed_type},
    Reader{"CreateRangeStmt", listed_type},
    Reader{"DefineStmt", listed_type},
    Reader{"CompositeTypeStmt", composite_type},
    Reader{"CreateDomainStmt", domain},
    Reader{"CreateSchemaStmt", schema},
    Reader{"CreateExtensionStmt", extension},
    Reader{"DropdbStmt", drop_database},
    Reader{"AlterEnumStmt", enum_value},
    Reader{"AlterDomainStmt", alter_domain},
};

Actions actions_of_node(std::string const& type, Value const& node, std::string_view source) {
    for (Reader const& reader : readers) {
        if (reader.node == type) {
            return reader.read(node, source);
        }
    }
    if (auto made = made_on_table(type, node)) {
        return {std::move(*made)};
    }
    if (auto made = tree::object_actions(type, node)) {
        return std::move(*made);
    }
    if (auto made = tree::data_actions(type, node)) {
        return std::move(*made);
    }
    return {Action{}};
}

} // namespace

std::optional<std::vector<Action>> actions_of(Parsed const& parsed, std::string_view statement) {
    if (!parsed.ok) {
        return std::nullopt;
    }
    std::vector<Action> all;
    for (Value const& item : json::at(*parsed.tree, "stmts")) {
        Value const& node = json::at(item, "stmt");
        if (node.is_object() && !node.empty()) {
            for (auto& action :
                 actions_of_node(node.begin().key(), node.begin().value(), statement)) {
                all.push_back(std::move(action));
            }
        }
    }
    return all;
}

std::optional<std::vector<Action>> actions_of(std::string_view statement) {
    return actions_of(parse(statement), statement);
}

} // namespace slipway::sql
