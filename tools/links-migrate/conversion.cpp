// SPDX-License-Identifier: Apache-2.0
#include "conversion.hpp"

#include "pg/quote.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace slipway::links_migrate {

namespace {

// CASE alone keeps a server from evaluating a cast before the test that it is for.
constexpr std::string_view text_of = "(({}) #>> '{{}}')";

std::string unless(std::string const& good, std::string_view fault = "invalid") {
    return fmt::format("case when not coalesce(({}), false) then '{}' end", good, fault);
}

std::string kinds(std::string const& json, std::string_view list) {
    return fmt::format("jsonb_typeof({}) in ({})", json, list);
}

// `character varying(20)` and `numeric(10,2)`: the numbers in the brackets.
std::vector<int> modifiers(std::string const& type) {
    std::vector<int> out;
    auto at = type.find('(');
    while (at != std::string::npos && at + 1 < type.size()) {
        int number = 0;
        std::from_chars(type.data() + at + 1, type.data() + type.size(), number);
        out.push_back(number);
        at = type.find(',', at + 1);
    }
    return out;
}

struct Whole {
    std::string_view type;
    std::string_view least;
    std::string_view most;
};
constexpr std::array whole_numbers{
    Whole{"smallint", "-32768", "32767"},
    Whole{"integer", "-2147483648", "2147483647"},
    Whole{"bigint", "-9223372036854775808", "9223372036854775807"}};

// jsonb writes numbers without an exponent; texts are held to the same form.
constexpr std::string_view number_form = R"(^-?[0-9]{1,40}(\.[0-9]{1,40})?$)";

std::string
numeric_when(std::string const& json, std::string const& text, std::string const& condition) {
    return fmt::format(
        "case when {} and {} ~ {} then {} else false end",
        kinds(json, "'number', 'string'"),
        text,
        pg::quote_literal(number_form),
        condition);
}

std::optional<Conversion>
number(std::string const& type, std::string const& json, std::string const& text) {
    auto const as_numeric = text + "::numeric";
    for (auto const& whole : whole_numbers) {
        if (whole.type == type) {
            return Conversion{
                unless(numeric_when(
                    json,
                    text,
                    fmt::format(
                        "trunc({0}) = {0} and {0} between {1} and {2}",
                        as_numeric,
                        whole.least,
                        whole.most))),
                as_numeric + "::" + type};
        }
    }
    if (type == "real" || type == "double precision") {
        // Forty digits are within the range of either.
        auto const fits = type == "real" ? fmt::format("abs({}) < 3e38", as_numeric) : "true";
        return Conversion{unless(numeric_when(json, text, fits)), text + "::" + type};
    }
    if (!type.starts_with("numeric")) {
        return std::nullopt;
    }
    auto const sizes = modifiers(type);
    std::string fits = "true";
    if (!sizes.empty()) {
        auto const scale = sizes.size() > 1 ? sizes[1] : 0;
        fits = fmt::format(
            "round({0}, {1}) = {0} and abs({0}) < 1e{2}", as_numeric, scale, sizes[0] - scale);
    }
    return Conversion{unless(numeric_when(json, text, fits)), text + "::" + type};
}

std::optional<Conversion>
textual(std::string const& type, std::string const& json, std::string const& text) {
    auto const is_text = kinds(json, "'string', 'number', 'boolean'");
    if (type == "text" || type == "character varying") {
        return Conversion{unless(is_text), text};
    }
    if (!type.starts_with("character varying(")) {
        return std::nullopt;
    }
    return Conversion{
        fmt::format(
            "case when not {} then 'invalid' when length({}) > {} then 'too_long' end",
            is_text,
            text,
            modifiers(type).at(0)),
        text + "::" + type};
}

std::optional<Conversion>
temporal(std::string const& type, std::string const& json, std::string const& text) {
    constexpr std::string_view day = "[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
    constexpr std::string_view clock =
        R"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?)";
    std::string form;
    if (type == "date") {
        form = fmt::format("^{}$", day);
    } else if (type == "timestamp with time zone" || type == "timestamp(3) with time zone") {
        form = fmt::format("^{}{}(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])$", day, clock);
    } else if (type == "timestamp without time zone" || type == "timestamp(3) without time zone") {
        // Prisma's: UTC without saying so.
        form = fmt::format("^{}{}Z?$", day, clock);
    } else {
        return std::nullopt;
    }
    // The pattern lets no month through that make_date would not take.
    auto const month_has = fmt::format(
        "substr({0}, 9, 2)::int <= extract(day from make_date(substr({0}, 1, 4)::int, "
        "substr({0}, 6, 2)::int, 1) + interval '1 month - 1 day')",
        text);
    return Conversion{
        unless(fmt::format(
            "case when jsonb_typeof({}) = 'string' and {} ~ {} then {} else false end",
            json,
            text,
            pg::quote_literal(form),
            month_has)),
        text + "::" + type};
}

std::string in_list(std::string const& text, std::vector<std::string> const& labels) {
    std::string list;
    for (auto const& label : labels) {
        list += (list.empty() ? "" : ", ") + pg::quote_literal(label);
    }
    return fmt::format("{} in ({})", text, list);
}

} // namespace

std::optional<Conversion> conversion(
    std::string const& type,
    std::vector<std::string> const& labels,
    std::string const& json) {
    auto const text = fmt::format(text_of, json);
    if (!labels.empty()) {
        return Conversion{
            unless(fmt::format("jsonb_typeof({}) = 'string' and {}", json, in_list(text, labels))),
            text + "::" + type};
    }
    if (type == "jsonb" || type == "json") {
        return Conversion{"null::text", fmt::format("({})::{}", json, type)};
    }
    if (type == "boolean") {
        return Conversion{
            unless(fmt::format(
                "{} and {} in ('true', 'false')", kinds(json, "'boolean', 'string'"), text)),
            text + "::boolean"};
    }
    if (type == "uuid") {
        return Conversion{
            unless(fmt::format(
                "jsonb_typeof({}) = 'string' and {} ~* "
                "'^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'",
                json,
                text)),
            text + "::uuid"};
    }
    for (auto const& convert : {number, textual, temporal}) {
        if (auto found = convert(type, json, text)) {
            return found;
        }
    }
    return std::nullopt;
}

} // namespace slipway::links_migrate
