// SPDX-License-Identifier: Apache-2.0
#include "openapi_schema.hpp"

#include "error/error.hpp"
#include "json/schema.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

Error unknown(std::string const& message) {
    return Error{ErrorKind::usage, message};
}

// Words that say nothing about which documents conform.
bool says_nothing(std::string_view word) {
    constexpr std::array words{
        "title",
        "description",
        "example",
        "examples",
        "xml",
        "discriminator",
        "externalDocs",
        "deprecated",
        "default",
        "$comment",
        "readOnly",
        "writeOnly",
        "nullable",
        "$schema",
        "contentEncoding",
        "contentMediaType",
        "$anchor",
        "$id"};
    return word.starts_with("x-") ||
           std::any_of(words.begin(), words.end(), [&](auto one) { return word == one; });
}

bool is_plain(std::string_view word) {
    constexpr std::array words{
        "multipleOf",
        "maxLength",
        "minLength",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxProperties",
        "minProperties",
        "enum",
        "const",
        "maximum",
        "minimum"};
    return std::any_of(words.begin(), words.end(), [&](auto one) { return word == one; });
}

bool flag(Value const& schema, std::string_view word) {
    auto const& value = json::at(schema, word);
    return value.is_boolean() && value.get<bool>();
}

// Formats that the validator knows; OpenAPI's others (int64, password, …) say nothing more.
bool is_known_format(std::string_view format) {
    constexpr std::array words{"date", "date-time", "time", "ipv4", "ipv6", "uri"};
    return std::any_of(words.begin(), words.end(), [&](auto one) { return format == one; });
}

void allow_null(Value& out) {
    if (out.contains("enum") &&
        std::find(out["enum"].begin(), out["enum"].end(), Value{}) == out["enum"].end()) {
        out["enum"].push_back(nullptr);
    }
    if (out.contains("type")) {
        auto& type = out["type"];
        if (type.is_string()) {
            type = Value::array({type});
        }
        if (std::find(type.begin(), type.end(), Value("null")) == type.end()) {
            type.push_back("null");
        }
    } else if (!out.empty() && !out.contains("enum")) {
        out = Value{{"anyOf", Value::array({out, {{"type", "null"}}})}};
    }
}

} // namespace

// NOLINTNEXTLINE(misc-no-recursion): schemas refer to each other
Value OpenApiSchemas::convert(Value const& schema) {
    if (schema.is_boolean()) {
        return schema;
    }
    if (!schema.is_object()) {
        throw unknown("a schema is an object");
    }
    auto const pointer = json::text_at(schema, "$ref");
    if (!pointer.empty()) {
        auto out = reference(pointer);
        // Version 3.1 lets other words stand beside a reference.
        auto beside = version_3_0_ ? Value::object() : convert_keywords(schema);
        return beside.empty() ? out : Value{{"allOf", Value::array({out, beside})}};
    }
    return convert_keywords(schema);
}

// NOLINTNEXTLINE(misc-no-recursion): schemas refer to each other
Value OpenApiSchemas::reference(std::string const& pointer) {
    if (!pointer.starts_with("#/")) {
        throw unknown("it refers to another document, " + pointer);
    }
    auto name = text::percent_decode(pointer.substr(2)).value_or(pointer.substr(2));
    constexpr std::string_view usual = "components/schemas/";
    auto const key = [&] {
        auto short_name = name.starts_with(usual) ? name.substr(usual.size()) : name;
        std::replace(short_name.begin(), short_name.end(), '/', '.');
        std::replace(short_name.begin(), short_name.end(), '~', '-');
        return short_name;
    }();
    if (begun_.insert(key).second) {
        auto const where = Value::json_pointer("/" + name);
        if (!root_.contains(where)) {
            begun_.erase(key);
            throw unknown("it refers to " + pointer + ", which is not there");
        }
        try {
            auto converted = convert(root_.at(where));
            (*definitions_)[key] = std::move(converted);
        } catch (Error const&) {
            begun_.erase(key);
            throw;
        }
    }
    return {{"$ref", "#/definitions/" + key}};
}

// NOLINTNEXTLINE(misc-no-recursion): schemas refer to each other
Value OpenApiSchemas::convert_keywords(Value const& schema) {
    Value out = Value::object();
    for (auto const& member : schema.items()) {
        if (member.key() != "$ref" && !says_nothing(member.key())) {
            put(out, member.key(), member.value());
        }
    }
    // 3.0 says by a truth value that a limit itself is outside, draft 7 by a limit of its own.
    for (auto const& side : {std::pair{"Minimum", "minimum"}, std::pair{"Maximum", "maximum"}}) {
        auto const word = std::string{"exclusive"} + side.first;
        if (flag(schema, word) && out.contains(side.second)) {
            out[word] = out[side.second];
            out.erase(side.second);
        }
    }
    // What is only written is in no answer.
    if (out.contains("required") && out.contains("properties")) {
        auto const& properties = json::at(schema, "properties");
        auto& required = out["required"];
        for (std::size_t i = required.size(); i-- > 0;) {
            auto const name = required[i].is_string() ? required[i].get<std::string>() : "";
            if (flag(json::at(properties, name), "writeOnly")) {
                required.erase(i);
            }
        }
    }
    if (version_3_0_ && flag(schema, "nullable")) {
        allow_null(out);
    }
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): schemas refer to each other
void OpenApiSchemas::put(Value& out, std::string const& word, Value const& value) {
    if (is_plain(word) || word == "type" || word == "required") {
        if (word != "required" || value.is_array()) {
            out[word] = value;
        }
    } else if (word == "exclusiveMinimum" || word == "exclusiveMaximum") {
        if (value.is_number()) {
            out[word] = value;
        }
    } else if (word == "format") {
        if (value.is_string() && is_known_format(value.get_ref<std::string const&>())) {
            out[word] = value;
        }
    } else if (word == "pattern") {
        json::Schema const usable{Value{{word, value}}, "a pattern"}; // throws where it is not
        out[word] = value;
    } else if (
        word == "properties" || word == "patternProperties" || word == "$defs" ||
        word == "dependentSchemas") {
        if (word == "$defs") {
            return; // converted where they are referred to
        }
        auto& map = out[word == "dependentSchemas" ? "dependencies" : word] = Value::object();
        for (auto const& member : value.items()) {
            map[member.key()] = convert(member.value());
        }
    } else if (word == "allOf" || word == "anyOf" || word == "oneOf" || word == "prefixItems") {
        auto& list = out[word == "prefixItems" ? "items" : word] = Value::array();
        for (auto const& element : value) {
            list.push_back(convert(element));
        }
    } else if (
        word == "items" || word == "additionalProperties" || word == "not" || word == "if" ||
        word == "then" || word == "else" || word == "contains" || word == "propertyNames") {
        out[word] = convert(value);
    } else if (word == "dependentRequired") {
        out["dependencies"] = value;
    } else {
        throw unknown("draft 7 does not have its word " + word);
    }
}

} // namespace slipway::smoke_http
