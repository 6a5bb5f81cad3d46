// SPDX-License-Identifier: Apache-2.0
#include "backup/store.hpp"
#include "error/error.hpp"
#include "time/deadline.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

constexpr std::string_view prefix = ".partial-";
constexpr time::Milliseconds patience{30'000};
constexpr time::Milliseconds pause{50};
constexpr std::chrono::hours longest_unsent{24};

fs::UniqueFd open_folder(fs::Path const& folder) {
    fs::UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) {
        throw Error{
            ErrorKind::usage, fmt::format("cannot open {}: {}", folder.string(), fs::last_error())};
    }
    return fd;
}

bool take(fs::UniqueFd const& fd) {
    return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

// A pg_dump that was orphaned a moment ago may still be writing into the folder.
void remove_stubbornly(fs::Path const& path) {
    std::error_code code;
    for (int attempt = 0; attempt < 5; ++attempt) {
        std::filesystem::remove_all(path, code);
        if (!std::filesystem::exists(path)) {
            return;
        }
        time::SystemClock{}.sleep(pause, {});
    }
}

// The archive stands under its final name a moment before its manifest does, which is written under
// a name of its own first.
void remove_unfinished(fs::Path const& store, std::string const& id) {
    std::error_code code;
    std::string const unwritten = "." + id + ".manifest.json.";
    for (auto const& entry : std::filesystem::directory_iterator{store, code}) {
        if (entry.path().filename().string().starts_with(unwritten)) {
            std::filesystem::remove(entry.path(), code);
        }
    }
    if (!std::filesystem::exists(store / (id + ".manifest.json"), code)) {
        std::filesystem::remove(store / (id + ".tar"), code);
        std::filesystem::remove_all(store / id, code);
    }
}

std::vector<fs::Path> partials_in(fs::Path const& store) {
    std::vector<fs::Path> out;
    std::error_code code;
    for (auto const& entry : std::filesystem::directory_iterator{store, code}) {
        std::string const name = entry.path().filename().string();
        if (name.starts_with(prefix) && entry.is_directory(code)) {
            out.push_back(entry.path());
        }
    }
    return out;
}

bool is_unsent(fs::Path const& partial) {
    std::error_code code;
    auto const written = std::filesystem::last_write_time(partial / unsent_note, code);
    return !code && std::filesystem::file_time_type::clock::now() - written < longest_unsent;
}

} // namespace

StoreLock::StoreLock(fs::Path const& folder, std::stop_token const& stop)
    : fd_(open_folder(folder)) {
    auto const deadline = time::Deadline::after(patience);
    time::SystemClock clock;
    while (!take(fd_)) {
        if (deadline.expired() || !clock.sleep(pause, stop)) {
            throw Error{
                ErrorKind::refused,
                fmt::format("another run is working in {}", folder.string()),
                "Wait until it has ended, or name another folder with --to."};
        }
    }
}

Partial::Partial(fs::Path const& store, std::string const& id, std::stop_token const& stop) {
    fs::make_folder(store);
    // Under the lock nobody takes the new folder for a dead run's before it is locked itself.
    StoreLock const lock{store, stop};
    std::error_code code;
    if (std::filesystem::exists(store / (id + ".manifest.json"), code)) {
        throw Error{
            ErrorKind::usage,
            fmt::format("there is a backup {} already", id),
            "Backups are never overwritten; choose another --id."};
    }
    if (std::filesystem::exists(store / (id + ".tar"), code) ||
        std::filesystem::exists(store / id, code)) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is there already, without a manifest", (store / id).string()),
            "Move it away, or choose another --id."};
    }
    fs::Path const path = store / (std::string{prefix} + id);
    if (::mkdir(path.c_str(), 0700) != 0) {
        throw Error{
            ErrorKind::usage,
            fmt::format("cannot make folder {}: {}", path.string(), fs::last_error()),
            "Name a folder of backups that may be written."};
    }
    path_ = path;
    lock_ = open_folder(path_);
    take(lock_);
}

Partial::Partial(Partial&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

Partial::~Partial() {
    if (!path_.empty()) {
        try {
            remove_unfinished(path_.parent_path(), path_.filename().string().substr(prefix.size()));
            remove_stubbornly(path_);
        } catch (std::exception const&) { // NOLINT(bugprone-empty-catch)
            // The next run sweeps what could not be removed.
        }
    }
}

std::vector<std::string> sweep(fs::Path const& store, std::stop_token const& stop) {
    std::vector<std::string> out;
    std::error_code code;
    if (!std::filesystem::exists(store, code)) {
        return out;
    }
    StoreLock const lock{store, stop};
    for (auto const& path : partials_in(store)) {
        if (!is_unsent(path) && take(open_folder(path))) {
            std::string id = path.filename().string().substr(prefix.size());
            remove_unfinished(store, id);
            remove_stubbornly(path);
            out.push_back(std::move(id));
        }
    }
    return out;
}

std::vector<Partial> take_over(fs::Path const& store, std::stop_token const& stop) {
    std::vector<Partial> out;
    std::error_code code;
    if (!std::filesystem::exists(store, code)) {
        return out;
    }
    StoreLock const lock{store, stop};
    for (auto const& path : partials_in(store)) {
        auto fd = open_folder(path);
        if (is_unsent(path) && take(fd)) {
            out.push_back(Partial{path, std::move(fd)});
        }
    }
    return out;
}

} // namespace slipway::backup
