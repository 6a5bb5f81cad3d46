// SPDX-License-Identifier: Apache-2.0
#include "ci/environment.hpp"

#include <cstdlib>

#include <unistd.h>

namespace slipway::ci {

std::optional<std::string> variable(std::string_view name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody in the house changes the environment.
    char const* const value = std::getenv(std::string{name}.c_str());
    if (value == nullptr || *value == '\0') {
        return std::nullopt;
    }
    return value;
}

std::optional<std::string> first_variable(std::vector<std::string> const& names) {
    for (auto const& name : names) {
        if (auto value = variable(name)) {
            return value;
        }
    }
    return std::nullopt;
}

std::vector<std::string> environment() {
    std::vector<std::string> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        out.emplace_back(*entry);
    }
    return out;
}

} // namespace slipway::ci
