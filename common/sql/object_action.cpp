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

// Triggers, rules, policies and constraints are named as [schema,] table, name.
bool lives_on_table(std::string_view type) {
    constexpr std::array<std::string_view, 4> types{"trigger", "rule", "policy", "constraint"};
    return std::find(types.begin(), types.end(), type) != types.end();
}

// An object of DROP, COMMENT, GRANT or ALTER, in whichever of its five shapes.
void take_object(Action& action, Value const& object) {
    if (json::at(object, "RangeVar").is_object()) {
        action.object = range(object);
        return;
    }
    std::vector<std::string> parts;
    for (auto const& [wrapper, list] :
         {std::pair{"List", "items"}, {"TypeName", "names"}, {"ObjectWithArgs", "objname"}}) {
        if (json::at(object, wrapper).is_object()) {
            parts = strings(json::at(json::at(object, wrapper), list));
        }
    }
    if (parts.empty()) {
        parts = {string_of(object)};
    }
    if (lives_on_table(action.object_type)) {
        action.name = parts.back();
        parts.pop_back();
    } else if (action.object_type == "column") {
        action.column = parts.back();
        parts.pop_back();
    }
    action.object = listed(parts);
}

Actions drop(Value const& node) {
    Actions actions;
    for (Value const& object : json::at(node, "objects")) {
        Action action;
        action.kind = Kind::drop;
        action.object_type = object_type(json::text_at(node, "removeType"));
        take_object(action, object);
        action.concurrently = flag(node, "concurrent");
        action.if_exists = flag(node, "missing_ok");
        action.cascade = cascades(node);
        actions.push_back(std::move(action));
    }
    return actions;
}

Actions renames(Value const& node) {
    Action action;
    action.kind = Kind::rename;
    std::string const what = json::text_at(node, "renameType");
    bool const column = what == "OBJECT_COLUMN" || what == "OBJECT_ATTRIBUTE";
    action.object_type = object_type(column ? json::text_at(node, "relationType") : what);
    action.new_name = json::text_at(node, "newname");
    action.if_exists = flag(node, "missing_ok");
    std::string const part = json::text_at(node, "subname");
    if (json::at(node, "relation").is_object()) {
        action.object = range(json::at(node, "relation"));
        (column ? action.column : action.name) = part;
    } else if (json::at(node, "object").is_object()) {
        take_object(action, json::at(node, "object"));
        if (!part.empty()) { // of a domain's constraint
            action.name = part;
        }
    } else {
        action.object = {{}, part}; // a schema, database or role
    }
    return {action};
}

// SET SCHEMA and OWNER TO.
Actions alters_object(Value const& node, Kind kind) {
    Action action;
    action.kind = kind;
    action.object_type = object_type(json::text_at(node, "objectType"));
    action.new_name = json::text_at(node, "newschema");
    action.if_exists = flag(node, "missing_ok");
    if (json::at(node, "relation").is_object()) {
        action.object = range(json::at(node, "relation"));
    } else {
        take_object(action, json::at(node, "object"));
    }
    return {action};
}

Actions comments(Value const& node) {
    Action action;
    action.kind = Kind::comment;
    action.object_type = object_type(json::text_at(node, "objtype"));
    take_object(action, json::at(node, "object"));
    action.value = json::text_at(node, "comment");
    return {action};
}

Actions grants(Value const& node) {
    Actions actions;
    for (Value const& object : json::at(node, "objects")) {
        Action action;
        action.kind = Kind::grant;
        action.object_type = object_type(json::text_at(node, "objtype"));
        action.name = flag(node, "is_grant") ? "grant" : "revoke";
        action.cascade = cascades(node);
        take_object(action, object);
        actions.push_back(std::move(action));
    }
    return actions;
}

Actions on_each_table(Value const& node, Action const& model) {
    Actions actions;
    for (Value const& relation : json::at(node, "relations")) {
        actions.push_back(model);
        actions.back().object = range(relation);
    }
    return actions;
}

Actions locks(Value const& node) {
    constexpr std::array<std::string_view, 9> modes{
        "",
        "ACCESS SHARE",
        "ROW SHARE",
        "ROW EXCLUSIVE",
        "SHARE UPDATE EXCLUSIVE",
        "SHARE",
        "SHARE ROW EXCLUSIVE",
        "EXCLUSIVE",
        "ACCESS EXCLUSIVE"};
    Action model;
    model.kind = Kind::lock_table;
    model.lock_mode = modes.at(std::min(number(node, "mode"), modes.size() - 1));
    return on_each_table(node, model);
}

Actions truncates(Value const& node) {
    Action model;
    model.kind = Kind::truncate;
    model.object_type = "table";
    model.cascade = cascades(node);
    return on_each_table(node, model);
}

Actions reindexes(Value const& node) {
    Action action;
    action.kind = Kind::reindex;
    constexpr std::string_view prefix = "REINDEX_";
    action.object_type = object_type(json::text_at(node, "kind").substr(prefix.size()));
    action.object = range(json::at(node, "relation"));
    if (action.object.name.empty()) {
        action.object.name = json::text_at(node, "name");
    }
    action.concurrently = option(json::at(node, "params"), "concurrently");
    return {action};
}

Actions clusters(Value const& node) {
    Action action;
    action.kind = Kind::cluster;
    action.object = range(json::at(node, "relation"));
    action.name = json::text_at(node, "indexname");
    return {action};
}

// VACUUM and ANALYZE, of all tables where none is named.
Actions vacuums(Value const& node) {
    Action model;
    model.kind = flag(node, "is_vacuumcmd") ? Kind::vacuum : Kind::analyze;
    model.full = option(json::at(node, "options"), "full");
    Actions actions;
    for (Value const& item : json::at(node, "rels")) {
        actions.push_back(model);
        actions.back().object = range(json::at(json::at(item, "VacuumRelation"), "relation"));
    }
    return actions.empty() ? Actions{model} : actions;
}

Actions refreshes(Value const& node) {
    Action action;
    action.kind = Kind::refresh_materialized_view;
    action.object = range(json::at(node, "relation"));
    action.concurrently = flag(node, "concurrent");
    return {action};
}

Actions moves_tables(Value const& node) {
    Action action;
    action.kind = Kind::set_tablespace;
    action.object_type = object_type(json::text_at(node, "objtype"));
    action.name = json::text_at(node, "new_tablespacename");
    return {action};
}

Actions moves(Value const& node) {
    return alters_object(node, Kind::set_schema);
}

Actions gives(Value const& node) {
    return alters_object(node, Kind::change_owner);
}

struct ObjectReader {
    std::string_view node;
    Actions (*read)(Value const& node);
};

constexpr std::array object_readers{
    ObjectReader{"DropStmt", drop},
    ObjectReader{"RenameStmt", renames},
    ObjectReader{"AlterObjectSchemaStmt", moves},
    ObjectReader{"AlterOwnerStmt", gives},
    ObjectReader{"CommentStmt", comments},
    ObjectReader{"GrantStmt", grants},
    ObjectReader{"LockStmt", locks},
    ObjectReader{"TruncateStmt", truncates},
    ObjectReader{"ReindexStmt", reindexes},
    ObjectReader{"ClusterStmt", clusters},
    ObjectReader{"VacuumStmt", vacuums},
    ObjectReader{"RefreshMatViewStmt", refreshes},
    ObjectReader{"AlterTableMoveAllStmt", moves_tables},
};

} // namespace

std::optional<std::vector<Action>> object_actions(std::string const& type, Value const& node) {
    auto const* const reader =
        std::find_if(object_readers.begin(), object_readers.end(), [&](ObjectReader const& one) {
            return one.node == type;
        });
    return reader == object_readers.end() ? std::nullopt : std::optional{reader->read(node)};
}

} // namespace slipway::sql::tree
