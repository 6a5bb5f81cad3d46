// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "project.hpp"
#include "tool/context.hpp"

#include <string>
#include <vector>

namespace slipway::deploy_run {

/// A pipeline for a project, with what could not be found out.
struct Written {
    std::string text; // YAML
    std::vector<std::string> missing;
};

/// The standard deployment of that project; what is missing is left out of it and named.
Written pipeline_for(Project const& project);

/// Writes a pipeline for the folder that it is started in; refuses where the file is there.
void init(fs::Path const& file, tool::Context& context);

} // namespace slipway::deploy_run
