// SPDX-License-Identifier: Apache-2.0
#include "sql/tree.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace slipway::sql::tree {

namespace {

// An integer constant is nested: {"A_Const":{"ival":{"ival":1}}}, and a zero is left out.
bool switched_off(Value const& element) {
    Value const& arg = json::at(element, "arg");
    std::string const word = string_of(arg);
    bool const zero = json::at(arg, "Integer").is_object() && json::at(arg, "Integer").empty();
    return word == "false" || word == "off" || word == "0" || zero;
}

std::string lower_words(std::string_view constant) {
    std::string out;
    for (char const byte : constant) {
        if (byte == '_') {
            out += ' ';
        } else {
            bool const capital = byte >= 'A' && byte <= 'Z';
            out += capital ? static_cast<char>(byte - 'A' + 'a') : byte;
        }
    }
    return out;
}

} // namespace

bool flag(Value const& node, std::string_view key) {
    Value const& value = json::at(node, key);
    return value.is_boolean() && value.get<bool>();
}

std::size_t number(Value const& node, std::string_view key) {
    Value const& value = json::at(node, key);
    return value.is_number_integer() ? value.get<std::size_t>() : 0;
}

std::string string_of(Value const& item) {
    Value const& string = json::at(item, "String");
    return json::text_at(string, "sval", json::text_at(string, "str"));
}

std::vector<std::string> strings(Value const& list) {
    std::vector<std::string> out;
    for (Value const& item : list) {
        out.push_back(string_of(item));
    }
    return out;
}

Name range(Value const& node) {
    Value const& wrapped = json::at(node, "RangeVar");
    Value const& bare = wrapped.is_object() ? wrapped : node;
    return {json::text_at(bare, "schemaname"), json::text_at(bare, "relname")};
}

Name listed(std::vector<std::string> const& parts) {
    auto const count = parts.size();
    return {count < 2 ? std::string{} : parts[count - 2], count < 1 ? std::string{} : parts.back()};
}

bool cascades(Value const& node) {
    return json::text_at(node, "behavior") == "DROP_CASCADE";
}

bool option(Value const& list, std::string_view name) {
    return std::any_of(list.begin(), list.end(), [&](Value const& item) {
        Value const& element = json::at(item, "DefElem");
        return json::text_at(element, "defname") == name && !switched_off(element);
    });
}

void walk(Value const& node, std::function<void(std::string const&, Value const&)> const& visit) {
    if (node.is_object()) {
        for (auto const& [key, value] : node.items()) {
            visit(key, value);
            walk(value, visit);
        }
    } else if (node.is_array()) {
        for (Value const& item : node) {
            walk(item, visit);
        }
    }
}

std::vector<Name> tables_read(Value const& node) {
    std::vector<Name> found;
    std::vector<std::string> defined;
    walk(node, [&](std::string const& key, Value const& value) {
        if (key == "RangeVar") {
            Name name = range(value);
            if (std::find(found.begin(), found.end(), name) == found.end()) {
                found.push_back(std::move(name));
            }
        } else if (key == "ctename") {
            defined.push_back(value.get<std::string>());
        }
    });
    auto const is_defined = [&](Name const& name) {
        return name.schema.empty() &&
               std::find(defined.begin(), defined.end(), name.name) != defined.end();
    };
    found.erase(std::remove_if(found.begin(), found.end(), is_defined), found.end());
    return found;
}

std::vector<std::string> functions_called(Value const& node) {
    std::vector<std::string> found;
    walk(node, [&](std::string const& key, Value const& value) {
        if (key == "FuncCall") {
            found.push_back(lower_words(listed(strings(json::at(value, "funcname"))).name));
            std::replace(found.back().begin(), found.back().end(), ' ', '_');
        } else if (key == "SQLValueFunction") {
            constexpr std::string_view prefix = "SVFOP_";
            std::string name = lower_words(json::text_at(value, "op").substr(prefix.size()));
            std::replace(name.begin(), name.end(), ' ', '_');
            // CURRENT_TIMESTAMP(3) is of another name in the tree, and means the same.
            found.push_back(name.ends_with("_n") ? name.substr(0, name.size() - 2) : name);
        }
    });
    return found;
}

std::string object_type(std::string_view constant) {
    if (constant == "OBJECT_MATVIEW") {
        return "materialized view";
    }
    if (constant == "OBJECT_TABCONSTRAINT") {
        return "constraint";
    }
    if (constant == "OBJECT_DOMCONSTRAINT") {
        return "domain constraint";
    }
    constexpr std::string_view prefix = "OBJECT_";
    return lower_words(
        constant.substr(0, prefix.size()) == prefix ? constant.substr(prefix.size()) : constant);
}

} // namespace slipway::sql::tree
