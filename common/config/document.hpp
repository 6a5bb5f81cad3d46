// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "fs/file.hpp"
#include "json/value.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace slipway::config {

/// A place in a document, without the file's name.
struct Place {
    std::int64_t line = 0;
    std::int64_t column = 0;
};

/// Where the values of a document stand, by JSON pointer.
struct PointerHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view pointer) const {
        return std::hash<std::string_view>{}(pointer);
    }
};
using Places = std::unordered_map<std::string, Place, PointerHash, std::equal_to<>>;

/// A file of JSON or YAML as one JSON value that knows where each part of it stands.
class Document {
public:
    Document(std::string name, json::Box value, Places places);

    [[nodiscard]] json::Value const& value() const { return *value_; }

    [[nodiscard]] std::string const& name() const { return name_; }

    /// The place of the value at a JSON pointer (RFC 6901), or of the nearest value around it.
    [[nodiscard]] Where where(std::string_view json_pointer) const;

private:
    std::string name_;
    json::Box value_;
    Places places_;
};

/// Reads a file (at most 16 MiB): JSON or YAML by its extension, else by its content; throws usage
/// with file, line and column where it is malformed, has a key twice, is nested deeper than 200
/// levels, or has more than 100,000 values (aliases expanded).
Document load(fs::Path const& path);

/// As load(), of JSON text.
Document parse_json(std::string_view text, std::string_view name);

/// As load(), of YAML 1.2 text in its core schema: only `true`, `false` and `null` in their three
/// cases, `~`, the empty value and numbers are other than strings; one document.
Document parse_yaml(std::string_view text, std::string_view name);

/// Makes the pointer one to a member or an element of the value that it names.
void append_key(std::string& pointer, std::string_view key);

/// The pointer to a member or an element of the value that `pointer` names.
std::string below(std::string_view pointer, std::string_view key);

} // namespace slipway::config
