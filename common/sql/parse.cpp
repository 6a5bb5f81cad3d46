// SPDX-License-Identifier: Apache-2.0
#include "sql/parse.hpp"

#include "error/error.hpp"
#include "sql/lexer.hpp"
#include "sql/tree_builder.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>
#include <pg_query.h>

namespace slipway::sql {

namespace {

using json::Value;

// Frees a result of the library on every path.
template <typename Result, void (*release)(Result)>
class Held {
public:
    explicit Held(Result result) : result_(result) {}
    Held(Held const&) = delete;
    Held& operator=(Held const&) = delete;
    Held(Held&&) = delete;
    Held& operator=(Held&&) = delete;
    ~Held() { release(result_); }

    Result const* operator->() const { return &result_; }

private:
    Result result_;
};

using HeldTree = Held<PgQueryParseResult, pg_query_free_parse_result>;
using HeldSplit = Held<PgQuerySplitResult, pg_query_free_split_result>;

// The library writes its tree recursively and without a check of the stack: some 60,000 terms of
// one sum end the process. A list's items are siblings, all else may be nested in what is before.
constexpr std::size_t most_nested_tokens = 4'000;

bool nested_too_deeply(std::string_view text) {
    Lexer lexer{text};
    std::vector<std::size_t> outer;
    std::size_t sum = 0;
    std::size_t here = 0;
    for (Token token = lexer.next(); token.kind != Token::Kind::end; token = lexer.next()) {
        if (token.kind == Token::Kind::open) {
            outer.push_back(++here);
            sum += here;
            here = 0;
        } else if (token.kind == Token::Kind::close && !outer.empty()) {
            here = outer.back();
            sum -= here;
            outer.pop_back();
        } else if (token.kind == Token::Kind::semicolon || token.text == ",") {
            here = 0;
        } else {
            ++here;
        }
        if (sum + here > most_nested_tokens) {
            return true;
        }
    }
    return false;
}

// Why the library must not see the text; empty where it may.
std::string unfit(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
        return "the text holds a NUL byte";
    }
    try {
        return nested_too_deeply(text) ? "nested too deeply" : "";
    } catch (Error const& error) {
        return error.message();
    }
}

struct Maker {
    char const* node;
    char const* kind;
    // The member that holds the object's name as a RangeVar.
    char const* relation;
};

constexpr std::array makers_of_relations{
    Maker{"CreateStmt", "table", "relation"},
    Maker{"CreateForeignTableStmt", "table", "relation"},
    Maker{"ViewStmt", "view", "view"},
    Maker{"CompositeTypeStmt", "type", "typevar"},
    Maker{"CreateSeqStmt", "sequence", "sequence"},
};

bool flag(Value const& node, std::string_view key) {
    Value const& value = json::at(node, key);
    return value.is_boolean() && value.get<bool>();
}

CreatedObject relation(std::string kind, Value const& range, bool if_not_exists) {
    return {
        std::move(kind),
        json::text_at(range, "schemaname"),
        json::text_at(range, "relname"),
        {},
        if_not_exists};
}

// A name given as a list of strings: [schema,] name.
CreatedObject listed(std::string kind, Value const& names) {
    CreatedObject made;
    made.kind = std::move(kind);
    for (Value const& item : names) {
        made.schema = made.name;
        Value const& string = json::at(item, "String");
        made.name = json::text_at(string, "sval", json::text_at(string, "str"));
    }
    return made;
}

CreatedObject on_table(std::string kind, Value const& node, std::string name) {
    Value const& range = json::at(node, "relation");
    CreatedObject made;
    made.kind = std::move(kind);
    made.schema = json::text_at(range, "schemaname");
    made.name = std::move(name);
    made.table = json::text_at(range, "relname");
    made.if_not_exists = flag(node, "if_not_exists");
    return made;
}

std::optional<CreatedObject> created_by_node(std::string const& type, Value const& node) {
    for (Maker const& maker : makers_of_relations) {
        if (type == maker.node) {
            // A foreign table wraps the statement of a table.
            Value const& base = json::at(node, "base").is_object() ? json::at(node, "base") : node;
            return relation(
                maker.kind, json::at(base, maker.relation), flag(base, "if_not_exists"));
        }
    }
    if (type == "CreateTableAsStmt") {
        bool const view = json::text_at(node, "objtype") == "OBJECT_MATVIEW";
        Value const& range = json::at(json::at(node, "into"), "rel");
        return relation(view ? "materialized view" : "table", range, flag(node, "if_not_exists"));
    }
    if (type == "IndexStmt") {
        return on_table("index", node, json::text_at(node, "idxname"));
    }
    if (type == "CreateTrigStmt") {
        return on_table("trigger", node, json::text_at(node, "trigname"));
    }
    if (type == "CreateEnumStmt" || type == "CreateRangeStmt") {
        return listed("type", json::at(node, "typeName"));
    }
    if (type == "CreateDomainStmt") {
        return listed("type", json::at(node, "domainname"));
    }
    if (type == "DefineStmt" && json::text_at(node, "kind") == "OBJECT_TYPE") {
        return listed("type", json::at(node, "defnames"));
    }
    if (type == "CreateFunctionStmt") {
        return listed(
            flag(node, "is_procedure") ? "procedure" : "function", json::at(node, "funcname"));
    }
    if (type == "CreateSchemaStmt") {
        return CreatedObject{
            "schema", {}, json::text_at(node, "schemaname"), {}, flag(node, "if_not_exists")};
    }
    return std::nullopt;
}

} // namespace

Parsed parse(std::string_view text) {
    Parsed parsed;
    parsed.message = unfit(text);
    if (!parsed.message.empty()) {
        return parsed;
    }
    HeldTree const result{pg_query_parse(std::string{text}.c_str())};
    if (result->error != nullptr) {
        parsed.message = result->error->message;
        parsed.position = std::max(result->error->cursorpos, 0);
        return parsed;
    }
    // Not json::parse: its bound on the depth is for foreign input, and expressions nest deeper.
    auto tree = build_tree(result->parse_tree);
    if (!tree) {
        parsed.message = "the parser's tree is not JSON";
        return parsed;
    }
    parsed.tree = json::Box{*std::move(tree)};
    parsed.ok = true;
    return parsed;
}

std::optional<std::vector<std::size_t>> parser_split(std::string_view text) {
    if (!unfit(text).empty()) {
        return std::nullopt;
    }
    HeldSplit const result{pg_query_split_with_parser(std::string{text}.c_str())};
    if (result->error != nullptr) {
        return std::nullopt;
    }
    std::vector<std::size_t> starts;
    starts.reserve(static_cast<std::size_t>(result->n_stmts));
    for (int i = 0; i < result->n_stmts; ++i) {
        starts.push_back(static_cast<std::size_t>(result->stmts[i]->stmt_location));
    }
    return starts;
}

std::optional<CreatedObject> created_by(std::string_view statement) {
    Parsed const parsed = parse(statement);
    Value const& statements = json::at(*parsed.tree, "stmts");
    if (!parsed.ok || !statements.is_array() || statements.empty()) {
        return std::nullopt;
    }
    Value const& node = json::at(statements.front(), "stmt");
    if (!node.is_object() || node.empty()) {
        return std::nullopt;
    }
    return created_by_node(node.begin().key(), node.begin().value());
}

} // namespace slipway::sql
