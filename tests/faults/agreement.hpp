// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/snapshot.hpp"
#include "support/migration_site.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace slipway::faults {

/// One statement of a migration, and the relation that it makes.
struct Part {
    std::string statement;
    std::string makes;
};

struct Migration {
    std::string name;
    bool transactional = true;
    std::vector<Part> parts;
};

/// The files of these migrations, in one of the layouts that migrate-apply knows. Their names are
/// numbers of two digits and a word: `01_a`.
struct Series {
    std::vector<Migration> migrations;
    std::string layout;

    void write_to(support::MigrationSite& site) const;

    /// Some folders look like others.
    [[nodiscard]] std::vector<std::string> options() const { return {"--layout", layout}; }

    /// What the history of the layout has for the migration.
    [[nodiscard]] std::string
    version_of(support::MigrationSite const& site, Migration const& migration) const;
};

/// What an undisturbed run makes, and how long it takes.
struct Undisturbed {
    catalog::SchemaSnapshot schema;
    std::chrono::milliseconds duration{0};
};

Undisturbed run_undisturbed(Series const& series);

/// Tests that the history and the relations of one instant agree: all of a finished migration is
/// there, nothing of one without a row, and of one without a transaction what its note says, give
/// or take the one statement that may be under way.
void require_agreement(
    support::MigrationSite const& site,
    Series const& series,
    std::string const& when);

/// Tests that the record of a run that ended by itself calls applied what is, and nothing else.
void require_true_record(
    support::MigrationSite const& site,
    Series const& series,
    support::ToolRun const& run,
    std::string const& when);

/// Tests that one more run completes everything: as an undisturbed one, and no index INVALID.
void require_completion(
    support::MigrationSite const& site,
    Series const& series,
    Undisturbed const& whole,
    std::string const& when);

} // namespace slipway::faults
