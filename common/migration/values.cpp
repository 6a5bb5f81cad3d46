// SPDX-License-Identifier: Apache-2.0
#include "migration/values.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

// A placeholder in a text; no length where there is none from there on.
struct Placeholder {
    std::size_t at = 0;
    std::size_t length = 0;
    std::string_view name;
};

Placeholder next_placeholder(std::string_view content, std::size_t from) {
    auto const at = fs::find(content, "${", from);
    auto const end = at == std::string_view::npos ? at : content.find('}', at);
    if (end == std::string_view::npos) {
        return {};
    }
    return {at, end + 1 - at, content.substr(at + 2, end - at - 2)};
}

Error without_value(Source const& source, Placeholder const& one) {
    Where const where = source.place(one.at);
    return Error{
        ErrorKind::usage,
        fmt::format(
            "{}: the placeholder ${{{}}} has no value", where.text(), text::shorten(one.name, 60)),
        fmt::format("Give it one: --placeholder {}=VALUE.", text::shorten(one.name, 60))}
        .with_where(where);
}

std::vector<Replacement> placeholders_of(Source const& source, Placeholders const& values) {
    std::vector<Replacement> out;
    std::string_view const content = source.text;
    auto one = next_placeholder(content, 0);
    for (; one.length > 0; one = next_placeholder(content, one.at + one.length)) {
        auto const value = values.find(one.name);
        if (value == values.end()) {
            throw without_value(source, one);
        }
        out.push_back({one.at, one.length, value->second});
    }
    return out;
}

bool in_variable(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

Error not_understood(Source const& source, std::size_t at, std::string_view what) {
    Where const where = source.place(at);
    return Error{
        ErrorKind::usage,
        fmt::format("{}: {} is not understood under ENVSUB", where.text(), what),
        "Known are $NAME, ${NAME} and ${NAME:-default}."}
        .with_where(where);
}

// `${NAME}`, `${NAME:-default}`, `${NAME-default}`; an empty one counts as unset behind a colon.
std::string braced_value(Source const& source, std::size_t at, std::string_view inside) {
    auto const end = static_cast<std::size_t>(
        std::find_if_not(inside.begin(), inside.end(), in_variable) - inside.begin());
    auto const value = ci::variable(inside.substr(0, end));
    auto const rest = inside.substr(end);
    bool const colon = rest.starts_with(":-");
    if (end == 0 || (!rest.empty() && !colon && !rest.starts_with('-'))) {
        throw not_understood(source, at, fmt::format("${{{}}}", text::shorten(inside, 40)));
    }
    bool const unset = !value || (colon && value->empty());
    return unset ? std::string{rest.substr(std::min<std::size_t>(rest.size(), colon ? 2 : 1))}
                 : *value;
}

// goose's $NAME; a dollar before a digit is none.
void add_variables(Source const& source, Part const& part, std::vector<Replacement>& out) {
    std::string_view const content = source.text;
    std::size_t const last = std::min(part.end, content.size());
    for (auto at = content.find('$', part.begin); at < last; at = content.find('$', at)) {
        std::size_t const first = at + 1;
        bool const braced = first < last && content[first] == '{';
        auto const close = braced ? content.find('}', first) : std::string_view::npos;
        if (braced && close < last) {
            auto const inside = content.substr(first + 1, close - first - 1);
            out.push_back({at, close + 1 - at, braced_value(source, at, inside)});
            at = close + 1;
            continue;
        }
        auto const* const begin = content.begin() + static_cast<std::ptrdiff_t>(first);
        auto const end = static_cast<std::size_t>(
            std::find_if_not(
                begin, content.begin() + static_cast<std::ptrdiff_t>(last), in_variable) -
            content.begin());
        bool const named = end > first && (content[first] < '0' || content[first] > '9');
        if (named) {
            auto const name = content.substr(first, end - first);
            out.push_back({at, end - at, ci::variable(name).value_or("")});
        } else if (first < last && (content[first] == '$' || content[first] == '(')) {
            throw not_understood(source, at, content.substr(at, 2));
        }
        at = std::max(end, first);
    }
}

} // namespace

std::vector<Replacement> placeholders_in(std::string_view content, Placeholders const& values) {
    std::vector<Replacement> out;
    auto one = next_placeholder(content, 0);
    for (; one.length > 0; one = next_placeholder(content, one.at + one.length)) {
        if (auto const value = values.find(one.name); value != values.end()) {
            out.push_back({one.at, one.length, value->second});
        }
    }
    return out;
}

std::vector<Replacement> file_values(File const& file, Source const& source) {
    if (file.placeholders) {
        return placeholders_of(source, *file.placeholders);
    }
    std::vector<Replacement> out;
    for (auto const& part : file.environment) {
        add_variables(source, part, out);
    }
    return out;
}

} // namespace slipway::migration
