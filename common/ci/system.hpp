// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::ci {

enum class System : std::uint8_t { none, github, codebuild, other };

/// What the CI system says of this run; fields are empty where it says nothing.
struct Facts {
    System system = System::none;
    std::string run_id;
    std::int64_t attempt = 1;
    std::string job;
    std::string commit;
    std::string ref;
    std::string url;
    std::string actor;
};

/// Reads GITHUB_*, CODEBUILD_* or CI from the environment.
Facts detect();

/// `github`, `codebuild`, `other` or empty.
std::string_view name(System system);

enum class Level : std::uint8_t { notice, warning, error };

/// A GitHub workflow command that marks a line of a file, every field escaped
/// (docs.github.com, "Workflow commands"); one line with its newline.
std::string
annotation(Level level, Where const& where, std::string_view title, std::string_view message);

/// The workflow command that makes GitHub hide a value in all later output.
std::string mask_command(std::string_view value);

/// Appends `name=value` to the file named by GITHUB_OUTPUT, with a random delimiter so that no
/// value can forge another; does nothing where the variable is unset.
void write_output(std::string_view name, std::string_view value);

/// Appends Markdown to the file named by GITHUB_STEP_SUMMARY; does nothing where it is unset.
void write_step_summary(std::string_view markdown);

} // namespace slipway::ci
