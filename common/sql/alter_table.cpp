// SPDX-License-Identifier: Apache-2.0
#include "sql/alter_table.hpp"

#include "sql/definitions.hpp"
#include "sql/slice.hpp"
#include "sql/tree.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace slipway::sql::tree {

namespace {

using Kind = Action::Kind;

struct Subtype {
    std::string_view constant;
    Kind kind;
    // What `name` of the node names: a column, or the thing itself.
    enum class Names : std::uint8_t { nothing, column, thing } names;
};

using Names = Subtype::Names;

constexpr std::array subtypes{
    Subtype{"AT_AddColumn", Kind::add_column, Names::nothing},
    Subtype{"AT_DropColumn", Kind::drop_column, Names::column},
    Subtype{"AT_AlterColumnType", Kind::alter_column_type, Names::column},
    Subtype{"AT_ColumnDefault", Kind::set_default, Names::column},
    Subtype{"AT_SetNotNull", Kind::set_not_null, Names::column},
    Subtype{"AT_DropNotNull", Kind::drop_not_null, Names::column},
    Subtype{"AT_AddIdentity", Kind::add_identity, Names::column},
    Subtype{"AT_DropIdentity", Kind::drop_identity, Names::column},
    Subtype{"AT_DropExpression", Kind::drop_expression, Names::column},
    Subtype{"AT_SetStatistics", Kind::set_statistics, Names::column},
    Subtype{"AT_SetStorage", Kind::set_storage, Names::column},
    Subtype{"AT_AddConstraint", Kind::add_constraint, Names::nothing},
    Subtype{"AT_DropConstraint", Kind::drop_constraint, Names::thing},
    Subtype{"AT_ValidateConstraint", Kind::validate_constraint, Names::thing},
    Subtype{"AT_AlterConstraint", Kind::alter_constraint, Names::nothing},
    Subtype{"AT_AttachPartition", Kind::attach_partition, Names::nothing},
    Subtype{"AT_DetachPartition", Kind::detach_partition, Names::nothing},
    Subtype{"AT_DetachPartitionFinalize", Kind::detach_partition, Names::nothing},
    Subtype{"AT_EnableTrig", Kind::enable_trigger, Names::thing},
    Subtype{"AT_EnableTrigAll", Kind::enable_trigger, Names::thing},
    Subtype{"AT_EnableTrigUser", Kind::enable_trigger, Names::thing},
    Subtype{"AT_EnableAlwaysTrig", Kind::enable_trigger, Names::thing},
    Subtype{"AT_EnableReplicaTrig", Kind::enable_trigger, Names::thing},
    Subtype{"AT_DisableTrig", Kind::disable_trigger, Names::thing},
    Subtype{"AT_DisableTrigAll", Kind::disable_trigger, Names::thing},
    Subtype{"AT_DisableTrigUser", Kind::disable_trigger, Names::thing},
    Subtype{"AT_EnableRowSecurity", Kind::row_security, Names::nothing},
    Subtype{"AT_DisableRowSecurity", Kind::row_security, Names::nothing},
    Subtype{"AT_ForceRowSecurity", Kind::row_security, Names::nothing},
    Subtype{"AT_NoForceRowSecurity", Kind::row_security, Names::nothing},
    Subtype{"AT_SetLogged", Kind::set_logged, Names::nothing},
    Subtype{"AT_SetUnLogged", Kind::set_logged, Names::nothing},
    Subtype{"AT_SetAccessMethod", Kind::set_access_method, Names::thing},
    Subtype{"AT_SetTableSpace", Kind::set_tablespace, Names::thing},
    Subtype{"AT_SetRelOptions", Kind::set_options, Names::nothing},
    Subtype{"AT_ResetRelOptions", Kind::set_options, Names::nothing},
    Subtype{"AT_ReplicaIdentity", Kind::replica_identity, Names::nothing},
    Subtype{"AT_AddInherit", Kind::inherit, Names::nothing},
    Subtype{"AT_DropInherit", Kind::inherit, Names::nothing},
    Subtype{"AT_ChangeOwner", Kind::change_owner, Names::nothing},
};

void take_name(Action& action, Value const& command, Names names) {
    if (names == Names::column) {
        action.column = json::text_at(command, "name");
    } else if (names == Names::thing) {
        action.name = json::text_at(command, "name");
    } else if (action.kind == Kind::alter_table_other) {
        action.column = json::text_at(command, "name");
    }
}

void take_partition(Action& action, Value const& definition, bool finalize) {
    Value const& command = json::at(definition, "PartitionCmd");
    action.parents = {range(json::at(command, "name"))};
    action.name = action.parents.front().name;
    action.concurrently = flag(command, "concurrent") || finalize;
}

void take_type(Action& action, Value const& definition, std::string_view source, std::size_t at) {
    ColumnDefinition made = column(json::at(definition, "ColumnDef"), source);
    made.name = action.column;
    bool const converts = json::at(json::at(definition, "ColumnDef"), "raw_default").is_object();
    if (converts && at != std::string_view::npos) {
        action.using_expression = slice::until(source, slice::after(source, at, "using"));
    }
    action.definition = std::move(made);
}

void take_default(
    Action& action,
    Value const& definition,
    std::string_view source,
    std::size_t at) {
    if (!definition.is_object()) {
        action.kind = Kind::drop_default;
        return;
    }
    ColumnDefinition made;
    made.name = action.column;
    if (at != std::string_view::npos) {
        made.default_expression = slice::until(source, slice::after(source, at, "default"));
    }
    made.default_functions = functions_called(definition);
    action.definition = std::move(made);
}

void refer(Action& action, std::vector<Constraint> const& constraints) {
    for (Constraint const& made : constraints) {
        if (made.kind == Constraint::Kind::foreign_key) {
            action.reads.push_back(made.references);
        }
    }
}

// What `def` of a command says.
void take_definition(
    Action& action,
    Value const& command,
    std::string_view source,
    std::size_t at) {
    Value const& definition = json::at(command, "def");
    if (action.kind == Kind::add_column) {
        action.definition = column(json::at(definition, "ColumnDef"), source);
        action.column = action.definition->name;
        refer(action, action.definition->constraints);
    } else if (action.kind == Kind::alter_column_type) {
        take_type(action, definition, source, at);
    } else if (action.kind == Kind::set_default) {
        take_default(action, definition, source, at);
    } else if (action.kind == Kind::add_constraint) {
        action.constraint = constraint(json::at(definition, "Constraint"), source);
        if (action.constraint) {
            action.name = action.constraint->name;
            refer(action, {*action.constraint});
        }
    } else if (action.kind == Kind::alter_constraint) {
        action.name = json::text_at(json::at(definition, "Constraint"), "conname");
    } else if (action.kind == Kind::attach_partition || action.kind == Kind::detach_partition) {
        bool const finalize = json::text_at(command, "subtype") == "AT_DetachPartitionFinalize";
        take_partition(action, definition, finalize);
    } else if (action.kind == Kind::inherit) {
        action.parents = {range(definition)};
    }
}

// The start of each command; nothing where their number is not the one that is expected.
std::vector<std::size_t> places(Value const& node, std::string_view source, std::size_t commands) {
    auto const after_name = number(json::at(node, "relation"), "location");
    auto starts = slice::parts(source, after_name);
    return starts.size() == commands ? starts
                                     : std::vector<std::size_t>(commands, std::string_view::npos);
}

void take_element(Action& action, Value const& element, std::string_view source) {
    if (json::at(element, "ColumnDef").is_object()) {
        action.columns.push_back(column(json::at(element, "ColumnDef"), source));
        refer(action, action.columns.back().constraints);
    } else if (json::at(element, "TableLikeClause").is_object()) {
        action.reads.push_back(range(json::at(json::at(element, "TableLikeClause"), "relation")));
    } else if (auto made = constraint(json::at(element, "Constraint"), source)) {
        refer(action, {*made});
        action.constraints.push_back(std::move(*made));
    }
}

} // namespace

std::vector<Action> alter_table(Value const& node, std::string_view source) {
    std::vector<Action> actions;
    Value const& commands = json::at(node, "cmds");
    auto const starts = places(node, source, commands.size());
    for (Value const& item : commands) {
        Value const& command = json::at(item, "AlterTableCmd");
        std::string const subtype = json::text_at(command, "subtype");
        auto const* const known =
            std::find_if(subtypes.begin(), subtypes.end(), [&](Subtype const& one) {
                return one.constant == subtype;
            });
        Action action;
        action.kind = known == subtypes.end() ? Kind::alter_table_other : known->kind;
        action.object_type = object_type(json::text_at(node, "objtype"));
        action.object = range(json::at(node, "relation"));
        action.if_exists = flag(command, "missing_ok");
        action.cascade = cascades(command);
        take_name(action, command, known == subtypes.end() ? Names::nothing : known->names);
        take_definition(action, command, source, starts[actions.size()]);
        actions.push_back(std::move(action));
    }
    return actions;
}

Action create_table(Value const& node, std::string_view source) {
    Action action;
    action.kind = Kind::create_table;
    action.object_type = "table";
    Value const& relation = json::at(node, "relation");
    action.object = range(relation);
    action.temporary = json::text_at(relation, "relpersistence") == "t";
    action.if_exists = flag(node, "if_not_exists");
    action.partition = json::at(node, "partbound").is_object();
    for (Value const& element : json::at(node, "tableElts")) {
        take_element(action, element, source);
    }
    for (Value const& parent : json::at(node, "inhRelations")) {
        action.parents.push_back(range(parent));
    }
    return action;
}

} // namespace slipway::sql::tree
