// SPDX-License-Identifier: Apache-2.0
// Any bytes as JSON: what parses is written and parses again to the same.
#include "error/error.hpp"
#include "json/value.hpp"

#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text{reinterpret_cast<char const*>(data), size};
    json::Value value;
    try {
        value = json::parse(text, "fuzz.json");
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::usage) {
            std::abort();
        }
        return 0;
    }
    for (bool const indented : {false, true}) {
        if (json::parse(json::write(value, indented), "written") != value) {
            std::abort();
        }
    }
    return 0;
}
