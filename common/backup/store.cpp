// SPDX-License-Identifier: Apache-2.0
#include "backup/store.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

constexpr std::string_view manifest_ending = ".manifest.json";

std::string objection(Stored const& stored) {
    std::error_code code;
    fs::Path const archive = stored.archive_path();
    if (!std::filesystem::exists(archive, code)) {
        return fmt::format("its archive {} is missing", stored.manifest.archive.path);
    }
    if (stored.manifest.archive.format == "tar") {
        auto const bytes = std::filesystem::file_size(archive, code);
        if (code || bytes != stored.manifest.archive.bytes) {
            return fmt::format(
                "its archive {} has {} bytes, not {}",
                stored.manifest.archive.path,
                code ? 0 : bytes,
                stored.manifest.archive.bytes);
        }
    }
    return {};
}

void read_one(fs::Path const& path, Listing& out) {
    try {
        Stored stored{read_manifest(path), path.parent_path()};
        std::string why = objection(stored);
        if (why.empty() && path.filename() != stored.manifest_path().filename()) {
            why = fmt::format("it is the manifest of {}", stored.manifest.id);
        }
        if (why.empty()) {
            out.backups.push_back(std::move(stored));
        } else {
            out.broken.push_back({path, std::move(why)});
        }
    } catch (Error const& error) {
        out.broken.push_back({path, error.message()});
    }
}

bool agrees(Manifest const& manifest, Origin const& origin) {
    auto const same = [](std::string const& wanted, std::string const& found) {
        return wanted.empty() || wanted == found;
    };
    return same(origin.environment, manifest.environment) &&
           same(origin.database, manifest.database) &&
           same(origin.system_identifier, manifest.system_identifier);
}

bool counts(Manifest const& manifest) {
    return manifest.kind == Kind::regular && manifest.level >= Level::listed && manifest.whole();
}

std::string known_ids(std::vector<Stored> const& backups) {
    constexpr std::size_t most = 5;
    std::vector<std::string> ids;
    for (auto at = backups.rbegin(); at != backups.rend() && ids.size() < most; ++at) {
        ids.push_back(at->manifest.id);
    }
    return ids.empty() ? "There is no backup at all in that place."
                       : "The newest there are " + text::join(ids, ", ") + ".";
}

// Several databases or environments may share a folder; "latest" must not choose between them.
void require_one_origin(std::vector<Stored> const& backups, Origin const& origin) {
    std::set<std::pair<std::string, std::string>> origins;
    for (auto const& stored : backups) {
        if (counts(stored.manifest) && agrees(stored.manifest, origin)) {
            origins.emplace(stored.manifest.environment, stored.manifest.database);
        }
    }
    if (origins.size() > 1) {
        throw Error{
            ErrorKind::usage,
            fmt::format("latest is ambiguous: backups of {} databases are there", origins.size()),
            "Name the environment with --environment, or the backup by its id."};
    }
}

} // namespace

fs::Path Stored::manifest_path() const {
    return folder / (manifest.id + std::string{manifest_ending});
}

fs::Path Stored::archive_path() const {
    return folder / manifest.archive.path;
}

Listing list(fs::Path const& folder) {
    Listing out;
    std::set<std::string> archives;
    std::set<std::string> described;
    std::error_code code;
    for (auto const& entry : std::filesystem::directory_iterator{folder, code}) {
        std::string const name = entry.path().filename().string();
        if (name.starts_with('.')) {
            continue;
        }
        if (name.ends_with(manifest_ending)) {
            described.insert(name.substr(0, name.size() - manifest_ending.size()));
            read_one(entry.path(), out);
        } else if (name.ends_with(".tar")) {
            archives.insert(name.substr(0, name.size() - 4));
        }
    }
    if (code && code != std::errc::no_such_file_or_directory) {
        throw Error{
            ErrorKind::usage, fmt::format("cannot read {}: {}", folder.string(), code.message())};
    }
    for (auto const& id : archives) {
        if (!described.contains(id)) {
            out.broken.push_back({folder / (id + ".tar"), "it has no manifest"});
        }
    }
    std::sort(out.backups.begin(), out.backups.end(), [](Stored const& a, Stored const& b) {
        return std::tie(a.manifest.created_at, a.manifest.id) <
               std::tie(b.manifest.created_at, b.manifest.id);
    });
    return out;
}

Stored const* newest(std::vector<Stored> const& backups, Origin const& origin) {
    auto const found = std::find_if(backups.rbegin(), backups.rend(), [&](Stored const& stored) {
        return counts(stored.manifest) && agrees(stored.manifest, origin);
    });
    return found == backups.rend() ? nullptr : &*found;
}

Stored const& find(std::vector<Stored> const& backups, std::string_view id, Origin const& origin) {
    if (id == "latest") {
        require_one_origin(backups, origin);
        if (auto const* found = newest(backups, origin)) {
            return *found;
        }
        throw Error{ErrorKind::usage, "there is no verified regular backup", known_ids(backups)};
    }
    auto const found = std::find_if(backups.begin(), backups.end(), [&](Stored const& stored) {
        return stored.manifest.id == id;
    });
    if (found == backups.end()) {
        throw Error{ErrorKind::usage, fmt::format("there is no backup {}", id), known_ids(backups)};
    }
    return *found;
}

void remove(Stored const& stored) {
    std::error_code code;
    fs::Path const mark = stored.folder / (".partial-" + stored.manifest.id);
    std::filesystem::create_directory(mark, code);
    if (!code) {
        std::filesystem::remove(stored.manifest_path(), code);
    }
    if (!code) {
        std::filesystem::remove_all(stored.archive_path(), code);
    }
    std::error_code ignored;
    std::filesystem::remove(mark, ignored);
    if (code) {
        throw Error{
            ErrorKind::usage,
            fmt::format("cannot remove {}: {}", stored.archive_path().string(), code.message())};
    }
}

} // namespace slipway::backup
