// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/document.hpp"

#include <string>
#include <string_view>

namespace slipway::deploy_run {

/// The pipeline as `environments: {NAME: …}` has it for this environment: its `env` and, by step,
/// `with`, `env` and other keys are put over those of the file; each value keeps its own place.
/// `environments` itself is gone. Throws usage with the place where it names an unknown step.
config::Document overlaid(config::Document const& document, std::string_view environment);

} // namespace slipway::deploy_run
