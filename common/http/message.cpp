// SPDX-License-Identifier: Apache-2.0
#include "http/message.hpp"

#include "text/join.hpp"

namespace slipway::http {

void Headers::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
    std::erase_if(
        fields_, [&](auto const& field) { return text::equal_ignoring_case(field.first, name); });
}

std::optional<std::string> Headers::find(std::string_view name) const {
    for (auto const& field : fields_) {
        if (text::equal_ignoring_case(field.first, name)) {
            return field.second;
        }
    }
    return std::nullopt;
}

std::vector<std::string> Headers::all(std::string_view name) const {
    std::vector<std::string> values;
    for (auto const& field : fields_) {
        if (text::equal_ignoring_case(field.first, name)) {
            values.push_back(field.second);
        }
    }
    return values;
}

Response& response_of(Outcome& outcome) {
    if (auto const* error = std::get_if<Error>(&outcome)) {
        throw *error;
    }
    return std::get<Response>(outcome);
}

} // namespace slipway::http
