// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lint/lint.hpp"
#include "log/logger.hpp"
#include "plan/plan.hpp"
#include "record/record.hpp"

#include <string>
#include <vector>

namespace slipway::migrate_apply {

/// One statement of a plan, for people and for the record.
struct Planned {
    std::string id; // of the migration
    Where where;
    std::string text; // on one line
    plan::Outlook const* outlook = nullptr;
    std::vector<lint::Finding const*> findings;
};

/// Tells it in the log: the statement, its locks, what the data say, what lint found.
void tell(Planned const& planned, log::Logger& log);

/// What of it may go wrong, as checks: broken data fail, long locks and findings warn.
std::vector<record::Check> checks_of(Planned const& planned);

/// `data.migrations[].statements[]`: what is known beside its place and text.
json::Value to_json(Planned const& planned);

/// `2 statements block reads and writes, 1 of them for a moment`; empty where none does.
std::string blocking_words(std::vector<Planned> const& all);

} // namespace slipway::migrate_apply
