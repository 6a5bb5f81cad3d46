// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/node.hpp"

#include <string>
#include <vector>

namespace slipway::smoke_http {

/// A step as far as choosing by tags needs it, before the variables in it must be set.
struct Outline {
    std::vector<std::string> tags;
    std::vector<std::string> needs;
    std::vector<std::string> captures;
    std::string text; // for the placeholders in it
};

Outline outline_of(config::Node const& node);

/// The steps with one of the tags and, from the back, those that they need or take values from.
std::vector<config::Node>
choose(std::vector<config::Node> const& nodes, std::vector<std::string> const& tags);

} // namespace slipway::smoke_http
