// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline.hpp"

#include <cstddef>
#include <vector>

namespace slipway::deploy_run {

/// Which steps wait for which others: one with `needs` for these and its inputs, one without for
/// all that stand before it.
class Order {
public:
    explicit Order(Pipeline const& pipeline);

    /// The steps that step `index` waits for, also those that others of them wait for; ascending.
    [[nodiscard]] std::vector<std::size_t> const& before(std::size_t index) const {
        return before_[index];
    }

    /// Of before(), those that no other of them waits for: the arrows of a drawing.
    [[nodiscard]] std::vector<std::size_t> right_before(std::size_t index) const;

private:
    std::vector<std::vector<std::size_t>> before_;
};

} // namespace slipway::deploy_run
