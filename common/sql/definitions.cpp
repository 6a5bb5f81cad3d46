// SPDX-License-Identifier: Apache-2.0
#include "sql/definitions.hpp"

#include "sql/slice.hpp"
#include "sql/tree.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace slipway::sql::tree {

namespace {

using ConstraintKind = Constraint::Kind;

struct Contype {
    std::string_view constant;
    ConstraintKind kind;
};

constexpr std::array contypes{
    Contype{"CONSTR_NOTNULL", ConstraintKind::not_null},
    Contype{"CONSTR_CHECK", ConstraintKind::check},
    Contype{"CONSTR_UNIQUE", ConstraintKind::unique},
    Contype{"CONSTR_PRIMARY", ConstraintKind::primary_key},
    Contype{"CONSTR_FOREIGN", ConstraintKind::foreign_key},
    Contype{"CONSTR_EXCLUSION", ConstraintKind::exclusion},
};

constexpr std::array<std::string_view, 6>
    serials{"serial", "serial4", "bigserial", "serial8", "smallserial", "serial2"};

std::vector<std::string> key_columns(Value const& node, ConstraintKind kind) {
    if (kind != ConstraintKind::exclusion) {
        return strings(json::at(node, kind == ConstraintKind::foreign_key ? "fk_attrs" : "keys"));
    }
    // Each is a list of an element and its operator.
    std::vector<std::string> columns;
    for (Value const& item : json::at(node, "exclusions")) {
        Value const& pair = json::at(json::at(item, "List"), "items");
        if (pair.is_array() && !pair.empty()) {
            columns.push_back(json::text_at(json::at(pair.front(), "IndexElem"), "name"));
        }
    }
    return columns;
}

std::string exclusion(std::string_view source, std::size_t from) {
    return slice::until(
        source,
        slice::after(source, from, "exclude"),
        {"deferrable", "initially", "not", "constraint", "add"});
}

// A default ends where the next qualifier of its column begins.
std::size_t next_qualifier(Value const& list, std::size_t after) {
    std::size_t end = std::string_view::npos;
    for (Value const& item : list) {
        auto const at = number(json::at(item, "Constraint"), "location");
        if (at > after) {
            end = std::min(end, at);
        }
    }
    return end;
}

} // namespace

std::optional<Constraint> constraint(Value const& node, std::string_view source) {
    std::string const contype = json::text_at(node, "contype");
    auto const* const found =
        std::find_if(contypes.begin(), contypes.end(), [&](Contype const& one) {
            return one.constant == contype;
        });
    if (found == contypes.end()) {
        return std::nullopt;
    }
    Constraint made;
    made.kind = found->kind;
    made.name = json::text_at(node, "conname");
    made.columns = key_columns(node, made.kind);
    auto const at = number(node, "location");
    if (made.kind == ConstraintKind::check) {
        made.expression = slice::bracketed(source, slice::after(source, at, "check"));
    } else if (made.kind == ConstraintKind::exclusion) {
        made.expression = exclusion(source, at);
    } else if (made.kind == ConstraintKind::foreign_key) {
        made.references = range(json::at(node, "pktable"));
        made.referenced_columns = strings(json::at(node, "pk_attrs"));
    }
    made.using_index = json::text_at(node, "indexname");
    made.not_valid = flag(node, "skip_validation");
    made.deferrable = flag(node, "deferrable");
    return made;
}

void qualify(ColumnDefinition& made, Value const& list, std::string_view source) {
    for (Value const& item : list) {
        Value const& node = json::at(item, "Constraint");
        std::string const contype = json::text_at(node, "contype");
        auto const at = number(node, "location");
        if (contype == "CONSTR_DEFAULT") {
            made.default_expression = slice::until(
                source, slice::after(source, at, "default"), {"collate"}, next_qualifier(list, at));
            made.default_functions = functions_called(json::at(node, "raw_expr"));
        } else if (contype == "CONSTR_IDENTITY") {
            made.identity = true;
        } else if (contype == "CONSTR_GENERATED") {
            made.generated = true;
        } else if (contype == "CONSTR_ATTR_DEFERRABLE" && !made.constraints.empty()) {
            made.constraints.back().deferrable = true;
        } else if (auto one = constraint(node, source)) {
            if (!made.name.empty()) {
                one->columns = {made.name};
            }
            made.constraints.push_back(std::move(*one));
        }
    }
}

ColumnDefinition column(Value const& node, std::string_view source) {
    ColumnDefinition made;
    made.name = json::text_at(node, "colname");
    Value const& type = json::at(node, "typeName");
    if (type.is_object()) { // absent in a partition's or typed table's list of options
        made.type = slice::type(source, number(type, "location"));
        auto const names = strings(json::at(type, "names"));
        made.serial = names.size() == 1 &&
                      std::find(serials.begin(), serials.end(), names[0]) != serials.end();
    }
    qualify(made, json::at(node, "constraints"), source);
    return made;
}

} // namespace slipway::sql::tree
