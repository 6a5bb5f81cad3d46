// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "described.hpp"
#include "pipeline.hpp"
#include "secret/redactor.hpp"

namespace slipway::deploy_run {

/// Learns what a step's command may print: the variables of the environment and of the pipeline
/// whose names sound secret, and the passwords inside any address that they hold.
void learn_secrets(Pipeline const& pipeline, secret::Redactor& redactor);

/// Learns the values of the variables that set a tool's secret options.
void learn_secrets(Described const& tool, secret::Redactor& redactor);

} // namespace slipway::deploy_run
