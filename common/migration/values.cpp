// SPDX-License-Identifier: Apache-2.0
#include "migration/values.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

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
    auto const at = content.find("${", from);
    auto const end = at == std::string_view::npos ? at : content.find('}', at);
    if (end == std::string_view::npos) {
        return {};
    }
    return {at, end + 1 - at, content.substr(at + 2, end - at - 2)};
}

// Flyway does not mind their case.
std::string const* placeholder_value(std::string_view name, Placeholders const& values) {
    for (auto const& [known, value] : values) {
        if (text::equal_ignoring_case(known, name)) {
            return &value;
        }
    }
    return nullptr;
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
    auto one = next_placeholder(source.text, 0);
    for (; one.length > 0; one = next_placeholder(source.text, one.at + one.length)) {
        auto const* value = placeholder_value(one.name, values);
        if (value == nullptr) {
            throw without_value(source, one);
        }
        out.push_back({one.at, one.length, *value});
    }
    return out;
}

} // namespace

std::vector<Replacement> placeholders_in(std::string_view content, Placeholders const& values) {
    std::vector<Replacement> out;
    auto one = next_placeholder(content, 0);
    for (; one.length > 0; one = next_placeholder(content, one.at + one.length)) {
        if (auto const* value = placeholder_value(one.name, values); value != nullptr) {
            out.push_back({one.at, one.length, *value});
        }
    }
    return out;
}

std::vector<Replacement> file_values(File const& file, Source const& source) {
    return file.placeholders ? placeholders_of(source, *file.placeholders)
                             : std::vector<Replacement>{};
}

} // namespace slipway::migration
