// SPDX-License-Identifier: Apache-2.0
#include "migration/rows.hpp"

namespace slipway::migration {

bool table_exists(pg::Connection& connection, std::string const& table) {
    return connection.exec("select to_regclass($1) is not null", {table}).one_value<bool>();
}

History read_applied(pg::Connection& connection, std::string const& table, std::string_view query) {
    History history;
    history.table_exists = table_exists(connection, table);
    if (!history.table_exists) {
        return history;
    }
    for (auto const row : connection.exec(query)) {
        Entry entry;
        entry.key = row.get<std::string>(0);
        entry.id = row.get<std::string>(1);
        entry.started_at = entry.finished_at = row.get<std::string>(2);
        entry.written_by = row.get<std::string>(3);
        entry.finished = true;
        history.entries.push_back(std::move(entry));
    }
    return history;
}

History read_rows(pg::Connection& connection, std::string const& table, std::string const& query) {
    History history;
    history.table_exists = table_exists(connection, table);
    if (!history.table_exists) {
        return history;
    }
    for (auto const row : connection.exec(query)) {
        Entry entry;
        entry.key = row.get<std::string>("key");
        entry.id = row.get<std::string>("id");
        entry.checksum = row.get<std::string>("checksum");
        entry.started_at = row.get<std::string>("started_at");
        entry.finished_at = row.get<std::optional<std::string>>("finished_at").value_or("");
        entry.finished = !entry.finished_at.empty();
        entry.rolled_back = row.get<bool>("rolled_back");
        entry.log = row.get<std::optional<std::string>>("log").value_or("");
        history.entries.push_back(std::move(entry));
    }
    return history;
}

} // namespace slipway::migration
