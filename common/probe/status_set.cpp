// SPDX-License-Identifier: Apache-2.0
#include "probe/status_set.hpp"

#include "error/error.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

constexpr std::size_t digits = 3;

bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

std::pair<int, int> range_of(std::string const& word) {
    bool const leads = word.size() == digits && word[0] >= '1' && word[0] <= '5';
    if (leads && (word.substr(1) == "xx" || word.substr(1) == "XX")) {
        int const first = (word[0] - '0') * 100;
        return {first, first + 99};
    }
    if (leads && is_digit(word[1]) && is_digit(word[2])) {
        int const status = std::stoi(word);
        return {status, status};
    }
    throw Error{
        ErrorKind::usage,
        fmt::format("\"{}\" is no HTTP status", text::printable_line(word)),
        "Write a status such as 200, a class such as 2xx, or a list of these."};
}

} // namespace

StatusSet::StatusSet(std::vector<std::string> const& words) : words_(words) {
    for (auto const& word : words) {
        ranges_.push_back(range_of(word));
    }
}

bool StatusSet::has(int status) const {
    return std::any_of(ranges_.begin(), ranges_.end(), [status](auto const& range) {
        return status >= range.first && status <= range.second;
    });
}

std::string StatusSet::text() const {
    return text::join(words_, " or ");
}

std::string status_text(int status) {
    constexpr std::array<std::pair<int, std::string_view>, 27> phrases{{
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {423, "Locked"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    }};
    auto const* const found =
        std::find_if(phrases.begin(), phrases.end(), [status](auto const& phrase) {
            return phrase.first == status;
        });
    return found == phrases.end() ? std::to_string(status)
                                  : fmt::format("{} {}", status, found->second);
}

} // namespace slipway::probe
