// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

/// Where values come from besides the command line; the first that has one counts, in the order
/// command line, SLIPWAY_<TOOL>_<NAME>, the option's other variables, configuration, default.
struct Sources {
    std::function<std::optional<std::string>(std::string const&)> variable;
    /// The values of an option in the configuration file, given its path; may be empty.
    std::function<std::optional<std::vector<std::string>>(fs::Path const&, Option const&)>
        configuration;
    bool refuse_literal_secrets = false; // in CI, where command lines are logged
};

/// What the caller must do.
struct Parsed {
    enum class Wish : std::uint8_t { run, help, version, describe };
    Wish wish = Wish::run;
    std::string verb;                 // empty where the tool has none
    std::vector<std::string> secrets; // the values of secret options, for the redactor
};

/// Reads the command line into the bound variables; throws usage, naming the option and the
/// nearest known one. Opens no file but those that `@FILE` and --config name.
Parsed parse(Spec const& spec, std::vector<std::string> const& arguments, Sources const& sources);

} // namespace slipway::cli
