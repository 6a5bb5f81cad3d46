// SPDX-License-Identifier: Apache-2.0
#include "deployment/facts.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deployment {

namespace {

// Ids are numbers in some layouts.
std::string word_at(json::Value const& object, std::string_view key) {
    auto const& value = json::at(object, key);
    return value.is_number_integer() ? value.dump() : json::text_at(object, key);
}

std::optional<std::uint64_t> count_at(json::Value const& object, std::string_view key) {
    auto const& value = json::at(object, key);
    if (value.is_number_unsigned() || (value.is_number() && value.get<double>() >= 0)) {
        return value.get<std::uint64_t>();
    }
    return std::nullopt;
}

} // namespace

std::vector<Migration> migrations_of(record::Record const& record) {
    std::vector<Migration> out;
    auto const& list = json::at(*record.data, "migrations");
    if (record.tool != "migrate-apply" || !list.is_array()) {
        return out;
    }
    for (auto const& item : list) {
        if (!item.is_object()) {
            continue;
        }
        Migration migration;
        migration.id = word_at(item, "id");
        migration.file = json::text_at(item, "file");
        migration.checksum = word_at(item, "checksum");
        migration.status = json::text_at(item, "status");
        if (auto const duration = count_at(item, "duration_ms")) {
            migration.duration = time::Milliseconds{static_cast<std::int64_t>(*duration)};
        }
        auto const& this_run = json::at(item, "this_run");
        migration.this_run = this_run.is_boolean() && this_run.get<bool>();
        out.push_back(std::move(migration));
    }
    return out;
}

std::optional<Backup> backup_of(record::Record const& record) {
    auto const& data = *record.data;
    std::string const id = word_at(data, "id");
    if (record.tool != "db-backup" || id.empty()) {
        return std::nullopt;
    }
    Backup backup;
    backup.id = id;
    backup.kind = json::text_at(data, "kind");
    backup.level = json::text_at(data, "level");
    backup.database_bytes = count_at(data, "database_bytes");
    return backup;
}

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array<char const*, 6> units{"bytes", "kB", "MB", "GB", "TB", "PB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    bool const decimal = unit > 0 && value < 9.95;
    return fmt::format(fmt::runtime(decimal ? "{:.1f} {}" : "{:.0f} {}"), value, units.at(unit));
}

} // namespace slipway::deployment
