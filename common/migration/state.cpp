// SPDX-License-Identifier: Apache-2.0
#include "migration/state.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

constexpr std::string_view rolled_back_mark = "[slipway] rolled back, nothing of it remains\n";
constexpr std::string_view progress_mark = "[slipway] statements done: ";

// The row that counts for a migration: one that was marked as rolled back counts for nothing, and
// an unfinished one stops a deployment whatever else is there (Prisma's P3009).
std::map<std::string, Entry> current_entries(History const& history) {
    std::map<std::string, Entry> out;
    for (auto const& entry : history.entries) {
        auto const known = out.find(entry.id);
        bool const hidden = known != out.end() && !known->second.finished && entry.finished;
        if (!entry.rolled_back && !hidden) {
            out[entry.id] = entry;
        }
    }
    return out;
}

State state_of(Folder const& folder, File const& file, Entry const& entry) {
    if (!entry.finished) {
        return says_rolled_back(entry.log) ? State::rolled_back : State::failed;
    }
    bool const unchanged = entry.checksum.empty() || entry.checksum == file.checksum ||
                           entry.checksum == file.recorded;
    if (unchanged) {
        return State::applied;
    }
    auto const accepted = accepted_checksums(folder.layout, fs::read_file(file.path));
    bool const equal =
        std::find(accepted.begin(), accepted.end(), entry.checksum) != accepted.end();
    return equal ? State::applied : file.repeatable ? State::pending : State::drifted;
}

bool is_below_baseline(File const& file, History const& history) {
    return !history.baseline.empty() && !file.repeatable &&
           !version_order(history.baseline, file.version);
}

Item item_of(Folder const& folder, File const& file, Entry const* entry) {
    Item item;
    item.id = file.id;
    item.file = file;
    if (entry != nullptr) {
        item.entry = *entry;
        item.state = state_of(folder, file, *entry);
        int const steps = steps_in(entry->log);
        item.steps_done = std::max(0, steps);
        item.resumable =
            item.state == State::failed && steps >= 0 && entry->checksum == file.checksum;
    }
    return item;
}

} // namespace

std::string_view name(State state) {
    switch (state) {
    case State::pending:
        return "pending";
    case State::applied:
        return "applied";
    case State::failed:
        return "failed";
    case State::rolled_back:
        return "rolled_back";
    case State::drifted:
        return "drifted";
    case State::missing:
        return "missing";
    }
    return "pending";
}

std::vector<Item const*> Standing::in_state(State state) const {
    std::vector<Item const*> out;
    for (auto const& item : items) {
        if (item.state == state) {
            out.push_back(&item);
        }
    }
    return out;
}

Standing compare(Folder const& folder, History const& history) {
    Standing standing;
    auto entries = current_entries(history);
    std::vector<Item> present;
    for (auto const& file : folder.files) {
        auto const found = entries.find(file.version);
        bool const known = found != entries.end();
        present.push_back(item_of(folder, file, known ? &found->second : nullptr));
        if (known) {
            entries.erase(found);
        } else if (is_below_baseline(file, history)) {
            present.back().state = State::applied;
            present.back().entry.finished = true;
        }
    }
    bool later_applied = false;
    for (auto item = present.rbegin(); item != present.rend(); ++item) {
        bool const repeatable = item->file.repeatable;
        item->out_of_order = item->applies() && later_applied && !repeatable;
        later_applied = later_applied || (item->entry.finished && !repeatable);
    }
    for (auto& [id, entry] : entries) {
        Item item;
        item.id = entry.name.empty() ? id : entry.name;
        item.state = entry.finished ? State::missing : State::failed;
        item.entry = entry;
        standing.items.push_back(std::move(item));
    }
    std::move(present.begin(), present.end(), std::back_inserter(standing.items));
    return standing;
}

std::string rolled_back_log(std::string_view error) {
    return std::string{rolled_back_mark} + std::string{error};
}

std::string progress_log(int done, int total) {
    return fmt::format("{}{} of {}", progress_mark, done, total);
}

bool says_rolled_back(std::string_view log) {
    return log.starts_with(rolled_back_mark);
}

int steps_in(std::string_view log) {
    int done = -1;
    if (log.starts_with(progress_mark)) {
        log.remove_prefix(progress_mark.size());
        std::from_chars(log.data(), log.data() + log.size(), done);
    }
    return done;
}

} // namespace slipway::migration
