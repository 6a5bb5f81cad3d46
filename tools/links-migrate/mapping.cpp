// SPDX-License-Identifier: Apache-2.0
#include "mapping.hpp"

#include "hash/digest.hpp"

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

// To be raised where the same mapping would make other rows of the same data.
constexpr int rules_version = 1;

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
    json::Value words = json::Value::object();
    for (auto const& word : m.words) {
        words[word.word] = {{"type", word.type}, {"label", word.label}};
    }
    json::Value copied = json::Value::object();
    for (auto const& column : m.copied) {
        copied[column.target] = column.source;
    }
    return {
        {"name", m.name},
        {"source", {{"table", m.source_table}, {"key", m.source_key}, {"json", m.source_json}}},
        {"target",
         {{"table", m.target_table},
          {"id", m.id},
          {"parent", m.parent},
          {"label", m.label},
          {"url", m.url},
          {"type", m.type},
          {"position", m.position},
          {"copied", copied},
          {"stamped", m.stamped}}},
        {"members",
         {{"url", m.url_members},
          {"type", m.type_members},
          {"label", m.label_members},
          {"position", m.position_members},
          {"shown", m.shown_members},
          {"hidden", m.hidden_members}}},
        {"words", words},
        {"types", m.types},
        {"default_type", m.default_type},
        {"label", {{"limit", m.label_limit}, {"longer", "truncate"}}}};
}

std::string checksum(Mapping const& mapping) {
    return hash::sha256_hex(json::write(to_json(mapping)) + "\n" + std::to_string(rules_version));
}

} // namespace slipway::links_migrate
