// SPDX-License-Identifier: Apache-2.0
#include "own_variables.hpp"

#include "ci/environment.hpp"

namespace slipway::monitor {

std::vector<std::string> own_variables() {
    std::vector<std::string> out;
    for (auto const& entry : ci::environment()) {
        if (entry.starts_with("SLIPWAY_MONITOR_")) {
            out.push_back(entry.substr(0, entry.find('=')));
        }
    }
    return out;
}

} // namespace slipway::monitor
