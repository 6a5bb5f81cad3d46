// SPDX-License-Identifier: Apache-2.0
#include "testreport/place.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"

#include <charconv>
#include <optional>

namespace slipway::testreport {

namespace {

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool const whole = code == std::errc{} && end == text.data() + text.size() && value > 0;
    return whole ? std::optional{value} : std::nullopt;
}

// What stands behind `- file` or `- line` and a colon.
std::string_view after_label(std::string_view line, std::string_view label) {
    line = text::trim(line);
    if (!line.starts_with(label)) {
        return {};
    }
    auto const colon = line.find(':');
    return colon == std::string_view::npos ? std::string_view{}
                                           : text::trim(line.substr(colon + 1));
}

// `a.mjs:3:7` or `a.py:3` with anything in front of the last one or two numbers.
std::optional<Where> with_line(std::string_view place) {
    auto const last = place.rfind(':');
    if (last == std::string_view::npos || last == 0) {
        return std::nullopt;
    }
    auto const second = number(place.substr(last + 1));
    auto const before = place.rfind(':', last - 1);
    auto const first = before == std::string_view::npos || before == 0
                           ? std::nullopt
                           : number(place.substr(before + 1, last - before - 1));
    if (!second) {
        return std::nullopt;
    }
    return first ? Where{std::string{place.substr(0, before)}, *first, *second}
                 : Where{std::string{place.substr(0, last)}, *second, 0};
}

// A frame of V8's: `at name (file:///x/a.mjs:3:7)` or `at /x/a.js:3:7`; not node's own code and
// not what was installed.
std::optional<Where> in_frame(std::string_view line) {
    line = text::trim(line);
    // TAP has the frames without `at`, vitest with a sign of its own.
    constexpr std::string_view vitest = "❯ ";
    if (line.starts_with(vitest)) {
        line.remove_prefix(vitest.size());
        line = line.substr(line.rfind(' ') + 1);
    } else if (line.starts_with("at ")) {
        line.remove_prefix(3);
    } else if (line.starts_with("at: \"")) {
        line = line.substr(5, line.size() - 6);
    } else if (line.find("(file://") == std::string_view::npos) {
        return std::nullopt;
    }
    if (auto const open = line.rfind('('); open != std::string_view::npos) {
        auto const close = line.find(')', open);
        line = line.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    }
    if (line.starts_with("node:") || line.find("/node_modules/") != std::string_view::npos) {
        return std::nullopt;
    }
    bool const address = line.starts_with("file://");
    auto where = with_line(address ? line.substr(7) : line);
    if (!where || where->column == 0) {
        return std::nullopt;
    }
    if (address) {
        where->file = text::percent_decode(where->file).value_or(where->file);
    }
    return where;
}

// `tests/test_shop.py:12: AssertionError`.
std::optional<Where> of_pytest(std::string_view line) {
    auto const colon = line.find(".py:");
    auto const end = colon == std::string_view::npos ? colon : line.find(": ", colon + 4);
    if (end == std::string_view::npos ||
        line.substr(0, colon).find(' ') != std::string_view::npos) {
        return std::nullopt;
    }
    return with_line(line.substr(0, end));
}

} // namespace

Where place_in(std::string_view details) {
    // node's runner wraps what was thrown: the frames of the wrapper are those of the runner.
    if (auto const cause = details.find("\n  cause: "); cause != std::string_view::npos) {
        if (auto inner = place_in(details.substr(cause + 1)); inner.known()) {
            return inner;
        }
    }
    std::string_view file;
    for (auto const line : text::lines(details)) {
        if (auto const named = after_label(line, "- file"); !named.empty()) {
            file = named;
        }
        // Boost writes line 0 of an unknown location where an exception came from elsewhere.
        if (auto const named = number(after_label(line, "- line")); named && !file.empty()) {
            return {std::string{file}, *named, 0};
        }
        for (auto const& found : {in_frame(line), of_pytest(line)}) {
            if (found) {
                return *found;
            }
        }
    }
    return {};
}

} // namespace slipway::testreport
