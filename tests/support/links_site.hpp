// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/database.hpp"
#include "support/run_tool.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::support {

/// A database of the sample application with all its migrations, and links-migrate run on it.
class LinksSite {
public:
    /// With the seed's 5,000 profiles, or with none.
    explicit LinksSite(bool seeded = true);

    /// Runs links-migrate in the environment `test`, unless `more` says another.
    [[nodiscard]] ToolRun
    run(std::vector<std::string> args = {}, Environment const& more = {}) const;

    [[nodiscard]] Environment environment(Environment const& more = {}) const;

    /// One value of a query, as text; empty for null.
    [[nodiscard]] std::string ask(std::string_view sql) const;

    /// Adds a profile with this JSON (SQL null where empty), known by its number.
    void add_profile(int number, std::string const& json) const;

    /// `position type label url` of the links of that profile, by position, one a line.
    [[nodiscard]] std::string links(int number) const;

    /// A digest of all rows of the target without ids and times, and of the source's column.
    [[nodiscard]] std::string target_digest() const;
    [[nodiscard]] std::string source_digest() const;

    Database db;
};

/// A count of the record's `counts` of this start.
std::int64_t count(ToolRun const& run, std::string const& name);

} // namespace slipway::support
