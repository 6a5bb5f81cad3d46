// SPDX-License-Identifier: Apache-2.0
#include "lint/type_name.hpp"

#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace slipway::lint {

namespace {

struct Spelled {
    std::string_view long_name;
    std::string_view name;
};

constexpr std::array spellings{
    Spelled{"character varying", "varchar"},
    Spelled{"char varying", "varchar"},
    Spelled{"national character varying", "varchar"},
    Spelled{"national char varying", "varchar"},
    Spelled{"nchar varying", "varchar"},
    Spelled{"character", "char"},
    Spelled{"national character", "char"},
    Spelled{"national char", "char"},
    Spelled{"nchar", "char"},
    Spelled{"bpchar", "char"},
    Spelled{"integer", "int"},
    Spelled{"int4", "int"},
    Spelled{"serial4", "serial"},
    Spelled{"int2", "smallint"},
    Spelled{"serial2", "smallserial"},
    Spelled{"int8", "bigint"},
    Spelled{"decimal", "numeric"},
    Spelled{"dec", "numeric"},
    Spelled{"bit varying", "varbit"},
    Spelled{"timestamp without time zone", "timestamp"},
    Spelled{"timestamp with time zone", "timestamptz"},
    Spelled{"time without time zone", "time"},
    Spelled{"time with time zone", "timetz"},
};

std::vector<int> numbers(std::string_view list) {
    std::vector<int> out;
    for (auto const part : text::split(list, ',')) {
        auto const digits = text::trim(part);
        int number = 0;
        auto const [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error == std::errc{} && end == digits.data() + digits.size()) {
            out.push_back(number);
        }
    }
    return out;
}

// One blank between the words.
std::string squeezed(std::string_view words) {
    std::string out;
    for (char const byte : words) {
        bool const blank = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
        if (!blank) {
            out += byte;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    return std::string{text::trim(out)};
}

bool is(TypeName const& type, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), type.name) != names.end();
}

// Whether each limit is at least what it was, or there is none any more.
bool widens(TypeName const& before, TypeName const& after) {
    return after.limits.empty() || (before.limits.size() == 1 && after.limits.size() == 1 &&
                                    after.limits[0] >= before.limits[0]);
}

int scale(TypeName const& type) {
    return type.limits.size() < 2 ? 0 : type.limits[1];
}

} // namespace

TypeName read_type(std::string_view written) {
    TypeName type;
    std::string rest = text::lower(written);
    type.array = rest.find('[') != std::string::npos || rest.ends_with(" array");
    if (auto const open = rest.find('('); open != std::string::npos) {
        auto const close = std::min(rest.find(')', open), rest.size());
        type.limits = numbers(std::string_view{rest}.substr(open + 1, close - open - 1));
        // timestamp (3) with time zone
        rest = rest.substr(0, open) + " " + rest.substr(std::min(close + 1, rest.size()));
    }
    rest = squeezed(std::string_view{rest}.substr(0, rest.find('[')));
    constexpr std::string_view catalog = "pg_catalog.";
    type.name = rest.starts_with(catalog) ? rest.substr(catalog.size()) : rest;
    auto const* const found =
        std::find_if(spellings.begin(), spellings.end(), [&](Spelled const& one) {
            return one.long_name == type.name;
        });
    type.name = found == spellings.end() ? type.name : std::string{found->name};
    return type;
}

bool changes_catalog_alone(TypeName const& before, TypeName const& after) {
    if (before.array || after.array || before.name.empty()) {
        return false;
    }
    bool const text_like = is(before, {"varchar", "text"});
    if (text_like && after.name == "text") {
        return true;
    }
    if (text_like && after.name == "varchar") {
        return before.name == "text" ? after.limits.empty() : widens(before, after);
    }
    if (before.name == "cidr" && after.name == "inet") {
        return true;
    }
    if (before.name != after.name) {
        return false;
    }
    if (after.name == "numeric") {
        return after.limits.empty() || (!before.limits.empty() && scale(before) == scale(after) &&
                                        after.limits[0] >= before.limits[0]);
    }
    bool const lengths = is(after, {"varbit", "timestamp", "timestamptz", "time", "timetz"});
    return (lengths && widens(before, after)) || before.limits == after.limits;
}

} // namespace slipway::lint
