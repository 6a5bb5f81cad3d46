// SPDX-License-Identifier: Apache-2.0
#include "dry_run.hpp"

#include "shadow.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

std::string dry_run_words(Session const& session) {
    return fmt::format("on {} ({})", session.where.redacted(), session.folder.path.string());
}

} // namespace

void dry_run(Session& session, std::vector<Prepared> const& prepared) {
    if (session.options.dry_run == "shadow") {
        shadow(session, prepared);
        return;
    }
    if (session.context.production(session.where.is_local())) {
        session.context.confirm(fmt::format(
            "Run {} and roll back {}?",
            text::counted(prepared.size(), "migration"),
            dry_run_words(session)));
    }
    session.fill_data();
    try_and_roll_back(session, prepared);
    session.fill_data();
    session.context.record.summary = fmt::format(
        "{} would apply; all was rolled back", text::counted(prepared.size(), "migration"));
}

} // namespace slipway::migrate_apply
