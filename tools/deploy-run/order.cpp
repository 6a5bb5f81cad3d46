// SPDX-License-Identifier: Apache-2.0
#include "order.hpp"

#include <algorithm>
#include <set>

namespace slipway::deploy_run {

Order::Order(Pipeline const& pipeline) {
    for (auto const& step : pipeline.steps) {
        std::set<std::size_t> all;
        auto const wait_for = [&](std::size_t index) {
            all.insert(index);
            all.insert(before_[index].begin(), before_[index].end());
        };
        if (step.needs) {
            for (auto const* named : {&*step.needs, &step.inputs}) {
                for (auto const& id : *named) {
                    wait_for(position_of(pipeline, id, "needs"));
                }
            }
        } else {
            for (std::size_t i = 0; i < before_.size(); ++i) {
                wait_for(i);
            }
        }
        before_.emplace_back(all.begin(), all.end());
    }
}

std::vector<std::size_t> Order::right_before(std::size_t index) const {
    std::vector<std::size_t> out;
    for (auto const one : before_[index]) {
        bool const through_another =
            std::any_of(before_[index].begin(), before_[index].end(), [&](std::size_t other) {
                return std::binary_search(before_[other].begin(), before_[other].end(), one);
            });
        if (!through_another) {
            out.push_back(one);
        }
    }
    return out;
}

} // namespace slipway::deploy_run
