// SPDX-License-Identifier: Apache-2.0
// What lies beside a migration: its way back, and its assertions.
#include "migration/layout.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <system_error>

namespace slipway::migration {

namespace {

constexpr std::array sql_downs{".down.sql", ".rollback.sql", ".ROLLBACK.sql"};
constexpr std::array markdown_downs{".ROLLBACK.md", ".rollback.md"};
constexpr char const* assertions = ".verify.sql";

bool is_there(fs::Path const& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

// What is there, of folders that are listed once: to ask for each companion of thousands of files
// takes longer than to read the files.
class Listed {
public:
    bool operator()(fs::Path const& path) {
        auto const [folder, fresh] = names_.try_emplace(path.parent_path().string());
        if (fresh) {
            std::error_code ignored;
            std::filesystem::directory_iterator at{path.parent_path(), ignored};
            for (; !ignored && at != std::filesystem::directory_iterator{}; at.increment(ignored)) {
                folder->second.insert(at->path().filename().string());
            }
        }
        return folder->second.contains(path.filename().string()) && is_there(path);
    }

private:
    std::map<std::string, std::set<std::string>> names_; // by folder
};

// The first of these that is there.
template <typename Names, typename IsThere>
fs::Path first_of(fs::Path const& start, Names const& names, IsThere&& is_one_there) {
    for (char const* const name : names) {
        fs::Path path{start.string() + name};
        if (is_one_there(path)) {
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
    Listed listed;
    for (auto& file : folder.files) {
        bool const own_folder = file.path.filename() == "migration.sql";
        if (own_folder) {
            auto const start = file.path.parent_path() / "";
            take_where_empty(
                file.down,
                first_of(start, std::array{"down.sql", "ROLLBACK.sql", "ROLLBACK.md"}, is_there));
            take_where_empty(file.verify, first_of(start, std::array{"verify.sql"}, is_there));
            continue;
        }
        auto const start = file.path.parent_path() / file.id;
        if (with_sql) {
            take_where_empty(file.down, first_of(start, sql_downs, listed));
            take_where_empty(file.verify, first_of(start, std::array{assertions}, listed));
        }
        take_where_empty(file.down, first_of(start, markdown_downs, listed));
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
