// SPDX-License-Identifier: Apache-2.0
#include "s3/answer.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace slipway::s3 {

std::string field(xml::Element const& element, std::string_view name) {
    for (auto const& child : element.children()) {
        if (child.name() == name) {
            return child.text();
        }
    }
    return {};
}

std::vector<xml::Element> each(xml::Element const& element, std::string_view name) {
    std::vector<xml::Element> out;
    for (auto const& child : element.children()) {
        if (child.name() == name) {
            out.push_back(child);
        }
    }
    return out;
}

std::uint64_t number(std::string_view text) {
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

time::Instant instant(std::string_view text) {
    return time::from_rfc3339(text).value_or(time::Instant{});
}

std::optional<time::Instant> http_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const words = text::split(text, ' ');
    if (words.size() != 6) {
        return std::nullopt;
    }
    for (std::size_t month = 0; month < months.size(); ++month) {
        if (words[2] == months[month]) {
            return time::from_rfc3339(
                fmt::format("{}-{:02}-{}T{}Z", words[3], month + 1, words[1], words[4]));
        }
    }
    return std::nullopt;
}

std::string bare(std::string_view etag) {
    std::string out{text::trim(etag)};
    if (out.size() >= 2 && out.front() == '"' && out.back() == '"') {
        out = out.substr(1, out.size() - 2);
    }
    return out;
}

std::string key_of(xml::Element const& root, std::string const& text) {
    if (field(root, "EncodingType") != "url") {
        return text;
    }
    // A form's encoding: a plus sign is a blank.
    return text::percent_decode(text::replace_all(text, "+", "%20")).value_or(text);
}

} // namespace slipway::s3
