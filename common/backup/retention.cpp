// SPDX-License-Identifier: Apache-2.0
#include "backup/retention.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

bool same_group(Manifest const& a, Manifest const& b) {
    return std::tie(a.environment, a.database, a.system_identifier, a.kind, a.only_tables) ==
           std::tie(b.environment, b.database, b.system_identifier, b.kind, b.only_tables);
}

bool is_newer(Manifest const& a, Manifest const& b) {
    return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
}

Fate fate_of(
    Manifest const& manifest,
    std::int64_t newer_verified,
    Rule const& rule,
    time::Instant now,
    bool needed) {
    bool const verified = manifest.level >= Level::listed;
    if (manifest.pinned) {
        return {manifest.id, true, "pinned"};
    }
    if (needed) {
        return {manifest.id, true, "named as a rollback target"};
    }
    if (verified && newer_verified == 0) {
        return {manifest.id, true, "the newest verified one"};
    }
    if (newer_verified < rule.keep) {
        return {manifest.id, true, fmt::format("among the {} newest", rule.keep)};
    }
    if (rule.keep_days && now - manifest.created_at < std::chrono::days{*rule.keep_days}) {
        return {manifest.id, true, fmt::format("younger than {} days", *rule.keep_days)};
    }
    return {manifest.id, false, fmt::format("{} newer verified ones are there", newer_verified)};
}

} // namespace

std::vector<Fate> plan(
    std::vector<Manifest> const& backups,
    Rule const& rule,
    time::Instant now,
    std::set<std::string> const& needed) {
    std::vector<Fate> out;
    for (auto const& manifest : backups) {
        auto const newer_verified =
            std::count_if(backups.begin(), backups.end(), [&](Manifest const& other) {
                return same_group(manifest, other) && other.level >= Level::listed &&
                       is_newer(other, manifest);
            });
        out.push_back(fate_of(manifest, newer_verified, rule, now, needed.contains(manifest.id)));
    }
    return out;
}

} // namespace slipway::backup
