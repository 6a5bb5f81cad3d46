// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool/definition.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace slipway::tool {

/// A tool inside the executable that is all of them.
struct Entry {
    std::string_view name;
    std::string_view summary;
    std::function<Instance()> instance;
};

template <class Options>
Entry entry(Definition<Options> const& definition) {
    return {definition.name, definition.summary, [definition] {
                return definition.instance();
            }};
}

/// Runs the tool by whose name the executable was called (a symbolic link), else the one that the
/// first argument names; without any, `--help` lists them and `--version` tells the release.
int multicall(int argc, char const* const* argv, std::span<Entry const> tools);

} // namespace slipway::tool
