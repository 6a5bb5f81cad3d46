// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace slipway::support {

/// Makes values that look like the legacy links, and break in the places where those break.
class LinksMaker {
public:
    explicit LinksMaker(unsigned seed) : random_(seed) {}

    nlohmann::ordered_json value();

    std::string url();

private:
    nlohmann::ordered_json deep();
    nlohmann::ordered_json huge();
    nlohmann::ordered_json scalar();
    nlohmann::ordered_json link();
    nlohmann::ordered_json member(int depth);
    nlohmann::ordered_json container(int depth);
    std::string name();
    std::string const& one(std::vector<std::string> const& all, std::size_t usual);
    std::size_t pick(std::size_t below) { return random_() % below; }

    std::mt19937 random_;
};

} // namespace slipway::support
