// SPDX-License-Identifier: Apache-2.0
#include "safety.hpp"

#include "error/error.hpp"
#include "signal/stop.hpp"
#include "step/safety.hpp"

#include <nlohmann/json.hpp>

namespace slipway::db_restore {

backup::Manifest make_safety_backup(
    pg::ConnInfo const& live,
    Chosen const& source,
    Options const& options,
    tool::Context& context) {
    step::Safety safety;
    safety.database_url = live.uri().reveal();
    safety.run_id = context.record.run.id;
    safety.environment = context.options.environment;
    safety.folders = options.from.empty() ? std::vector{source.place} : options.from;
    if (source.encryption) {
        safety.recipients = source.encryption->recipients;
    }
    safety.settings = storage::handed_on(options.storage, "DB_BACKUP");
    safety.output = step::output_below(context.record_path, 1, "db-backup");
    safety.keep_all = source.stored.manifest.kind == backup::Kind::safety;
    safety.lock_wait = options.lock_wait;
    if (!context.deadline.is_never()) {
        safety.timeout = context.deadline.remaining();
    }
    safety.on_log_line = [&](std::string_view line) {
        context.log.debug(line);
    };
    context.log.info("backing the live database up first");
    auto const ended = step::make_safety_backup(safety, context.stop);
    signal::throw_if_stopped(context.stop);
    if (ended.record) {
        context.rely_on(*ended.record);
    }
    try {
        auto const& found = step::require_success(ended, "the safety backup failed");
        auto manifest = backup::from_json(*found.record.data, found.path.string());
        context.log.info("the live database is backed up", {{"id", manifest.id}});
        return manifest;
    } catch (Error const& error) {
        throw error.with_hint(
            error.hint() + (error.hint().empty() ? "" : " ") +
            "Nothing has changed. --no-safety-backup goes on without one.");
    }
}

} // namespace slipway::db_restore
