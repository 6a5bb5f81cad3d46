// SPDX-License-Identifier: Apache-2.0
// What lies beside a migration: its way back, and its assertions.
#include "migration/layout.hpp"

#include <array>
#include <system_error>

namespace slipway::migration {

namespace {

constexpr std::array sql_downs{".down.sql", ".rollback.sql", ".ROLLBACK.sql"};
constexpr std::array markdown_downs{".ROLLBACK.md", ".rollback.md"};
constexpr char const* assertions = ".verify.sql";

// The first of these that is there.
template <typename Names>
fs::Path first_of(fs::Path const& start, Names const& names) {
    std::error_code ignored;
    for (char const* const name : names) {
        fs::Path path{start.string() + name};
        if (std::filesystem::exists(path, ignored)) {
            return path;
        }
    }
    return {};
}

void take_where_empty(fs::Path& known, fs::Path found) {
    if (known.empty()) {
        known = std::move(found);
    }
}

} // namespace

void find_companions(Folder& folder, bool with_sql) {
    for (auto& file : folder.files) {
        bool const own_folder = file.path.filename() == "migration.sql";
        if (own_folder) {
            auto const start = file.path.parent_path() / "";
            take_where_empty(
                file.down, first_of(start, std::array{"down.sql", "ROLLBACK.sql", "ROLLBACK.md"}));
            take_where_empty(file.verify, first_of(start, std::array{"verify.sql"}));
            continue;
        }
        auto const start = file.path.parent_path() / file.id;
        if (with_sql) {
            take_where_empty(file.down, first_of(start, sql_downs));
            take_where_empty(file.verify, first_of(start, std::array{assertions}));
        }
        take_where_empty(file.down, first_of(start, markdown_downs));
    }
}

std::string companion_of(fs::Path const& entry, bool with_sql) {
    std::string const name = entry.filename().string();
    std::string markdown = without_suffix(name, {markdown_downs[0], markdown_downs[1]});
    if (!markdown.empty() || !with_sql) {
        return markdown;
    }
    return without_suffix(name, {sql_downs[0], sql_downs[1], sql_downs[2], assertions});
}

} // namespace slipway::migration
