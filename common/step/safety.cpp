// SPDX-License-Identifier: Apache-2.0
#include "step/safety.hpp"

#include "time/duration.hpp"

namespace slipway::step {

namespace {

constexpr auto keep_all = "1000000";
// Each undo needs the newest at most: the others are for the undo of an undo.
constexpr auto keep_some = "5";

} // namespace

Ended make_safety_backup(Safety const& safety, std::stop_token const& stop) {
    Start start;
    start.tool = "db-backup";
    start.output = safety.output;
    start.arguments = {
        "create",
        "--kind",
        "safety",
        "--allow-shrink",
        "--keep",
        safety.keep_all ? keep_all : keep_some,
        "--lock-wait",
        time::spell_duration(safety.lock_wait)};
    if (!safety.environment.empty()) {
        start.arguments.insert(start.arguments.end(), {"--environment", safety.environment});
    }
    for (auto const& folder : safety.folders) {
        start.arguments.insert(start.arguments.end(), {"--to", folder.string()});
    }
    for (auto const& recipient : safety.recipients) {
        start.arguments.insert(start.arguments.end(), {"--encrypt", recipient});
    }
    if (safety.recipients.empty()) {
        // As the backup that it goes beside; without one nothing would go on.
        start.arguments.emplace_back("--allow-unencrypted");
    }
    start.environment = {{"DATABASE_URL", safety.database_url}, {"SLIPWAY_RUN_ID", safety.run_id}};
    start.environment.insert(
        start.environment.end(), safety.settings.begin(), safety.settings.end());
    start.timeout = safety.timeout;
    start.on_log_line = safety.on_log_line;
    return run(start, stop);
}

} // namespace slipway::step
