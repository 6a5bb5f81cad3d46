// SPDX-License-Identifier: Apache-2.0
// Any bytes as a duration, a time and text.
#include "text/utf8.hpp"
#include "time/duration.hpp"
#include "time/rfc3339.hpp"

#include <cstdint>
#include <cstdlib>

using namespace slipway;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void durations(std::string_view text) {
    if (auto const duration = time::parse_duration(text)) {
        require(duration->count() >= 0);
        require(time::parse_duration(time::spell_duration(*duration)) == duration);
        require(!time::human_duration(*duration).empty());
    }
}

void instants(std::string_view text) {
    if (auto const instant = time::from_rfc3339(text)) {
        auto const again = time::from_rfc3339(time::to_rfc3339(*instant));
        // What is written has milliseconds, of years that have four digits.
        if (again) {
            require(time::to_rfc3339(*again) == time::to_rfc3339(*instant));
        }
        require(!time::to_basic(*instant).empty());
    }
}

void characters(std::string_view text) {
    std::string const mended = text::to_utf8(text);
    require(text::valid_utf8(mended));
    require(!text::valid_utf8(text) || mended == text);
    require(text::code_points(mended) <= mended.size());
    require(text::valid_utf8(text::printable(text)));
    std::string const line = text::printable_line(text);
    require(text::valid_utf8(line));
    for (char const c : line) {
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text{reinterpret_cast<char const*>(data), size};
    durations(text);
    instants(text);
    characters(text);
    return 0;
}
