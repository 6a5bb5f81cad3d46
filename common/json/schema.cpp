// SPDX-License-Identifier: Apache-2.0
#include "json/schema.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

// valijson aborts the process on a malformed schema unless it may throw.
#define VALIJSON_USE_EXCEPTIONS 1 // NOLINT(cppcoreguidelines-macro-usage): the library's switch
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace slipway::json {

namespace {

constexpr std::array known_keywords{
    "$id",
    "$schema",
    "$ref",
    "$comment",
    "title",
    "description",
    "default",
    "readOnly",
    "writeOnly",
    "examples",
    "multipleOf",
    "maximum",
    "minimum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "additionalItems",
    "items",
    "maxItems",
    "minItems",
    "uniqueItems",
    "contains",
    "maxProperties",
    "minProperties",
    "required",
    "properties",
    "patternProperties",
    "additionalProperties",
    "dependencies",
    "propertyNames",
    "const",
    "enum",
    "type",
    "format",
    "contentMediaType",
    "contentEncoding",
    "if",
    "then",
    "else",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "definitions",
};

bool is_known(std::string const& word) {
    for (char const* const known : known_keywords) {
        if (word == known) {
            return true;
        }
    }
    return false;
}

// Walks every subschema, so that a keyword of another draft is refused rather than ignored.
// NOLINTNEXTLINE(misc-no-recursion): a schema is a tree
void require_draft_7(Value const& schema, std::string const& pointer, std::string_view name) {
    if (schema.is_boolean()) {
        return;
    }
    if (!schema.is_object()) {
        throw Error{ErrorKind::usage, fmt::format("{}: {} is no schema", name, pointer)};
    }
    for (auto const& [word, value] : schema.items()) {
        std::string const here = pointer + "/" + word;
        if (!is_known(word)) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{}: JSON Schema draft 7 does not know the keyword {}", name, here),
                "Write the schema in draft 7, or take the keyword out."};
        }
        bool const map =
            word == "properties" || word == "patternProperties" || word == "definitions";
        bool const one = word == "additionalItems" || word == "contains" || word == "if" ||
                         word == "additionalProperties" || word == "propertyNames" ||
                         word == "then" || word == "else" || word == "not";
        bool const list = word == "allOf" || word == "anyOf" || word == "oneOf";
        if (one || (word == "items" && !value.is_array())) {
            require_draft_7(value, here, name);
        } else if (map && value.is_object()) {
            for (auto const& [key, child] : value.items()) {
                require_draft_7(child, here + "/" + key, name);
            }
        } else if (word == "dependencies" && value.is_object()) {
            for (auto const& [key, child] : value.items()) {
                if (!child.is_array()) { // a list names properties
                    require_draft_7(child, here + "/" + key, name);
                }
            }
        } else if ((list || word == "items") && value.is_array()) {
            for (std::size_t i = 0; i < value.size(); ++i) {
                require_draft_7(value[i], here + "/" + std::to_string(i), name);
            }
        }
    }
}

} // namespace

struct Schema::Parts {
    nlohmann::json source; // the parsed schema refers to it
    valijson::Schema schema;
};

Schema::Schema(Value const& schema, std::string_view name) : parts_(std::make_unique<Parts>()) {
    std::string const draft = text_at(schema, "$schema");
    if (!draft.empty() && draft.find("draft-07") == std::string::npos) {
        throw Error{
            ErrorKind::usage, fmt::format("{} is written for {}, not for draft 7", name, draft)};
    }
    require_draft_7(schema, "", name);
    try {
        parts_->source = nlohmann::json(schema);
        valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
        parser.populateSchema(
            valijson::adapters::NlohmannJsonAdapter{parts_->source}, parts_->schema);
    } catch (std::runtime_error const& error) {
        throw Error{
            ErrorKind::usage, fmt::format("{} is no usable schema: {}", name, error.what())};
    }
}

Schema::Schema(Schema&& other) noexcept = default;
Schema& Schema::operator=(Schema&& other) noexcept = default;
Schema::~Schema() = default;

std::vector<Violation> Schema::check(Value const& document) const {
    nlohmann::json const plain(document);
    valijson::adapters::NlohmannJsonAdapter const target{plain};
    valijson::Validator validator;
    valijson::ValidationResults results;
    std::vector<Violation> out;
    if (validator.validate(parts_->schema, target, &results)) {
        return out;
    }
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
        std::string pointer;
        for (auto const& part : error.context) {
            // Contexts look like `<root>`, `["key"]` or `[3]`.
            if (part != "<root>" && part.size() > 2) {
                bool const quoted = part[1] == '"';
                std::string const name =
                    part.substr(quoted ? 2 : 1, part.size() - (quoted ? 4 : 2));
                // RFC 6901, section 3
                pointer += "/" + text::replace_all(text::replace_all(name, "~", "~0"), "/", "~1");
            }
        }
        out.push_back({pointer, error.description});
    }
    return out;
}

} // namespace slipway::json
