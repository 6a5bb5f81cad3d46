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

/// The files of these migrations, in one of the two layouts.
struct Series {
    std::vector<Migration> migrations;
    bool prisma = false;

    void write_to(support::MigrationSite& site) const;
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

/// Tests that one more run completes everything: as an undisturbed one, and no index INVALID.
void require_completion(
    support::MigrationSite const& site,
    Series const& series,
    Undisturbed const& whole,
    std::string const& when);

} // namespace slipway::faults
