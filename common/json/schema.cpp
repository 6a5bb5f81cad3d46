// SPDX-License-Identifier: Apache-2.0
#include "json/schema.hpp"

#include "error/error.hpp"
#include "json/format.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
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

constexpr std::size_t longest_matched = 2000; // characters

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

// Calls with every schema directly inside of this one, and its pointer.
template <class Json, class Visit>
void each_subschema(Json& schema, std::string const& pointer, Visit const& visit) {
    for (auto entry = schema.begin(); entry != schema.end(); ++entry) {
        std::string const& word = entry.key();
        auto& value = entry.value();
        std::string const here = pointer + "/" + word;
        bool const named = word == "properties" || word == "patternProperties" ||
                           word == "definitions" || word == "dependencies";
        bool const one = word == "additionalItems" || word == "contains" || word == "if" ||
                         word == "additionalProperties" || word == "propertyNames" ||
                         word == "then" || word == "else" || word == "not";
        bool const list = word == "allOf" || word == "anyOf" || word == "oneOf";
        if (one || (word == "items" && !value.is_array())) {
            visit(value, here);
        } else if (named && value.is_object()) {
            for (auto child = value.begin(); child != value.end(); ++child) {
                // A list among dependencies names properties.
                if (word != "dependencies" || !child.value().is_array()) {
                    visit(child.value(), here + "/" + child.key());
                }
            }
        } else if ((list || word == "items") && value.is_array()) {
            for (std::size_t i = 0; i < value.size(); ++i) {
                visit(value[i], here + "/" + std::to_string(i));
            }
        }
    }
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
        if (!is_known(word)) {
            throw Error{
                ErrorKind::usage,
                fmt::format(
                    "{}: JSON Schema draft 7 does not know the keyword {}/{}", name, pointer, word),
                "Write the schema in draft 7, or take the keyword out."};
        }
    }
    each_subschema(schema, pointer, [&](Value const& child, std::string const& here) {
        require_draft_7(child, here, name);
    });
}

// valijson matches with std::regex, which overflows the stack on some ten thousand characters. So
// a pattern or format is put where only shorter texts get to it, and longer ones do not conform.
// NOLINTNEXTLINE(misc-no-recursion): a schema is a tree
void bound_patterns(nlohmann::json& schema) {
    if (!schema.is_object()) {
        return;
    }
    each_subschema(
        schema, "", [](nlohmann::json& child, std::string const&) { bound_patterns(child); });
    nlohmann::json matched = nlohmann::json::object();
    for (char const* const word : {"pattern", "format"}) {
        if (schema.contains(word)) {
            matched[word] = schema[word];
            schema.erase(word);
        }
    }
    if (matched.contains("format") && matched["format"].is_string()) {
        // valijson knows the formats of dates alone, and judges numbers and null by them, too.
        auto const pattern = pattern_of_format(matched["format"].get_ref<std::string const&>());
        nlohmann::json const judged = pattern.empty()
                                          ? nlohmann::json{{"format", matched["format"]}}
                                          : nlohmann::json{{"pattern", pattern}};
        matched.erase("format");
        matched["if"] = {{"type", "string"}};
        matched["then"] = judged;
    }
    if (!matched.empty()) {
        schema["allOf"].push_back(
            {{"if", {{"maxLength", longest_matched}}}, {"then", matched}, {"else", false}});
    }
}

// To the standard 1.0 is the integer 1, to valijson it is not.
// NOLINTNEXTLINE(misc-no-recursion): JSON is a tree
void make_integers(nlohmann::json& value) {
    constexpr double exact = 9007199254740992; // 2^53: beyond it a double is no certain integer
    if (value.is_number_float()) {
        auto const number = value.get<double>();
        if (std::trunc(number) == number && std::abs(number) <= exact) {
            value = static_cast<std::int64_t>(number);
        }
    } else if (value.is_structured()) {
        for (auto& child : value) {
            make_integers(child);
        }
    }
}

// Names of members are matched too, by patternProperties; none that is meant is that long.
// NOLINTNEXTLINE(misc-no-recursion): JSON is a tree
bool has_long_name(Value const& value) {
    if (value.is_object()) {
        for (auto const& entry : value.items()) {
            if (entry.key().size() > longest_matched) {
                return true;
            }
        }
    }
    return value.is_structured() &&
           std::any_of(value.begin(), value.end(), [](Value const& v) { return has_long_name(v); });
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
        make_integers(parts_->source);
        bound_patterns(parts_->source);
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
    if (has_long_name(document)) {
        return {{"", fmt::format("the name of a member is longer than {}", longest_matched)}};
    }
    nlohmann::json plain(document);
    make_integers(plain);
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
    if (out.empty()) { // valijson tells nothing of some keywords
        out.push_back({"", "does not conform to the schema (a schema `false`, or propertyNames)"});
    }
    return out;
}

} // namespace slipway::json
