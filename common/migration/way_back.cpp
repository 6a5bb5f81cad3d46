// SPDX-License-Identifier: Apache-2.0
// What lies beside a migration: its way back, and its assertions.
#include "migration/layout.hpp"

#include <array>
#include <optional>
#include <set>
#include <system_error>

namespace slipway::migration {

namespace {

constexpr std::array sql_downs{".down.sql", ".rollback.sql", ".ROLLBACK.sql"};
constexpr std::array markdown_downs{".ROLLBACK.md", ".rollback.md"};
constexpr char const* assertions = ".verify.sql";

// The names in a folder, read once: to ask for each beside each of thousands of files takes longer.
class Neighbours {
public:
    void enter(fs::Path const& folder) {
        if (folder == folder_) {
            return;
        }
        folder_ = folder;
        names_.clear();
        std::error_code code;
        std::filesystem::directory_iterator at{folder.empty() ? "." : folder, code};
        for (; at != std::filesystem::directory_iterator{}; at.increment(code)) {
            names_.insert(at->path().filename().string());
        }
        is_known_ = !code;
    }

    // The first of these behind the stem that is there.
    template <typename Ends>
    [[nodiscard]] fs::Path first_of(std::string const& stem, Ends const& ends) const {
        std::error_code ignored;
        for (char const* const end : ends) {
            std::string const name = stem + end;
            if (!is_known_ || names_.contains(name)) {
                auto path = *folder_ / name;
                if (std::filesystem::exists(path, ignored)) {
                    return path;
                }
            }
        }
        return {};
    }

private:
    std::optional<fs::Path> folder_;
    std::set<std::string, std::less<>> names_;
    bool is_known_ = false; // it could be read
};

void take_where_empty(fs::Path& known, fs::Path found) {
    if (known.empty()) {
        known = std::move(found);
    }
}

} // namespace

void find_companions(Folder& folder, bool with_sql) {
    Neighbours beside;
    for (auto& file : folder.files) {
        bool const own_folder = file.path.filename() == "migration.sql";
        beside.enter(file.path.parent_path());
        if (own_folder) {
            take_where_empty(
                file.down,
                beside.first_of("", std::array{"down.sql", "ROLLBACK.sql", "ROLLBACK.md"}));
            take_where_empty(file.verify, beside.first_of("", std::array{"verify.sql"}));
            continue;
        }
        if (with_sql) {
            take_where_empty(file.down, beside.first_of(file.id, sql_downs));
            take_where_empty(file.verify, beside.first_of(file.id, std::array{assertions}));
        }
        take_where_empty(file.down, beside.first_of(file.id, markdown_downs));
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
