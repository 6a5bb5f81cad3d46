// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "fs/file.hpp"
#include "read_step.hpp"
#include "text/join.hpp"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

// The names of the definitions that a schema reaches by `#/definitions/NAME`.
// NOLINTNEXTLINE(misc-no-recursion): a schema is a tree
void reach(Value const& schema, Value const& definitions, std::set<std::string>& names) {
    if (schema.is_object()) {
        auto const reference = json::text_at(schema, "$ref");
        constexpr std::string_view front = "#/definitions/";
        if (reference.starts_with(front)) {
            auto const name =
                reference.substr(front.size(), reference.find('/', front.size()) - front.size());
            if (definitions.contains(name) && names.insert(name).second) {
                reach(definitions[name], definitions, names);
            }
        }
    }
    if (schema.is_structured()) {
        for (auto const& part : schema) {
            reach(part, definitions, names);
        }
    }
}

// A schema inside of a file as one that stands alone, with only what it needs of the others.
Value standing_alone(Value const& file, std::string const& pointer) {
    Value out = file.at(Value::json_pointer(pointer));
    auto const& definitions = json::at(file, "definitions");
    if (!out.is_object() || !definitions.is_object() || out.contains("definitions")) {
        return out;
    }
    std::set<std::string> names;
    reach(out, definitions, names);
    if (out.contains("$ref")) {
        out = Value{{"allOf", Value::array({out})}}; // nothing may stand beside a $ref
    }
    auto& own = out["definitions"] = Value::object();
    for (auto const& name : names) {
        own[name] = definitions[name];
    }
    return out;
}

} // namespace

std::shared_ptr<json::Schema const>
StepReader::read_schema(config::Node const& node, std::string& name) {
    try {
        if (node.is_map()) {
            name = "of the suite";
            return std::make_shared<json::Schema const>(node.value(), node.where().text());
        }
        name = node.as_text();
        auto const hash = name.find('#');
        auto const path = folder / name.substr(0, hash);
        auto& file = schema_files[path.string()];
        if (!file) {
            file = std::make_shared<Value const>(json::parse(fs::read_file(path), path.string()));
        }
        auto const pointer = hash == std::string::npos ? "" : name.substr(hash + 1);
        return std::make_shared<json::Schema const>(standing_alone(*file, pointer), name);
    } catch (Error const& error) {
        throw node.error(error.message(), error.hint());
    } catch (Value::exception const&) {
        throw node.error(fmt::format("{} is nothing in that file", name.substr(name.find('#'))));
    }
}

} // namespace slipway::smoke_http
