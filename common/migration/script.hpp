// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migration/file.hpp"
#include "migration/source.hpp"
#include "migration/steps.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

/// A migration taken apart, the files included that `\i` and `\ir` name; move-only, since the
/// steps point into the texts.
struct Script {
    Script() = default;
    Script(Script const&) = delete;
    Script& operator=(Script const&) = delete;
    Script(Script&&) noexcept = default;
    Script& operator=(Script&&) noexcept = default;
    ~Script() = default;

    std::vector<std::unique_ptr<Source const>> sources; // do not move when the script does
    std::vector<std::unique_ptr<std::vector<std::string> const>> says; // of the steps
    std::string file;
    Steps steps;
    std::vector<std::string> says_last; // what `\echo` prints after the last step
    bool transactional = true;          // all steps may run in one transaction
    int set_aside = 0; // BEGIN and COMMIT around the whole, and psql commands that are followed

    /// The place of a step, or of the server's error position inside it.
    [[nodiscard]] Where place(Step const& step, std::int64_t position = 0) const;

    /// Whether a word stands anywhere in its texts.
    [[nodiscard]] bool mentions(std::string_view word) const;
};

/// Reads and splits a migration. BEGIN and COMMIT around the whole file are set aside, for the
/// tool makes the transaction; inside of it they are refused. Of psql's commands `\i`, `\ir`,
/// `\set`, `\unset` and `\echo` do what they do in psql, those that only change what is printed
/// are set aside, and others refused: usage, with file and line.
Script read_script(File const& file);

/// The text that read_script() takes apart, without what `\i` includes: what is not to be applied is
/// blank, and values are in their places. Throws as read_script() does for a value that is missing.
fs::Content read_text(File const& file);

/// Reads the way back of a migration as read_script does: File::down, of which only the part that
/// undoes counts, or the ```sql blocks of a ROLLBACK.md. Throws refused where there is none.
Script read_down(File const& file);

/// Reads a script of assertions, File::verify or another; around it BEGIN and ROLLBACK are set
/// aside as well.
Script read_beside(File const& file, fs::Path const& script);

} // namespace slipway::migration
