// SPDX-License-Identifier: Apache-2.0
#include "backup/fingerprint.hpp"

#include "pg/quote.hpp"
#include "pg/transaction.hpp"

#include <fmt/format.h>

namespace slipway::backup {

std::string_view fingerprint_settings() {
    return "set local search_path = pg_catalog; set local datestyle = iso; "
           "set local intervalstyle = postgres; set local extra_float_digits = 3; "
           "set local bytea_output = hex; set local timezone = 'UTC'; set local lc_monetary = 'C'; "
           "set local row_security = off";
}

std::string
fingerprint_query(pg::Connection& connection, std::string_view schema, std::string_view name) {
    std::string const table = pg::qualified(schema, name);
    std::string columns;
    auto const found = connection.exec(
        "select pg_catalog.quote_ident(attname) from pg_catalog.pg_attribute "
        "where attrelid = $1::pg_catalog.regclass and attnum > 0 and not attisdropped "
        "and attgenerated = '' order by attname collate \"C\"",
        {table});
    for (auto const& row : found) {
        columns += (columns.empty() ? "t." : ", t.") + row.get<std::string>(0);
    }
    return fmt::format(
        "select pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashtextextended("
        "row({})::pg_catalog.text collate \"C\", 0)), 0)::pg_catalog.text from only {} t",
        columns,
        table);
}

std::vector<std::string> content_differences(pg::Connection& connection, Manifest const& manifest) {
    std::vector<std::string> out;
    pg::Transaction transaction{connection, "begin read only"};
    transaction.exec(fingerprint_settings());
    for (auto const& table : manifest.tables) {
        if (table.fingerprint.empty()) {
            continue;
        }
        auto const row =
            transaction.exec(fingerprint_query(connection, table.schema, table.name)).one_row();
        if (row.get<std::string>(1) != table.fingerprint) {
            out.push_back(
                fmt::format("{} has other rows", pg::qualified(table.schema, table.name)));
        }
    }
    return out;
}

} // namespace slipway::backup
