// SPDX-License-Identifier: Apache-2.0
#include "file_feed.hpp"

#include "error/error.hpp"
#include "json/value.hpp"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

constexpr std::size_t block = 256 * 1024;
// So many readings behind, what is new matters more than what is old.
constexpr std::uint64_t most_behind = 8;

void say(std::string& to, std::string const& what) {
    to += (to.empty() ? "" : "; ") + what;
}

} // namespace

void FileFeed::resume(std::string const& position) {
    if (position.empty()) {
        return;
    }
    auto const value = json::parse(position, "the position in " + path_.string());
    auto const& offset = json::at(value, "offset");
    auto const& inode = json::at(value, "inode");
    if (!offset.is_number_unsigned() || !inode.is_number_unsigned()) {
        throw Error{ErrorKind::usage, "the series holds no position in " + path_.string()};
    }
    resume_ = Position{
        inode.get<std::uint64_t>(),
        offset.get<std::uint64_t>(),
        json::text_at(value, "signature"),
        json::at(value, "in_line") == true};
}

std::string FileFeed::position(std::optional<std::uint64_t> held) {
    if (!current_) {
        return "";
    }
    auto const unfinished = current_->offset() - lines_.waiting();
    auto const offset = held.value_or(unfinished);
    json::Value out{
        {"inode", current_->inode()},
        {"offset", offset},
        {"signature", current_->compressed() ? "" : current_->signature(offset)}};
    if (lines_.passing()) {
        out["in_line"] = true;
    }
    return json::write(out);
}

// Whether that file, or an older one beside it, is the one that was read; goes on there.
bool FileFeed::take_up(Position const& position, Fed& out) {
    auto const is_it = [&](LogFile& file) {
        if (position.offset == 0) {
            return file.inode() == position.inode;
        }
        return (file.compressed() || file.size() >= position.offset) &&
               file.signature(position.offset) == position.signature;
    };
    auto const take = [&](LogFile file) {
        file.seek(position.offset);
        current_ = std::move(file);
        lines_.restart(position.in_line);
    };
    if (auto file = LogFile::open(path_); file && is_it(*file)) {
        take(std::move(*file));
        return true;
    }
    for (auto const& older : rotated_files(path_)) {
        auto file = LogFile::open(older);
        if (file && is_it(*file)) {
            take(std::move(*file));
            say(out.note, fmt::format("went on in {}", older.filename().string()));
            add_newer_than(older);
            return true;
        }
    }
    return false;
}

// What was rotated after that one, and then the log itself, from their starts.
void FileFeed::add_newer_than(fs::Path const& older) {
    bool newer = false;
    for (auto const& each : rotated_files(path_)) {
        if (newer) {
            if (auto file = LogFile::open(each)) {
                next_.push_back(std::move(*file));
            }
        }
        newer = newer || each == older;
    }
    if (auto file = LogFile::open(path_)) {
        next_.push_back(std::move(*file));
    }
}

void FileFeed::begin(LogFile file, Fed& out) {
    if (resume_) {
        auto const position = *std::exchange(resume_, std::nullopt);
        if (take_up(position, out)) {
            return;
        }
        say(out.gap,
            "it is another file than the last run read: what came in between is lost, unless it is "
            "all here");
    } else if (!from_start_ && !was_absent_) {
        file.seek(file.compressed() ? 0 : file.size());
    }
    current_ = std::move(file);
    lines_.restart(false);
}

void FileFeed::follow_rotation(LogFile next, Fed& out) {
    say(out.note, "rotated");
    // Those that came and went between two looks stand beside it, newer than ours.
    auto const inode = current_->inode();
    for (auto const& each : rotated_files(path_)) {
        struct stat facts {};
        if (::stat(each.c_str(), &facts) == 0 && facts.st_ino == inode) {
            add_newer_than(each);
            return;
        }
    }
    next_.push_back(std::move(next));
}

void FileFeed::follow_truncation(LineSink& into, Fed& out) {
    auto const offset = current_->offset();
    for (auto const& older : rotated_files(path_)) {
        auto copy = LogFile::open(older);
        if (copy && (copy->compressed() || copy->size() >= offset) &&
            copy->signature(offset) == signature_ && copy->seek(offset)) {
            say(out.note,
                fmt::format(
                    "truncated; the rest was read in the copy {}", older.filename().string()));
            current_->seek(0);
            next_.push_front(std::move(*current_));
            current_ = std::move(*copy);
            return;
        }
    }
    say(out.gap, "truncated: what was written between the last sample and that is lost");
    out.lost_bytes += lines_.waiting();
    into.cut();
    current_->seek(0);
    lines_.restart(false);
}

void FileFeed::look_around(LineSink& into, Fed& out) {
    auto file = LogFile::open(path_);
    if (!current_) {
        if (!file) {
            was_absent_ = true;
            throw Error{
                ErrorKind::unavailable,
                fmt::format("{} cannot be read: {}", path_.string(), std::strerror(errno))};
        }
        begin(std::move(*file), out);
        return;
    }
    if (!next_.empty()) {
        return; // there is enough to read
    }
    if (!file) {
        was_absent_ = true;
        say(out.gap,
            path_.string() + " is not there; what is still written to the old file is read");
        return;
    }
    if (file->inode() != current_->inode()) {
        if (current_->compressed()) {
            next_.push_back(std::move(*file));
        } else {
            follow_rotation(std::move(*file), out);
        }
    } else if (
        !current_->compressed() && current_->offset() > 0 &&
        (current_->size() < current_->offset() ||
         current_->signature(current_->offset()) != signature_)) {
        follow_truncation(into, out);
    }
}

void FileFeed::pass_over(LineSink& into, Fed& out, std::uint64_t most) {
    if (!next_.empty() || out.behind_bytes <= most_behind * most || current_->compressed()) {
        return;
    }
    auto const lost = out.behind_bytes - most;
    into.cut();
    current_->seek(current_->offset() + lost);
    lines_.restart(true);
    out.lost_bytes += lost;
    out.behind_bytes = most;
    say(out.gap,
        fmt::format("it grows faster than it can be read: {} bytes were passed over", lost));
}

Fed FileFeed::read(LineSink& into, Allowance const& allowance) {
    Fed out;
    look_around(into, out);
    std::string buffer(block, '\0');
    while (out.bytes < allowance.bytes && !allowance.deadline.expired() &&
           !allowance.stop.stop_requested()) {
        auto const at = current_->offset();
        auto const got = current_->read(
            buffer.data(), std::min<std::uint64_t>(buffer.size(), allowance.bytes - out.bytes));
        lines_.add(std::string_view{buffer}.substr(0, got), at, into);
        out.bytes += got;
        if (got > 0) {
            continue;
        }
        if (next_.empty()) {
            break;
        }
        lines_.flush(into);
        into.cut();
        current_ = std::move(next_.front());
        next_.pop_front();
    }
    if (!current_->compressed()) {
        auto const size = current_->size();
        out.behind_bytes = size - std::min(size, current_->offset());
        for (auto const& each : next_) {
            out.behind_bytes += each.size();
        }
        pass_over(into, out, allowance.bytes);
        signature_ = current_->signature(current_->offset());
    }
    return out;
}

} // namespace slipway::monitor
