// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: comments that silence rules.
#pragma once

#include "sql/split.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::lint {

/// A comment that silences rules for one statement, or for the file.
struct Ignore {
    enum class Dialect : std::uint8_t { slipway, squawk, eugene };

    Dialect dialect = Dialect::slipway;
    std::vector<std::string> names; // as they are written
    bool every_rule = false;        // none is named: squawk's alone
    bool whole_file = false;
    std::string reason;
    std::size_t offset = 0;    // of the comment, in the script
    std::size_t statement = 0; // its index; that of the last one plus one where none follows
    bool used = false;
};

/// The comments `-- slipway:ignore RULE[, RULE] reason`, `-- slipway:ignore-file …`,
/// `-- squawk-ignore[-file] [RULE, …]` and `-- eugene: ignore E1`, each for the statement that it
/// stands in, or that ends on its line, or that comes next.
std::vector<Ignore>
find_ignores(std::string_view script, std::vector<sql::Statement> const& statements);

} // namespace slipway::lint
