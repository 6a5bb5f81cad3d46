// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"
#include "json/value.hpp"

#include <string>
#include <string_view>

namespace slipway::cli {

/// The text of --help, at most 100 columns wide.
std::string help(Spec const& spec);

/// The option table as JSON (--describe), from which documents, man pages, actions and shell
/// completion are made; docs/schema/describe-1.json describes it.
json::Value describe(Spec const& spec, std::string_view version);

} // namespace slipway::cli
