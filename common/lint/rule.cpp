// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

#include "error/error.hpp"

#include <algorithm>

namespace slipway::lint {

namespace {

constexpr auto error = Severity::error;
constexpr auto warning = Severity::warning;
constexpr auto advice = Severity::advice;
constexpr auto info = Severity::info;

std::vector<Rule> all_rules() {
    return {
        {"adding-auto-incrementing-field",
         {"add_column_auto_incrementing", "E11"},
         error,
         true,
         "a serial or identity column is numbered in every row: the table is rewritten"},
        {"adding-exclusion-constraint",
         {"add_exclusion_constraint", "E8"},
         error,
         true,
         "an EXCLUDE constraint builds its index while nobody may read or write"},
        {"adding-field-with-default",
         {"add_column_default", "add_column_default_callable", "add_column_generated_stored"},
         error,
         true,
         "a volatile default or a stored expression rewrites the table"},
        {"adding-foreign-key-constraint",
         {"add_foreign_key", "validate_foreign_key", "add_reference"},
         error,
         true,
         "a foreign key is checked for all rows while writes to both tables wait"},
        {"adding-not-nullable-field",
         {"change_column_null", "change_column_null_postgresql", "E2"},
         error,
         true,
         "SET NOT NULL reads the whole table while nobody may read or write"},
        {"adding-required-field",
         {},
         error,
         true,
         "a new NOT NULL column without a default fails where the table has rows"},
        {"adding-serial-primary-key-field",
         {},
         error,
         true,
         "a primary key builds its index while nobody may read or write"},
        {"backfill-with-schema-change",
         {"backfill"},
         warning,
         true,
         "rows are written in the transaction that holds a table's strongest lock"},
        {"ban-alter-domain-with-add-constraint",
         {},
         error,
         true,
         "a domain's new constraint is checked in every column of that type, under lock"},
        {"ban-char-field", {}, advice, true, "char(n) pads with blanks and saves nothing"},
        {"ban-concurrent-index-creation-in-transaction",
         {},
         error,
         true,
         "the server refuses CONCURRENTLY between BEGIN and COMMIT"},
        {"ban-create-domain-with-constraint",
         {},
         advice,
         true,
         "a domain's constraint can hardly be changed later"},
        {"ban-drop-column",
         {"remove_column"},
         warning,
         true,
         "the data is gone, and code that still names the column fails"},
        {"ban-drop-database", {}, error, true, "a migration drops a database"},
        {"ban-drop-not-null", {}, warning, true, "code that still relies on a value meets NULL"},
        {"ban-drop-table",
         {"create_table"},
         warning,
         true,
         "the data is gone, and code that still names the table fails"},
        {"ban-duplicate-column-assignments",
         {},
         error,
         true,
         "one column is named twice, which the server refuses"},
        {"ban-truncate-cascade",
         {},
         error,
         true,
         "TRUNCATE … CASCADE empties tables that the statement does not name"},
        {"ban-uncommitted-transaction", {}, error, true, "a BEGIN without its COMMIT"},
        {"changing-column-type",
         {"change_column", "change_column_constraint", "change_column_with_not_null", "E5"},
         error,
         true,
         "most type changes rewrite the table and its indexes while nobody may read or write"},
        {"concurrent-index-corruption",
         {"add_index_corruption"},
         error,
         true,
         "PostgreSQL 14.0 to 14.3 can build a wrong index with CONCURRENTLY"},
        {"constraint-missing-not-valid",
         {"add_check_constraint", "validate_check_constraint", "E1"},
         error,
         true,
         "a CHECK constraint reads the whole table while nobody may read or write"},
        {"disallowed-unique-constraint",
         {"add_unique_constraint", "E7"},
         error,
         true,
         "UNIQUE builds its index while nobody may read or write"},
        {"identifier-too-long", {}, warning, true, "the server cuts names after 63 bytes"},
        {"ignore-without-reason",
         {},
         warning,
         true,
         "a comment silences a rule and does not say why"},
        {"prefer-bigint-over-int", {}, advice, false, "an integer key ends at 2,147,483,647"},
        {"prefer-bigint-over-smallint", {}, advice, false, "a smallint ends at 32,767"},
        {"prefer-identity", {}, advice, false, "identity columns are the standard's serial"},
        {"prefer-jsonb",
         {"add_column_json", "E3"},
         advice,
         true,
         "json cannot be compared, so that SELECT DISTINCT and GROUP BY fail"},
        {"prefer-repack",
         {},
         error,
         true,
         "VACUUM FULL and CLUSTER rewrite a table while nobody may read or write"},
        {"prefer-robust-stmts",
         {},
         advice,
         false,
         "without IF [NOT] EXISTS a file that failed half-way cannot run again"},
        {"prefer-text-field", {}, advice, false, "text with a CHECK instead of varchar(n)"},
        {"prefer-timestamp-tz",
         {"prefer-timestamptz"},
         advice,
         false,
         "timestamp without time zone means another instant in each time zone"},
        {"renaming-column",
         {"rename_column"},
         error,
         true,
         "code that names the old column fails at once"},
        {"renaming-enum-value",
         {"rename_enum_value"},
         error,
         true,
         "code that writes the old value fails at once"},
        {"renaming-schema",
         {"rename_schema"},
         error,
         true,
         "code that names the old schema fails at once"},
        {"renaming-table",
         {"rename_table"},
         error,
         true,
         "code that names the old table fails at once"},
        {"require-concurrent-index-creation",
         {"add_index", "E6"},
         error,
         true,
         "CREATE INDEX without CONCURRENTLY blocks writes while it builds"},
        {"require-concurrent-index-deletion",
         {"remove_index"},
         warning,
         true,
         "DROP INDEX without CONCURRENTLY locks the table, and waits in front of everybody"},
        {"require-concurrent-partition-detach",
         {},
         warning,
         true,
         "DETACH PARTITION without CONCURRENTLY locks the whole partitioned table"},
        {"require-concurrent-reindex",
         {},
         error,
         true,
         "REINDEX without CONCURRENTLY blocks writes, and reads through the index"},
        {"require-enum-value-ordering", {}, advice, false, "ADD VALUE without BEFORE or AFTER"},
        {"require-lock-timeout",
         {"require-timeout-settings", "E9"},
         warning,
         false,
         "a strong lock without SET lock_timeout before it"},
        {"require-statement-timeout",
         {"require-timeout-settings"},
         warning,
         false,
         "a strong lock without SET statement_timeout before it"},
        {"require-table-schema", {}, advice, false, "a table without its schema"},
        {"syntax-error", {}, error, true, "the file cannot be split into statements"},
        {"transaction-nesting",
         {},
         error,
         true,
         "BEGIN or COMMIT where migrate-apply makes the transaction"},
        {"unparsed",
         {},
         info,
         true,
         "a statement that the parser of PostgreSQL 15 does not know is not judged"},
        {"unused-ignore", {}, warning, true, "a comment silences a rule that found nothing"},
        {"wide-index",
         {"add_index_columns"},
         advice,
         true,
         "an index of more than three columns seldom helps"},
        {"write-without-where",
         {},
         warning,
         true,
         "UPDATE or DELETE of every row locks them all until the transaction ends"},
    };
}

} // namespace

std::string_view name(Severity severity) {
    switch (severity) {
    case Severity::info:
        return "info";
    case Severity::advice:
        return "advice";
    case Severity::warning:
        return "warning";
    case Severity::error:
        return "error";
    }
    return {};
}

std::vector<Rule> const& rules() {
    static std::vector<Rule> const all = all_rules();
    return all;
}

std::vector<Rule const*> rules_named(std::string_view name) {
    std::vector<Rule const*> found;
    for (Rule const& rule : rules()) {
        bool const alias =
            std::find(rule.aliases.begin(), rule.aliases.end(), name) != rule.aliases.end();
        if (rule.id == name || alias) {
            found.push_back(&rule);
        }
    }
    return found;
}

Rule const& rule_of(std::string_view id) {
    for (Rule const& rule : rules()) {
        if (rule.id == id) {
            return rule;
        }
    }
    throw Error{ErrorKind::internal, "no lint rule " + std::string{id}};
}

std::string page_of(std::string_view rule) {
    return "docs/lint/" + std::string{rule} + ".md";
}

} // namespace slipway::lint
