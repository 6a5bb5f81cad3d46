// SPDX-License-Identifier: Apache-2.0
#include "config/document.hpp"
#include "config/node.hpp"
#include "look.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

using Amiss = Findings::Amiss;
using config::Node;

// One query of the file: every row that it answers is a fault.
struct Question {
    std::string name;
    std::string query;
};

// `table` or `schema.table` as the file has it.
std::string table_of(Node const& node, std::string_view key = "table") {
    auto const name = node.required_text(key);
    auto const dot = name.find('.');
    return dot == std::string::npos ? pg::quote_identifier(name)
                                    : pg::qualified(name.substr(0, dot), name.substr(dot + 1));
}

Question orphans_of(Node const& node) {
    node.only_keys({"table", "column", "references", "key"});
    auto const column = node.required_text("column");
    auto const key = node.text("key").value_or("id");
    return {
        fmt::format(
            "{}.{} without {}",
            node.required_text("table"),
            column,
            node.required_text("references")),
        fmt::format(
            "select c.{0} from {1} c where c.{0} is not null and not exists (select from {2} p"
            " where p.{3} = c.{0})",
            pg::quote_identifier(column),
            table_of(node),
            table_of(node, "references"),
            pg::quote_identifier(key))};
}

Question duplicates_of(Node const& node) {
    node.only_keys({"table", "columns", "ignore_case"});
    std::vector<std::string> columns;
    bool const folded = node.boolean("ignore_case").value_or(false);
    for (auto const& column : node.texts("columns")) {
        auto const name = pg::quote_identifier(column);
        columns.push_back(folded ? fmt::format("lower({}::text)", name) : name);
    }
    if (columns.empty()) {
        throw node.error("names no columns", "Give columns: [email].");
    }
    auto const list = text::join(columns, ", ");
    return {
        fmt::format(
            "{} ({})", node.required_text("table"), text::join(node.texts("columns"), ", ")),
        fmt::format(
            "select {0} from {1} where ({0}) is not null group by {0} having count(*) > 1",
            list,
            table_of(node))};
}

Question values_of(Node const& node) {
    node.only_keys({"table", "column", "allowed"});
    std::vector<std::string> allowed;
    for (auto const& value : node.texts("allowed")) {
        allowed.push_back(pg::quote_literal(value));
    }
    if (allowed.empty()) {
        throw node.error("allows no value", "Give allowed: [website, imdb].");
    }
    auto const column = node.required_text("column");
    return {
        fmt::format("{}.{}", node.required_text("table"), column),
        fmt::format(
            "select {0} from {1} where {0} is not null and {0}::text not in ({2})",
            pg::quote_identifier(column),
            table_of(node),
            text::join(allowed, ", "))};
}

Question sql_of(Node const& node) {
    node.only_keys({"name", "query"});
    return {node.required_text("name"), node.required_text("query")};
}

// In a transaction that may not write: the queries are the project's, and this tool changes nothing.
void ask(
    std::string_view id,
    std::vector<Question> const& questions,
    pg::Connection& db,
    Findings& findings) {
    if (questions.empty()) {
        findings.skipped(id, "the file declares none");
        return;
    }
    findings.attempt(id, [&] {
        std::vector<std::string> found;
        std::string query;
        for (auto const& question : questions) {
            pg::Transaction transaction{db, "begin transaction read only"};
            auto const count =
                transaction
                    .exec(fmt::format(
                        "select count(*) from (select 1 from ({}) faults limit 1001) counted",
                        question.query))
                    .one_value<std::int64_t>();
            transaction.rollback();
            if (count > 0) {
                query = query.empty() ? question.query : query;
                found.push_back(fmt::format(
                    "{}: {}",
                    question.name,
                    count > 1000 ? "more than 1000 rows"
                                 : text::counted(static_cast<std::size_t>(count), "row")));
            }
        }
        auto const all = text::counted(questions.size(), "rule") + " kept";
        findings.none_of(
            id,
            found,
            all,
            Amiss::fails,
            query.empty() ? "" : fmt::format("{} See them: {};", kind_of(id)->hint, query));
    });
}

template <class Make>
std::vector<Question> read(Node const& root, std::string_view key, Make const& make) {
    std::vector<Question> out;
    for (auto const& node : root.list(key)) {
        out.push_back(make(node));
    }
    return out;
}

} // namespace

void look_at_data(Look const& look, Findings& findings) {
    if (look.options.data_checks.empty()) {
        findings.skip_rest("data", "no file named with --data-checks");
        return;
    }
    auto const document = config::load(look.options.data_checks);
    Node const root{document};
    root.only_keys({"orphans", "duplicates", "values", "sql"});
    auto const orphans = read(root, "orphans", orphans_of);
    auto const duplicates = read(root, "duplicates", duplicates_of);
    auto const values = read(root, "values", values_of);
    auto const sql = read(root, "sql", sql_of);
    if (look.server.identity() == nullptr) {
        findings.skip_rest("data", "the database was not reached");
        return;
    }
    auto db = look.server.connect();
    ask("data.orphans", orphans, db, findings);
    ask("data.duplicates", duplicates, db, findings);
    ask("data.values", values, db, findings);
    ask("data.sql", sql, db, findings);
}

} // namespace slipway::preflight
