// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::links_migrate {

/// Where the rows stand that a dry-run looked at, and when.
struct Looked {
    std::string snapshot; // as pg_current_snapshot() says it
    std::vector<Range> ranges;
    std::int64_t limit = 0; // rows; none
};

/// `data.plan` of a record.
json::Value to_json(Looked const& looked);

/// Goes through the ranges in batches, inside of the caller's transaction; `only` as Transformer has
/// it. Keeps some samples and writes the rejected items to the file where they are wanted.
class Look {
public:
    Look(Session& session, Tables const& tables, bool with_ledger, std::string const& only = {});

    /// What a run would do there.
    Outcome go(std::vector<Range> const& ranges, std::string const& title);

    /// Up to --limit, with samples and the file of rejected items.
    Outcome go_and_show(std::vector<Range> const& ranges, std::vector<Sample>& samples);

private:
    Outcome
    walk(std::vector<Range> const& ranges, std::string const& title, std::vector<Sample>* samples);

    Session& session_;
    Transformer transformer_;
};

/// Where --plan names the record of a dry-run: refuses unless mapping and counts are still what it
/// shows. Rows of the source that were written since are counted apart and told.
void require_plan(Session& session, Tables const& tables, bool with_ledger);

} // namespace slipway::links_migrate
