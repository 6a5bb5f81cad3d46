// SPDX-License-Identifier: Apache-2.0
#include "mapping.hpp"

#include "hash/digest.hpp"

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

// To be raised where the same mapping would make other rows of the same data.
constexpr int rules_version = 2;

json::Value source_json(Mapping const& m) {
    json::Value out{{"table", m.source_table}, {"key", m.source_key}, {"json", m.source_json}};
    if (!m.within.empty()) {
        out["within"] = m.within;
    }
    if (!m.where.empty()) {
        out["where"] = m.where;
    }
    if (m.object == ObjectIs::item) {
        out["object"] = "item";
    }
    return out;
}

json::Value type_json(Mapping const& m) {
    json::Value words = json::Value::object();
    for (auto const& word : m.words) {
        words[word.word] = {{"type", word.type}};
        if (!word.label.empty()) {
            words[word.word]["label"] = word.label;
        }
    }
    return {
        {"column", m.type},
        {"members", m.type_members},
        {"words", words},
        {"order", m.types},
        {"default", m.default_type}};
}

json::Value values_json(Mapping const& m) {
    json::Value out = json::Value::object();
    for (auto const& value : m.values) {
        json::Value one{
            {"members", value.members},
            {"element", value.element},
            {"name", value.name},
            {"required", value.required}};
        if (value.standard) {
            one["default"] = json::parse(*value.standard, "default");
        }
        out[value.column] = std::move(one);
    }
    return out;
}

json::Value target_json(Mapping const& m) {
    json::Value copied = json::Value::object();
    for (auto const& column : m.copied) {
        copied[column.target] =
            column.is_sql ? json::Value{{"sql", column.source}} : json::Value(column.source);
    }
    json::Value out{{"table", m.target_table}, {"id", m.id}, {"parent", m.parent}};
    if (!m.url.empty()) {
        out["url"] = {
            {"column", m.url},
            {"members", m.url_members},
            {"schemes", m.schemes},
            {"add_https", m.add_https}};
    }
    if (!m.type.empty()) {
        out["type"] = type_json(m);
    }
    if (!m.label.empty()) {
        out["label"] = {
            {"column", m.label},
            {"members", m.label_members},
            {"limit", m.label_limit},
            {"longer", m.longer == Longer::truncate ? "truncate" : "reject"}};
    }
    if (!m.position.empty()) {
        out["position"] = {
            {"column", m.position}, {"members", m.position_members}, {"first", m.first_position}};
    }
    if (!m.values.empty()) {
        out["values"] = values_json(m);
    }
    out["copied"] = copied;
    out["stamped"] = m.stamped;
    return out;
}

} // namespace

Mapping built_in_mapping() {
    Mapping m;
    m.name = "profile-links";
    m.source_table = "profiles";
    m.source_key = "id";
    m.source_json = "socialLinks";
    m.target_table = "profile_links";
    m.id = "id";
    m.parent = "profileId";
    m.label = "label";
    m.url = "url";
    m.type = "type";
    m.position = "position";
    m.copied = {{"userId", "userId"}};
    m.stamped = {"createdAt", "updatedAt"};
    m.url_members = {"url", "href", "link"};
    m.type_members = {"type", "platform", "kind", "name"};
    m.label_members = {"label", "title"};
    m.position_members = {"position", "order"};
    m.shown_members = {"isActive", "is_active", "isVisible", "is_visible", "visible", "active"};
    m.hidden_members = {"hidden", "isHidden", "is_hidden"};
    m.words = {
        {"website", "website", "Website"},
        {"imdb", "imdb", "IMDb Profile"},
        {"showreel", "showreel", "Showreel"},
        {"linkedin", "other", "LinkedIn"},
        {"instagram", "other", "Instagram"},
        {"twitter", "other", "Twitter"},
        {"facebook", "other", "Facebook"},
        {"youtube", "other", "YouTube"}};
    m.types = {"website", "imdb", "showreel", "other"};
    m.default_type = "other";
    return m;
}

json::Value to_json(Mapping const& m) {
    return {
        {"name", m.name},
        {"source", source_json(m)},
        {"target", target_json(m)},
        {"shown", m.shown_members},
        {"hidden", m.hidden_members},
        {"duplicates",
         {{"by", m.identity()}, {"rule", m.repeated == Repeated::first ? "first" : "keep"}}}};
}

std::string checksum(Mapping const& mapping) {
    return hash::sha256_hex(json::write(to_json(mapping)) + "\n" + std::to_string(rules_version));
}

std::vector<std::string> Mapping::written_columns() const {
    std::vector<std::string> out{id, parent};
    for (auto const& each : {label, url, type, position}) {
        if (!each.empty()) {
            out.push_back(each);
        }
    }
    for (auto const& each : values) {
        out.push_back(each.column);
    }
    for (auto const& each : copied) {
        out.push_back(each.target);
    }
    out.insert(out.end(), stamped.begin(), stamped.end());
    return out;
}

std::vector<std::string> Mapping::identity() const {
    if (!same_by.empty()) {
        return same_by;
    }
    std::vector<std::string> out;
    if (!type.empty()) {
        out.push_back(type);
    }
    if (!url.empty()) {
        out.push_back(url);
        return out;
    }
    for (auto const& each : values) {
        out.push_back(each.column);
    }
    return out;
}

} // namespace slipway::links_migrate
