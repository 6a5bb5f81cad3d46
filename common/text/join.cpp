// SPDX-License-Identifier: Apache-2.0
#include "text/join.hpp"

#include <algorithm>
#include <numeric>

namespace slipway::text {

namespace {
constexpr std::string_view white_space = " \t\r\n\f\v";

char lower_char(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const substituted = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row.back();
}
} // namespace

std::string join(std::span<std::string const> parts, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) {
            out += separator;
        }
        out += parts[i];
    }
    return out;
}

std::string
join_first(std::span<std::string const> parts, std::string_view separator, std::size_t most) {
    if (parts.size() <= most) {
        return join(parts, separator);
    }
    return join(parts.first(most), separator) + std::string{separator} + "and " +
           std::to_string(parts.size() - most) + " more";
}

std::vector<std::string_view> split(std::string_view value, char separator) {
    std::vector<std::string_view> out;
    std::size_t start = 0;
    for (;;) {
        std::size_t const end = value.find(separator, start);
        if (end == std::string_view::npos) {
            out.push_back(value.substr(start));
            return out;
        }
        out.push_back(value.substr(start, end - start));
        start = end + 1;
    }
}

std::vector<std::string_view> lines(std::string_view value) {
    auto out = split(value, '\n');
    if (out.back().empty()) {
        out.pop_back();
    }
    for (auto& line : out) {
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
    }
    return out;
}

std::string_view trim(std::string_view value) {
    std::size_t const first = value.find_first_not_of(white_space);
    if (first == std::string_view::npos) {
        return {};
    }
    return value.substr(first, value.find_last_not_of(white_space) - first + 1);
}

std::string lower(std::string_view value) {
    std::string out{value};
    std::transform(out.begin(), out.end(), out.begin(), lower_char);
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return lower_char(x) == lower_char(y);
    });
}

std::string replace_all(std::string_view value, std::string_view from, std::string_view to) {
    std::string out;
    std::size_t start = 0;
    for (std::size_t at = value.find(from); at != std::string_view::npos;
         at = value.find(from, start)) {
        out += value.substr(start, at - start);
        out += to;
        start = at + from.size();
    }
    out += value.substr(start);
    return out;
}

std::string shorten(std::string_view value, std::size_t limit) {
    constexpr std::string_view ellipsis = "…";
    if (value.size() <= limit) {
        return std::string{value};
    }
    if (limit < ellipsis.size()) {
        return {};
    }
    std::size_t end = limit - ellipsis.size();
    auto const continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(value[at]) & 0xC0U) == 0x80U;
    };
    while (end > 0 && continues(end)) {
        --end;
    }
    return std::string{value.substr(0, end)} + std::string{ellipsis};
}

std::string counted(std::size_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string{noun} + (count == 1 ? "" : "s");
}

std::string nearest(std::string_view word, std::span<std::string const> candidates) {
    std::string best;
    // A word of which most letters are wrong is another word.
    std::size_t best_distance =
        std::min(std::max<std::size_t>(2, word.size() / 3) + 1, word.size() / 2 + 1);
    for (auto const& candidate : candidates) {
        std::size_t const distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

} // namespace slipway::text
