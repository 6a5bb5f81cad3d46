// SPDX-License-Identifier: Apache-2.0
#include "secrets.hpp"

#include "ci/environment.hpp"
#include "secret/variable.hpp"

namespace slipway::deploy_run {

void learn_secrets(Pipeline const& pipeline, secret::Redactor& redactor) {
    for (auto const& entry : ci::environment()) {
        secret::learn_entry(entry, redactor);
    }
    for (auto const& step : pipeline.steps) {
        for (auto const& [name, value] : step.environment) {
            secret::learn_variable(name, value, redactor);
        }
    }
}

void learn_secrets(Described const& tool, secret::Redactor& redactor) {
    for (auto const& option : tool.options) {
        if (!option.is_secret()) {
            continue;
        }
        for (auto const& name : option.variables) {
            if (auto const value = ci::variable(name)) {
                redactor.add(*value);
            }
        }
    }
}

} // namespace slipway::deploy_run
