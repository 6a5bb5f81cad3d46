// SPDX-License-Identifier: Apache-2.0
#include "config/document.hpp"

#include "config/bounds.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <nlohmann/json.hpp>

namespace slipway::config {

Document::Document(std::string name, json::Box value, Places places)
    : name_(std::move(name)), value_(std::move(value)), places_(std::move(places)) {}

Where Document::where(std::string_view json_pointer) const {
    for (;;) {
        auto const found = places_.find(json_pointer);
        if (found != places_.end()) {
            return {name_, found->second.line, found->second.column};
        }
        auto const slash = json_pointer.rfind('/');
        if (slash == std::string_view::npos) {
            return {name_, 0, 0};
        }
        json_pointer = json_pointer.substr(0, slash);
    }
}

void append_key(std::string& pointer, std::string_view key) {
    pointer += '/';
    for (char const byte : key) {
        if (byte == '~') {
            pointer += "~0";
        } else if (byte == '/') {
            pointer += "~1";
        } else {
            pointer += byte;
        }
    }
}

std::string below(std::string_view pointer, std::string_view key) {
    std::string out;
    out.reserve(pointer.size() + key.size() + 1);
    out += pointer;
    append_key(out, key);
    return out;
}

Error fault(std::string_view file, Place place, std::string const& message, std::string hint) {
    Where const where{std::string{file}, place.line, place.column};
    return Error{ErrorKind::usage, where.text() + ": " + message, std::move(hint)}.with_where(
        where);
}

Document load(fs::Path const& path) {
    std::string const name = path.string();
    std::string const content = fs::read_file(path, largest_file);
    std::string const extension = text::lower(path.extension().string());
    if (extension == ".json") {
        return parse_json(content, name);
    }
    if (extension == ".yaml" || extension == ".yml") {
        return parse_yaml(content, name);
    }
    auto const first = text::trim(content);
    bool const json = first.starts_with('{') || first.starts_with('[');
    return json ? parse_json(content, name) : parse_yaml(content, name);
}

} // namespace slipway::config
