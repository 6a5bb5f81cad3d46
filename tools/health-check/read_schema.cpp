// SPDX-License-Identifier: Apache-2.0
#include "chooser.hpp"
#include "error/error.hpp"

namespace slipway::health_check {

namespace {

using config::Node;
using probe::TableWish;

// `bigint`, or `{type: bigint, nullable: false, default: ""}`.
TableWish::Column read_column(std::string const& name, Node const& node) {
    TableWish::Column column;
    column.name = name;
    if (!node.is_map()) {
        column.type = node.as_text();
        return column;
    }
    node.only_keys({"type", "nullable", "default"});
    column.type = node.text("type");
    column.nullable = node.boolean("nullable");
    if (auto const standard = node.find("default")) {
        column.standard = standard->as_text();
    }
    return column;
}

TableWish read_table(std::string const& name, Node const& node) {
    TableWish table;
    table.name = name;
    node.only_keys({"columns", "indexes", "constraints"});
    auto const columns = node.find("columns");
    if (columns && columns->is_list()) {
        for (auto const& column : columns->elements()) {
            table.columns.push_back({column.as_text(), {}, {}, {}});
        }
    } else {
        for (auto const& member : node.map("columns")) {
            table.columns.push_back(read_column(member.first, member.second));
        }
    }
    table.indexes = node.texts("indexes");
    table.constraints = node.texts("constraints");
    return table;
}

} // namespace

probe::SchemaWish read_schema(Node const& node) {
    node.only_keys({"tables", "enums"});
    probe::SchemaWish wish;
    if (auto const tables = node.find("tables"); tables && tables->is_list()) {
        for (auto const& table : tables->elements()) {
            wish.tables.push_back({table.as_text(), {}, {}, {}});
        }
    } else {
        for (auto const& member : node.map("tables")) {
            wish.tables.push_back(read_table(member.first, member.second));
        }
    }
    for (auto const& member : node.map("enums")) {
        wish.enums.push_back({member.first, node.required("enums").texts(member.first)});
    }
    if (wish.tables.empty() && wish.enums.empty()) {
        throw node.error(
            "the schema expects nothing", "Name tables or enums that have to be there.");
    }
    return wish;
}

probe::SchemaWish read_schema_file(fs::Path const& path) {
    auto const document = config::load(path);
    return read_schema(Node{document});
}

} // namespace slipway::health_check
