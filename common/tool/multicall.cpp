// SPDX-License-Identifier: Apache-2.0
#include "tool/multicall.hpp"

#include "error/error.hpp"
#include "tool/main.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

namespace slipway::tool {

namespace {

Entry const* find(std::span<Entry const> tools, std::string_view name) {
    auto const found = std::find_if(
        tools.begin(), tools.end(), [&](Entry const& each) { return each.name == name; });
    return found == tools.end() ? nullptr : &*found;
}

std::string listing(std::span<Entry const> tools) {
    std::string out = fmt::format(
        "slipway {}: from merged to safely live, a tool a step\n\n"
        "usage: slipway TOOL [OPTION…], or TOOL by a symbolic link of its name\n\n",
        version());
    for (auto const& tool : tools) {
        out += fmt::format("  {:<18} {}\n", tool.name, tool.summary);
    }
    return out + "\n`slipway TOOL --help` tells more of each.\n";
}

} // namespace

int multicall(int argc, char const* const* argv, std::span<Entry const> tools) {
    std::string const called = argc > 0 ? std::filesystem::path{argv[0]}.filename().string() : "";
    if (auto const* tool = find(tools, called)) {
        return run_instance(argc, argv, tool->instance());
    }
    std::string_view const first = argc > 1 ? argv[1] : "";
    if (auto const* tool = find(tools, first)) {
        return run_instance(argc - 1, argv + 1, tool->instance());
    }
    if (first == "--version") {
        fmt::print("slipway {}\n", version());
        return 0;
    }
    bool const asked = first == "--help" || first == "-h";
    if (!asked && !first.empty()) {
        fmt::print(stderr, "slipway: there is no tool {}\n", first);
    }
    fmt::print(asked ? stdout : stderr, "{}", listing(tools));
    return asked ? 0 : exit_code(ErrorKind::usage);
}

} // namespace slipway::tool
