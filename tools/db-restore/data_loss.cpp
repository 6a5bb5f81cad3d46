// SPDX-License-Identifier: Apache-2.0
#include "data_loss.hpp"

#include "error/error.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

std::vector<RowChange>
row_changes(backup::Manifest const& safety, backup::Manifest const& restored) {
    std::map<std::string, RowChange> tables;
    auto const at = [&](backup::Table const& table) -> RowChange& {
        auto& out = tables[table.schema + "." + table.name];
        out.table = table.schema + "." + table.name;
        return out;
    };
    for (auto const& table : safety.tables) {
        at(table).live = table.rows;
    }
    for (auto const& table : restored.tables) {
        at(table).restored = table.data ? table.rows : 0;
    }
    std::vector<RowChange> out;
    for (auto& [name, change] : tables) {
        if (change.live != change.restored) {
            out.push_back(std::move(change));
        }
    }
    return out;
}

json::Value to_json(std::vector<RowChange> const& changes) {
    auto out = json::Value::array();
    for (auto const& change : changes) {
        out.push_back(
            {{"table", change.table}, {"live", change.live}, {"restored", change.restored}});
    }
    return out;
}

void accept_loss(
    std::string_view what,
    time::Instant since,
    std::vector<std::string> const& migrations,
    bool production,
    Options const& options,
    tool::Context& context) {
    auto const now = context.clock.now();
    auto& window = (*context.record.data)["window"];
    window = window_json(since, now);
    window["migrations"] = migrations;
    std::string const loss = fmt::format(
        "what was written since {} ({}) would leave the live database{}{}",
        time::to_rfc3339(since),
        time::human_duration(std::max(time::Milliseconds{0}, now - since)),
        migrations.empty() ? "" : ", and with it the migrations ",
        text::join(migrations, ", "));
    context.log.warning(loss);
    if (!options.dry_run.empty()) {
        return;
    }
    if (!options.accept_data_loss) {
        throw Error{
            ErrorKind::refused,
            loss,
            "If that is meant, give --accept-data-loss; the old database is kept until db-restore "
            "retire."};
    }
    if (production) {
        context.confirm(what);
    }
}

json::Value window_json(time::Instant since, time::Instant until) {
    return {
        {"from", time::to_rfc3339(since)},
        {"to", time::to_rfc3339(until)},
        {"duration_ms", std::max<std::int64_t>(0, (until - since).count())}};
}

} // namespace slipway::db_restore
