// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migration/file.hpp"
#include "sql/classify.hpp"
#include "sql/split.hpp"

#include <string>
#include <vector>

namespace slipway::migration {

/// One statement to run.
struct Step {
    sql::Statement statement; // views into the script's text
    sql::Nature nature;
};

/// A migration taken apart; move-only, since the steps point into the text.
struct Script {
    Script() = default;
    Script(Script const&) = delete;
    Script& operator=(Script const&) = delete;
    Script(Script&&) noexcept = default;
    Script& operator=(Script&&) noexcept = default;
    ~Script() = default;

    std::unique_ptr<std::string const> text; // does not move when the script does
    std::string file;
    std::vector<Step> steps;
    bool transactional = true; // all steps may run in one transaction
    int set_aside = 0;         // BEGIN and COMMIT around the whole, and harmless psql commands

    /// The place of a step, or of the server's error position inside it.
    [[nodiscard]] Where place(Step const& step, std::int64_t position = 0) const;
};

/// Reads and splits a migration. BEGIN and COMMIT around the whole file are set aside, for the
/// tool makes the transaction; inside of it they are refused, as are psql commands other than
/// harmless ones: usage, with file and line.
Script read_script(File const& file);

} // namespace slipway::migration
