// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace slipway::secret {

/// A string that no stream, format or record prints; only reveal() shows it.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}

    /// The value itself, for the one call that needs it; the view lives as long as the secret.
    [[nodiscard]] std::string const& reveal() const { return value_; }

    [[nodiscard]] bool empty() const { return value_.empty(); }

private:
    std::string value_;
};

} // namespace slipway::secret
