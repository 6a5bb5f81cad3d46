// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.hpp"

#include "backup/encryption.hpp"
#include "backup/tar.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "fs/unique_fd.hpp"
#include "hash/digest.hpp"
#include "signal/stop.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <future>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

constexpr std::size_t read_size = std::size_t{1} << 20U;

// The files of the folder in the order in which they are packed.
std::vector<std::string> members_of(fs::Path const& folder) {
    std::vector<std::string> out;
    for (auto const& entry : std::filesystem::directory_iterator{folder}) {
        out.push_back(entry.path().filename().string());
    }
    std::sort(out.begin(), out.end(), [](std::string const& a, std::string const& b) {
        return std::pair{a != "toc.dat", a} < std::pair{b != "toc.dat", b};
    });
    return out;
}

// The description that was made of the file while it was written, where there is one.
Member const*
known_one(std::vector<Member> const& known, std::string const& path, std::uint64_t bytes) {
    auto const found = std::find_if(known.begin(), known.end(), [&](Member const& member) {
        return member.path == path && member.bytes == bytes;
    });
    return found == known.end() ? nullptr : &*found;
}

// Reads the file in pieces; returns its description, the digest taken over where it is known.
Member read_member(
    fs::Path const& file,
    std::string const& path,
    std::stop_token const& stop,
    std::function<void(std::string_view)> const& take = {},
    Member const* known = nullptr) {
    fs::UniqueFd const fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) {
        fs::fail("read", file);
    }
    hash::Digest digest{hash::Algorithm::sha256};
    std::vector<char> buffer(read_size);
    Member out{path, 0, {}};
    for (;;) {
        signal::throw_if_stopped(stop);
        ssize_t const got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno != EINTR) {
            fs::fail("read", file);
        }
        if (got == 0) {
            break;
        }
        std::string_view const bytes{buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
        if (known == nullptr) {
            digest.update(bytes);
        }
        out.bytes += bytes.size();
        if (take) {
            take(bytes);
        }
    }
    out.sha256 = known == nullptr ? digest.hex() : known->sha256;
    return out;
}

// One checksum for a folder: of what `sha256sum` prints for its files, in the members' order.
std::string sum_of(std::vector<Member> const& members) {
    hash::Digest digest{hash::Algorithm::sha256};
    for (auto const& member : members) {
        digest.update(fmt::format("{}  {}\n", member.sha256, member.path));
    }
    return digest.hex();
}

void compare(Member const& found, Manifest const& manifest, std::vector<std::string>& out) {
    auto const same = [&](Member const& member) {
        return member.path == found.path;
    };
    auto const known = std::find_if(manifest.members.begin(), manifest.members.end(), same);
    if (known == manifest.members.end()) {
        out.push_back(fmt::format("{} is not in the manifest", found.path));
    } else if (known->bytes != found.bytes) {
        out.push_back(
            fmt::format("{} has {} bytes, not {}", found.path, found.bytes, known->bytes));
    } else if (known->sha256 != found.sha256) {
        out.push_back(fmt::format("the checksum of {} differs", found.path));
    }
}

void find_missing(
    std::vector<Member> const& found,
    Manifest const& manifest,
    std::vector<std::string>& out) {
    for (auto const& member : manifest.members) {
        auto const same = [&](Member const& other) {
            return member.path == other.path;
        };
        if (std::none_of(found.begin(), found.end(), same)) {
            out.push_back(fmt::format("{} is missing", member.path));
        }
    }
}

// The members of a tar, as they are in it now.
class Inspection {
public:
    Inspection(Manifest const& manifest, std::stop_token stop)
        : prefix_(manifest.id + "/"), stop_(std::move(stop)) {
        events_.on_member = [this](std::string const& name, std::uint64_t bytes) {
            members.push_back(
                {name.starts_with(prefix_) ? name.substr(prefix_.size()) : name, bytes, {}});
            digest_.emplace(hash::Algorithm::sha256);
            return true;
        };
        events_.on_data = [this](std::string_view bytes) {
            digest_->update(bytes);
        };
        events_.on_end = [this] {
            members.back().sha256 = digest_->hex();
            return true;
        };
        events_.on_raw = [this](std::string_view bytes) {
            signal::throw_if_stopped(stop_);
            bytes_ += bytes.size();
        };
    }

    [[nodiscard]] TarEvents const& events() const { return events_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    std::vector<Member> members;

private:
    std::string prefix_;
    std::stop_token stop_;
    TarEvents events_;
    std::uint64_t bytes_ = 0;
    std::optional<hash::Digest> digest_;
};

std::vector<std::string>
folder_damages(fs::Path const& archive, Manifest const& manifest, std::stop_token const& stop) {
    std::vector<std::string> out;
    std::vector<Member> found;
    for (auto const& name : members_of(archive)) {
        found.push_back(read_member(archive / name, name, stop));
        compare(found.back(), manifest, out);
    }
    find_missing(found, manifest, out);
    if (out.empty() && sum_of(found) != manifest.archive.sha256) {
        out.emplace_back("the checksum of the folder differs");
    }
    return out;
}

// pg_restore takes no symbolic links; a hard link costs nothing, where it is possible.
void bring(fs::Path const& from, fs::Path const& to) {
    std::error_code code;
    std::filesystem::create_hard_link(from, to, code);
    if (code) {
        std::filesystem::copy_file(from, to);
    }
}

} // namespace

void pack(
    fs::Path const& folder,
    fs::Path const& tar,
    Manifest& manifest,
    std::stop_token const& stop,
    std::vector<Member> const& known,
    std::string const& first) {
    std::string const prefix = manifest.id + "/";
    manifest.members.clear();
    if (!first.empty()) {
        manifest.members.push_back(*std::find_if(
            known.begin(), known.end(), [&](auto const& one) { return one.path == first; }));
    }
    TarWriter writer = first.empty() ? TarWriter{tar, manifest.created_at}
                                     : TarWriter{tar, manifest.created_at, prefix + first};
    for (auto const& name : members_of(folder)) {
        fs::Path const file = folder / name;
        auto const size = std::filesystem::file_size(file);
        writer.begin(prefix + name, size);
        manifest.members.push_back(read_member(
            file,
            name,
            stop,
            [&](std::string_view bytes) { writer.write(bytes); },
            known_one(known, name, size)));
        std::filesystem::remove(file);
    }
    writer.finish();
    manifest.archive = {manifest.id + ".tar", writer.bytes(), "", "tar"};
}

void describe_folder(
    fs::Path const& folder,
    Manifest& manifest,
    std::stop_token const& stop,
    std::vector<Member> const& known) {
    manifest.members.clear();
    std::uint64_t bytes = 0;
    for (auto const& name : members_of(folder)) {
        auto const* const one = known_one(known, name, std::filesystem::file_size(folder / name));
        manifest.members.push_back(one != nullptr ? *one : read_member(folder / name, name, stop));
        bytes += manifest.members.back().bytes;
        fs::UniqueFd const fd{::open((folder / name).c_str(), O_RDONLY | O_CLOEXEC)};
        if (!fd || ::fsync(fd.get()) != 0) {
            fs::fail("write", folder / name);
        }
    }
    manifest.archive = {manifest.id, bytes, sum_of(manifest.members), "dir"};
}

// Two digests of the same bytes, one a core.
ReadBack read_back(fs::Path const& tar, Manifest const& manifest, std::stop_token const& stop) {
    Inspection inspection{manifest, stop};
    auto whole = std::async(
        std::launch::async, [&] { return read_member(tar, manifest.archive.path, stop).sha256; });
    ReadBack out;
    try {
        read_tar(tar, inspection.events());
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::failed) {
            throw;
        }
        return {{error.message()}, {}};
    }
    for (auto const& member : inspection.members) {
        compare(member, manifest, out.damages);
    }
    find_missing(inspection.members, manifest, out.damages);
    if (inspection.bytes() != manifest.archive.bytes) {
        out.damages.push_back(fmt::format(
            "the archive has {} bytes, not {}", inspection.bytes(), manifest.archive.bytes));
    }
    out.sha256 = whole.get();
    return out;
}

std::vector<std::string>
damages(fs::Path const& archive, Manifest const& manifest, std::stop_token const& stop) {
    if (manifest.encryption) {
        return encrypted_damages(archive, manifest, stop);
    }
    if (manifest.archive.format == "dir") {
        return folder_damages(archive, manifest, stop);
    }
    auto found = read_back(archive, manifest, stop);
    if (found.damages.empty() && found.sha256 != manifest.archive.sha256) {
        found.damages.emplace_back("the checksum of the archive differs");
    }
    return std::move(found.damages);
}

void unpack(
    fs::Path const& archive,
    Manifest const& manifest,
    fs::Path const& into,
    std::stop_token const& stop,
    std::string const& only) {
    if (manifest.archive.format == "dir") {
        for (auto const& member : manifest.members) {
            if (only.empty() || member.path == only) {
                bring(archive / member.path, into / member.path);
            }
        }
        return;
    }
    std::string const prefix = manifest.id + "/";
    std::ofstream out;
    TarEvents events;
    events.on_member = [&](std::string const& name, std::uint64_t) {
        signal::throw_if_stopped(stop);
        std::string const path = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
        if (path.empty() || path.find('/') != std::string::npos) {
            throw Error{
                ErrorKind::failed, "the archive holds a path that leads elsewhere: " + path};
        }
        if (!only.empty() && path != only) {
            return false;
        }
        out.open(into / path, std::ios::binary | std::ios::trunc);
        return true;
    };
    events.on_data = [&](std::string_view bytes) {
        signal::throw_if_stopped(stop);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    };
    events.on_end = [&] {
        out.close();
        if (!out) {
            fs::fail("unpack into", into);
        }
        return only.empty();
    };
    read_tar(archive, events);
}

} // namespace slipway::backup
