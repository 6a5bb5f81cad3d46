// SPDX-License-Identifier: Apache-2.0
#include "thread.hpp"

#include "json/value.hpp"
#include "signal/stop.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {

namespace {

constexpr std::string_view schema = "slipway/slack-thread/1";
constexpr time::Milliseconds pause{50};

json::Value owner_of(record::Run const& run) {
    return {{"id", run.id}, {"environment", run.environment}, {"name", run.name}};
}

} // namespace

ThreadFile::ThreadFile(fs::Path path, retry::Patience const& patience) : path_(std::move(path)) {
    fs::Path const folder = path_.parent_path();
    if (!folder.empty()) {
        fs::make_folder(folder);
    }
    // The file itself is replaced when it is written, so that a lock on it would not hold.
    fs::Path const lock = folder / ("." + path_.filename().string() + ".lock");
    lock_ = fs::UniqueFd{::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
    if (!lock_) {
        fs::fail("lock", lock);
    }
    while (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (patience.deadline.expired()) {
            throw Error{
                ErrorKind::unavailable,
                fmt::format("another slack-notify holds {}", lock.string()),
                "Let it end, or wait longer with --retry-for."};
        }
        patience.clock.sleep(pause, patience.stop);
        signal::throw_if_stopped(patience.stop);
    }
}

std::optional<Posted> ThreadFile::read(record::Run const& run) const {
    std::error_code ignored;
    if (!std::filesystem::exists(path_, ignored)) {
        return std::nullopt;
    }
    try {
        auto const state = json::parse(fs::read_file(path_, 65536), path_.string());
        Posted out{json::text_at(state, "channel"), json::text_at(state, "ts")};
        bool const own = json::text_at(state, "schema") == schema &&
                         json::at(state, "run") == owner_of(run) && !out.ts.empty();
        return own ? std::optional{out} : std::nullopt;
    } catch (Error const&) {
        return std::nullopt; // written anew: the thread is worth less than the message
    }
}

void ThreadFile::write(Posted const& posted, record::Run const& run) const {
    fs::write_atomic(
        path_,
        json::write(
            json::Value{
                {"schema", schema},
                {"channel", posted.channel},
                {"ts", posted.ts},
                {"run", owner_of(run)}},
            true));
}

} // namespace slipway::slack_notify
