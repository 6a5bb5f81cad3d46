// SPDX-License-Identifier: Apache-2.0
#include "mapping_file.hpp"

#include "config/node.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

using config::Node;

std::string name_in(Node const& node, std::string_view key) {
    auto const text = node.required_text(key);
    if (text.empty() || text.find('\0') != std::string::npos) {
        throw node.required(key).error("a name has to have characters");
    }
    return text;
}

// One of the words, by its place in the list.
std::size_t choice(Node const& node, std::string_view key, std::vector<std::string> const& words) {
    auto const text = node.text(key);
    if (!text) {
        return 0;
    }
    auto const found = std::find(words.begin(), words.end(), *text);
    if (found == words.end()) {
        throw node.required(key).error(
            fmt::format("{} is none of {}", text::printable_line(*text), text::join(words, ", ")));
    }
    return static_cast<std::size_t>(found - words.begin());
}

int number(Node const& node, std::string_view key, int standard, int least, int most) {
    auto const given = node.integer(key);
    if (given && (*given < least || *given > most)) {
        throw node.required(key).error(fmt::format("has to be {} to {}", least, most));
    }
    return given ? static_cast<int>(*given) : standard;
}

void read_source(Node const& node, Mapping& m) {
    node.only_keys({"table", "key", "json", "within", "where", "object"});
    m.source_table = name_in(node, "table");
    m.source_key = name_in(node, "key");
    m.source_json = name_in(node, "json");
    m.within = node.texts("within");
    m.where = node.text("where").value_or("");
    m.object = choice(node, "object", {"items", "item"}) == 0 ? ObjectIs::items : ObjectIs::item;
}

void read_url(Node const& node, Mapping& m) {
    node.only_keys({"column", "members", "schemes", "add_https"});
    m.url = name_in(node, "column");
    m.url_members = node.texts("members");
    if (node.find("schemes")) {
        m.schemes = node.texts("schemes");
        auto const known = [](std::string const& one) {
            return one == "http" || one == "https";
        };
        if (m.schemes.empty() || !std::all_of(m.schemes.begin(), m.schemes.end(), known)) {
            throw node.required("schemes").error("the schemes are http, https or both");
        }
    }
    m.add_https = node.boolean("add_https").value_or(false);
    bool const secure = std::find(m.schemes.begin(), m.schemes.end(), "https") != m.schemes.end();
    if (m.add_https && !secure) {
        throw node.required("add_https").error("https is not among the schemes");
    }
}

void read_type(Node const& node, Mapping& m) {
    node.only_keys({"column", "members", "words", "order", "default"});
    m.type = name_in(node, "column");
    m.type_members = node.texts("members");
    m.default_type = node.required_text("default");
    std::set<std::string> words;
    for (auto const& [word, to] : node.map("words")) {
        Word one{text::lower(word), "", ""};
        if (to.is_map()) {
            to.only_keys({"type", "label"});
            one.type = to.required_text("type");
            one.label = to.text("label").value_or("");
        } else {
            one.type = to.as_text();
        }
        if (!words.insert(one.word).second) {
            throw to.error(fmt::format("the word {} stands there twice", one.word));
        }
        m.words.push_back(std::move(one));
    }
    m.types = node.texts("order");
    auto const add = [&](std::string const& type) {
        if (std::find(m.types.begin(), m.types.end(), type) == m.types.end()) {
            m.types.push_back(type);
        }
    };
    for (auto const& word : m.words) {
        add(word.type);
    }
    add(m.default_type);
}

void read_label(Node const& node, Mapping& m) {
    node.only_keys({"column", "members", "limit", "longer"});
    constexpr int longest = 10'000;
    m.label = name_in(node, "column");
    m.label_members = node.texts("members");
    m.label_limit = number(node, "limit", m.label_limit, 1, longest);
    m.longer =
        choice(node, "longer", {"truncate", "reject"}) == 0 ? Longer::truncate : Longer::reject;
}

void read_position(Node const& node, Mapping& m) {
    constexpr int highest = 1'000'000;
    if (node.is_text()) {
        m.position = node.as_text();
        return;
    }
    node.only_keys({"column", "members", "first"});
    m.position = name_in(node, "column");
    m.position_members = node.texts("members");
    m.first_position = number(node, "first", 0, 0, highest);
}

ItemValue value_of(std::string const& column, Node const& node) {
    ItemValue out;
    out.column = column;
    if (node.is_text()) {
        out.members = {node.as_text()};
        return out;
    }
    node.only_keys({"members", "element", "name", "required", "default"});
    out.members = node.texts("members");
    out.element = node.boolean("element").value_or(false);
    out.name = node.boolean("name").value_or(false);
    if (auto const standard = node.find("default")) {
        out.standard = json::write(standard->value());
    }
    out.required = node.boolean("required").value_or(!out.standard);
    if (out.members.empty() && !out.element && !out.name) {
        throw node.error("no members, and neither the element nor its name is the value");
    }
    return out;
}

void read_copied(Node const& node, Mapping& m) {
    for (auto const& [column, from] : node.map("copied")) {
        Copied one{column, "", from.is_map()};
        if (one.is_sql) {
            from.only_keys({"sql"});
            one.source = from.required_text("sql");
        } else {
            one.source = from.as_text();
        }
        m.copied.push_back(std::move(one));
    }
}

void read_target(Node const& node, Mapping& m) {
    node.only_keys(
        {"table",
         "id",
         "parent",
         "url",
         "type",
         "label",
         "position",
         "values",
         "copied",
         "stamped"});
    m.target_table = name_in(node, "table");
    m.id = name_in(node, "id");
    m.parent = name_in(node, "parent");
    if (auto const url = node.find("url")) {
        read_url(*url, m);
    }
    if (auto const type = node.find("type")) {
        read_type(*type, m);
    }
    if (auto const label = node.find("label")) {
        read_label(*label, m);
    }
    if (auto const position = node.find("position")) {
        read_position(*position, m);
    }
    for (auto const& [column, value] : node.map("values")) {
        m.values.push_back(value_of(column, value));
    }
    read_copied(node, m);
    m.stamped = node.texts("stamped");
    if (m.url.empty() && m.values.empty()) {
        throw node.error("neither url nor values: nothing of an item would be written");
    }
    std::set<std::string> seen;
    for (auto const& column : m.written_columns()) {
        if (column.empty() || !seen.insert(column).second) {
            throw node.error(fmt::format("column {} is given twice, or has no name", column));
        }
    }
}

void read_duplicates(Node const& node, Mapping& m) {
    node.only_keys({"by", "rule"});
    m.same_by = node.texts("by");
    m.repeated = choice(node, "rule", {"first", "keep"}) == 0 ? Repeated::first : Repeated::keep;
    std::vector<std::string> known;
    for (auto const& name : {m.url, m.type, m.label}) {
        known.push_back(name);
    }
    for (auto const& each : m.values) {
        known.push_back(each.column);
    }
    for (auto const& column : m.same_by) {
        if (column.empty() || std::find(known.begin(), known.end(), column) == known.end()) {
            throw node.required("by").error(
                fmt::format("{} is no column that gets something of an item", column),
                "Name the columns of url, type, label and values.");
        }
    }
}

} // namespace

Mapping load_mapping(fs::Path const& path) {
    auto const document = config::load(path);
    Node const root{document};
    root.only_keys({"$schema", "name", "source", "target", "shown", "hidden", "duplicates"});
    Mapping out;
    out.name = name_in(root, "name");
    read_source(root.required("source"), out);
    read_target(root.required("target"), out);
    out.shown_members = root.texts("shown");
    out.hidden_members = root.texts("hidden");
    if (auto const duplicates = root.find("duplicates")) {
        read_duplicates(*duplicates, out);
    }
    return out;
}

} // namespace slipway::links_migrate
