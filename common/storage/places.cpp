// SPDX-License-Identifier: Apache-2.0
#include "storage/places.hpp"

#include "error/error.hpp"
#include "http/message.hpp"
#include "json/value.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::storage {

namespace {

constexpr std::string_view scheme = "s3://";
constexpr std::string_view manifest_end = ".manifest.json";
constexpr std::string_view mark = "x-amz-meta-slipway-backup";
constexpr std::uint64_t longest_manifest = std::uint64_t{64} << 20U;
constexpr std::chrono::hours abandoned{24};

std::string bucket_name(fs::Path const& place) {
    std::string const text = place.string().substr(scheme.size());
    return text.substr(0, text.find('/'));
}

// The key of a name in the place.
std::string key_in(fs::Path const& place, std::string const& name) {
    std::string const text = place.string().substr(scheme.size());
    auto const slash = text.find('/');
    return (slash == std::string::npos ? "" : text.substr(slash + 1) + "/") + name;
}

std::string name_of(std::string const& key) {
    return key.substr(key.rfind('/') + 1);
}

// The id of an archive's name; empty where it is none.
std::string id_of_archive(std::string_view name) {
    for (std::string_view const end : {".tar.age", ".tar"}) {
        if (name.ends_with(end)) {
            std::string id{name.substr(0, name.size() - end.size())};
            return backup::valid_id(id) ? id : "";
        }
    }
    return {};
}

void sort_by_time(std::vector<backup::Stored>& backups) {
    std::sort(backups.begin(), backups.end(), [](backup::Stored const& a, backup::Stored const& b) {
        return std::tie(a.manifest.created_at, a.manifest.id) <
               std::tie(b.manifest.created_at, b.manifest.id);
    });
}

using Sizes = std::map<std::string, std::uint64_t>;

// As for a folder: the parts are there, in full size.
std::string
objection_to(backup::Manifest const& manifest, std::string const& name, Sizes const& sizes) {
    auto const found = sizes.find(manifest.archive.path);
    if (name != manifest.id + std::string{manifest_end}) {
        return fmt::format("it is the manifest of {}", manifest.id);
    }
    if (found == sizes.end()) {
        return fmt::format("its archive {} is missing", manifest.archive.path);
    }
    if (found->second != manifest.archive.bytes) {
        return fmt::format(
            "its archive {} has {} bytes, not {}",
            manifest.archive.path,
            found->second,
            manifest.archive.bytes);
    }
    return {};
}

} // namespace

bool is_bucket(fs::Path const& place) {
    return place.string().starts_with(scheme);
}

fs::Path as_place(fs::Path const& given) {
    std::string text = given.string();
    if (!is_bucket(given)) {
        if (text.find("://") != std::string::npos) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{}: backups are kept in folders and in s3://BUCKET/PREFIX", text),
                "Most other stores speak S3, too: give their address with --s3-endpoint."};
        }
        return given;
    }
    while (text.ends_with('/') && text.size() > scheme.size()) {
        text.pop_back();
    }
    std::string_view const rest = std::string_view{text}.substr(scheme.size());
    for (auto const segment : text::split(rest, '/')) {
        if (segment.empty() || segment == "." || segment == "..") {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} names no place in a bucket", given.string()),
                "Write it as in s3://BUCKET/shop/production."};
        }
    }
    return text;
}

Places::Places(s3::Settings settings, aws::Surroundings surroundings, s3::Run run)
    : settings_(std::move(settings)), run_(std::move(run)),
      credentials_(std::move(surroundings), run_.clock, run_.stop) {}

s3::Bucket& Places::bucket_of(fs::Path const& place) {
    std::string const name = bucket_name(place);
    auto& found = buckets_[name];
    if (!found) {
        found = std::make_unique<s3::Bucket>(name, settings_, credentials_, run_);
    }
    return *found;
}

backup::Listing Places::list(fs::Path const& place) {
    if (!is_bucket(place)) {
        return backup::list(place);
    }
    auto& bucket = bucket_of(place);
    Sizes sizes;
    for (auto const& object : bucket.list(key_in(place, ""))) {
        sizes[name_of(object.key)] = object.bytes;
    }
    backup::Listing out;
    for (auto const& [name, bytes] : sizes) {
        if (std::string const id = id_of_archive(name);
            !id.empty() && !sizes.contains(id + std::string{manifest_end})) {
            out.broken.push_back({place / name, "it has no manifest"});
        }
        if (!name.ends_with(manifest_end)) {
            continue;
        }
        auto const text = bucket.get(key_in(place, name), longest_manifest);
        if (!text) {
            continue; // removed since it was listed
        }
        std::string const shown = (place / name).string();
        try {
            backup::Stored stored{backup::from_json(json::parse(*text, shown), shown), place};
            std::string why = objection_to(stored.manifest, name, sizes);
            if (why.empty()) {
                out.backups.push_back(std::move(stored));
            } else {
                out.broken.push_back({place / name, std::move(why)});
            }
        } catch (Error const& error) {
            out.broken.push_back({place / name, error.message()});
        }
    }
    sort_by_time(out.backups);
    return out;
}

void Places::write_manifest(backup::Manifest const& manifest, fs::Path const& place) {
    if (!is_bucket(place)) {
        backup::write_manifest(manifest, place);
        return;
    }
    http::Headers headers;
    headers.add(std::string{mark}, manifest.id);
    bucket_of(place).put(
        key_in(place, manifest.id + std::string{manifest_end}),
        json::write(backup::to_json(manifest), true),
        headers);
}

void Places::remove(backup::Stored const& stored) {
    if (!is_bucket(stored.folder)) {
        backup::remove(stored);
        return;
    }
    auto& bucket = bucket_of(stored.folder);
    bucket.remove(key_in(stored.folder, stored.manifest.id + std::string{manifest_end}));
    bucket.remove(key_in(stored.folder, stored.manifest.archive.path));
}

void Places::require_free(fs::Path const& place, std::string const& id) {
    for (auto const& object : bucket_of(place).list(key_in(place, id))) {
        std::string const name = name_of(object.key);
        if (name == id + std::string{manifest_end} || id_of_archive(name) == id) {
            throw Error{
                ErrorKind::usage,
                fmt::format("there is {} already", (place / name).string()),
                "Backups are never overwritten; choose another --id."};
        }
    }
}

s3::Uploaded Places::upload(
    backup::Manifest const& manifest,
    fs::Path const& archive,
    fs::Path const& place,
    std::function<void(std::uint64_t)> const& on_progress) {
    s3::Upload work;
    work.file = archive;
    work.key = key_in(place, manifest.archive.path);
    work.metadata.add(std::string{mark}, manifest.id);
    work.on_progress = on_progress;
    return s3::upload(bucket_of(place), work);
}

std::string Places::download(
    backup::Stored const& stored,
    fs::Path const& file,
    std::function<void(std::uint64_t)> const& on_progress) {
    auto const& archive = stored.manifest.archive;
    std::string const sum = s3::download(
        bucket_of(stored.folder),
        key_in(stored.folder, archive.path),
        archive.bytes,
        file,
        on_progress);
    return sum == archive.sha256 ? "" : "the checksum of the archive differs";
}

std::vector<std::string>
Places::clean_up(fs::Path const& place, std::vector<std::string> const& dead) {
    std::vector<std::string> out;
    std::set<std::string> const ids{dead.begin(), dead.end()};
    clean_uploads(place, ids, out);
    clean_archives(place, ids, out);
    return out;
}

void Places::clean_uploads(
    fs::Path const& place,
    std::set<std::string> const& dead,
    std::vector<std::string>& out) {
    auto& bucket = bucket_of(place);
    for (auto const& upload : bucket.pending(key_in(place, ""))) {
        std::string const name = name_of(upload.key);
        std::string const id = id_of_archive(name);
        if (id.empty() || upload.key != key_in(place, name)) {
            continue;
        }
        bool gone = dead.contains(id);
        if (!gone && bucket.now() - upload.initiated > abandoned) {
            // A long upload is alive as long as parts arrive.
            auto const parts = bucket.parts(upload.key, upload.upload_id);
            gone = std::none_of(parts.begin(), parts.end(), [&](s3::Part const& part) {
                return bucket.now() - part.modified < abandoned;
            });
        }
        if (gone) {
            bucket.abort(upload.key, upload.upload_id);
            out.push_back((place / name).string());
        }
    }
}

void Places::clean_archives(
    fs::Path const& place,
    std::set<std::string> const& dead,
    std::vector<std::string>& out) {
    auto& bucket = bucket_of(place);
    auto const objects = bucket.list(key_in(place, ""));
    std::set<std::string> names;
    for (auto const& object : objects) {
        names.insert(name_of(object.key));
    }
    for (auto const& object : objects) {
        std::string const name = name_of(object.key);
        std::string const id = id_of_archive(name);
        bool const orphan = !id.empty() && !names.contains(id + std::string{manifest_end});
        if (!orphan || (!dead.contains(id) && bucket.now() - object.modified < abandoned)) {
            continue;
        }
        auto const head = bucket.head(object.key);
        if (head && head->headers.find(mark) == id) {
            bucket.remove(object.key);
            out.push_back((place / name).string());
        }
    }
}

} // namespace slipway::storage
