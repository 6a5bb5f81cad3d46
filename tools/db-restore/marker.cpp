// SPDX-License-Identifier: Apache-2.0
#include "marker.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"
#include "json/value.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

constexpr std::string_view schema = "db-restore/1";
constexpr std::size_t longest_name = 63; // NAMEDATALEN - 1
constexpr std::size_t tag_length = 21;

std::string_view infix(Stage stage) {
    return stage == Stage::restoring ? "__new_" : "__prev_";
}

// Cut at the beginning of a character.
std::string_view stem(Stage stage, std::string_view live) {
    std::size_t end = longest_name - infix(stage).size() - tag_length;
    if (live.size() <= end) {
        return live;
    }
    while (end > 0 && (static_cast<unsigned char>(live[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return live.substr(0, end);
}

bool is_tag(std::string_view text) {
    constexpr std::string_view pattern = "ddddddddtddddddz_xxxx";
    if (text.size() != pattern.size()) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        bool const digit = c >= '0' && c <= '9';
        bool const fits = pattern[i] == 'd'   ? digit
                          : pattern[i] == 'x' ? digit || (c >= 'a' && c <= 'f')
                                              : c == pattern[i];
        if (!fits) {
            return false;
        }
    }
    return true;
}

} // namespace

std::string_view name(Stage stage) {
    return stage == Stage::restoring ? "restoring" : "previous";
}

std::string to_comment(Marker const& marker) {
    json::Value const value{
        {"slipway", schema},
        {"stage", name(marker.stage)},
        {"live", marker.live},
        {"run", marker.run},
        {"at", time::to_rfc3339(marker.at)},
        {"backup", marker.backup},
        {"replaced_by", marker.replaced_by},
        {"comment", marker.comment ? json::Value(*marker.comment) : json::Value(nullptr)}};
    return json::write(value);
}

std::optional<Marker> from_comment(std::string_view comment) {
    json::Value value;
    try {
        value = json::parse(comment, "comment");
    } catch (Error const&) {
        return std::nullopt; // a comment of somebody else
    }
    auto const at = time::from_rfc3339(json::text_at(value, "at"));
    auto const stage = json::text_at(value, "stage");
    auto const& replaced_by = json::at(value, "replaced_by");
    if (json::text_at(value, "slipway") != schema || !at || !replaced_by.is_number_integer() ||
        (stage != name(Stage::restoring) && stage != name(Stage::previous))) {
        return std::nullopt;
    }
    Marker out;
    out.stage = stage == name(Stage::restoring) ? Stage::restoring : Stage::previous;
    out.live = json::text_at(value, "live");
    out.run = json::text_at(value, "run");
    out.at = *at;
    out.backup = json::text_at(value, "backup");
    out.replaced_by = replaced_by.get<std::int64_t>();
    if (auto const& before = json::at(value, "comment"); before.is_string()) {
        out.comment = before.get<std::string>();
    }
    return out;
}

std::string make_tag(time::Instant at) {
    // Lower case, so that the name needs no quotes in psql.
    return text::lower(time::to_basic(at)) + "_" + hash::random_hex(2);
}

std::string name_for(Stage stage, std::string_view live, std::string_view tag) {
    return std::string{stem(stage, live)} + std::string{infix(stage)} + std::string{tag};
}

std::string_view tag_of(std::string_view name) {
    return name.substr(name.size() - std::min(name.size(), tag_length));
}

bool is_name_for(Stage stage, std::string_view live, std::string_view database) {
    std::string const begin = std::string{stem(stage, live)} + std::string{infix(stage)};
    return database.starts_with(begin) && is_tag(database.substr(begin.size()));
}

} // namespace slipway::db_restore
