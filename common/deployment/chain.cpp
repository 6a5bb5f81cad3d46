// SPDX-License-Identifier: Apache-2.0
#include "deployment/chain.hpp"

#include "error/error.hpp"
#include "record/write.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace slipway::deployment {

namespace {

// Only plain files are opened: a record is foreign, and a pipe or a device would never end.
bool is_file(fs::Path const& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
}

fs::Path resolve(std::string const& path, record::Found const& holder) {
    fs::Path const given{path};
    return given.is_absolute() ? given : holder.path.parent_path() / given;
}

} // namespace

bool broken(LinkState state) {
    switch (state) {
    case LinkState::intact:
    case LinkState::remote:
        return false;
    case LinkState::unpinned:
    case LinkState::absent:
    case LinkState::altered:
        return true;
    }
    return true;
}

std::string_view name(LinkState state) {
    switch (state) {
    case LinkState::intact:
        return "intact";
    case LinkState::remote:
        return "kept elsewhere";
    case LinkState::unpinned:
        return "no checksum";
    case LinkState::absent:
        return "absent";
    case LinkState::altered:
        return "altered";
    }
    return "absent";
}

Evidence::Evidence(Material const& material) : material_(material) {
    for (auto const& found : material.records) {
        records_[found.sha256] = &found;
    }
}

Link Evidence::check(record::Input const& input, record::Found const& holder) {
    Link link;
    link.input = true;
    link.what = input.tool;
    link.path = input.path;
    link.sha256 = input.sha256;
    if (input.sha256.empty()) {
        link.state = LinkState::unpinned;
        return link;
    }
    if (auto const known = records_.find(input.sha256); known != records_.end()) {
        link.state = LinkState::intact;
        link.target = known->second;
        if (link.target->record.status == record::Status::running) {
            link.detail = "that run was killed before it ended, so it is no evidence";
        }
        return link;
    }
    fs::Path const hint = resolve(input.path, holder);
    if (is_file(hint) && sha256_of(hint) == input.sha256) {
        link.state = LinkState::intact;
        return link;
    }
    fs::Path const elsewhere = find_file(link, hint.filename().string());
    if (!elsewhere.empty()) {
        link.state = LinkState::intact;
        link.detail = fmt::format("found as {}", elsewhere.string());
        return link;
    }
    compare(link, hint);
    return link;
}

Link Evidence::check(record::Artifact const& artifact, record::Found const& holder) {
    Link link;
    link.what = artifact.kind;
    link.path = artifact.path.empty() ? artifact.uri : artifact.path;
    link.sha256 = artifact.sha256;
    link.bytes = artifact.bytes;
    if (artifact.path.empty()) {
        link.state = artifact.sha256.empty() ? LinkState::unpinned : LinkState::remote;
        return link;
    }
    if (artifact.sha256.empty()) {
        link.state = LinkState::unpinned;
        return link;
    }
    fs::Path const place = resolve(artifact.path, holder);
    compare(link, place);
    if (link.state == LinkState::intact) {
        return link;
    }
    fs::Path const elsewhere = find_file(link, place.filename().string());
    if (elsewhere.empty()) {
        if (link.state == LinkState::absent && !artifact.uri.empty()) {
            link.state = LinkState::remote;
            link.detail = fmt::format("kept at {}", artifact.uri);
        }
    } else if (link.state == LinkState::absent) {
        // Moved as a whole is harmless; another file in its place is not, since readers of the
        // path would take it for the right one.
        link.state = LinkState::intact;
        link.detail = fmt::format("found as {}", elsewhere.string());
    } else {
        link.detail += fmt::format("; what was written lies at {}", elsewhere.string());
    }
    return link;
}

void Evidence::compare(Link& link, fs::Path const& path) {
    std::error_code ignored;
    if (!is_file(path)) {
        link.state = LinkState::absent;
        link.detail = std::filesystem::exists(path, ignored) ? "is no plain file" : "";
        return;
    }
    std::string const actual = sha256_of(path);
    if (actual.empty()) {
        link.state = LinkState::absent;
        link.detail = "cannot be read";
        return;
    }
    auto const size = std::filesystem::file_size(path, ignored);
    bool const same_size = !link.bytes || *link.bytes == size;
    link.state = actual == link.sha256 && same_size ? LinkState::intact : LinkState::altered;
    if (actual != link.sha256) {
        link.detail = fmt::format("the file there has SHA-256 {}…", actual.substr(0, 12));
    } else if (!same_size) {
        link.detail = fmt::format("the file there has {} bytes, not {}", size, *link.bytes);
    }
}

std::string Evidence::sha256_of(fs::Path const& path) {
    auto const known = hashed_.find(path);
    if (known != hashed_.end()) {
        return known->second;
    }
    std::string sha256;
    try {
        sha256 = record::sha256_of_file(path);
    } catch (Error const&) {
        sha256.clear(); // told as absent: what cannot be read proves nothing
    }
    return hashed_[path] = sha256;
}

// Files of the same name first, and none of another size: backups are large, and mostly only their
// folder has changed.
fs::Path Evidence::find_file(Link const& link, std::string const& hint) {
    for (bool const same_name : {true, false}) {
        for (auto const& file : material_.files) {
            std::error_code ignored;
            bool const candidate =
                (file.filename() == hint) == same_name &&
                (!link.bytes || *link.bytes == std::filesystem::file_size(file, ignored));
            if (candidate && sha256_of(file) == link.sha256) {
                return file;
            }
        }
    }
    return {};
}

} // namespace slipway::deployment
