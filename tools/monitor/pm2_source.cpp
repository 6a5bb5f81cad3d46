// SPDX-License-Identifier: Apache-2.0
#include "pm2_source.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "json/value.hpp"
#include "own_variables.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

constexpr std::chrono::seconds ask_every{30};
constexpr std::size_t longest_pm2_error = 200;

} // namespace

std::vector<Pm2Process> read_jlist(std::string_view printed) {
    // Before its list it may tell that it starts its daemon.
    std::optional<json::Value> list;
    for (auto const line : text::lines(printed)) {
        if (line == "[]" || line.starts_with("[{")) {
            try {
                list = json::parse(line, "pm2 jlist");
            } catch (Error const&) { // NOLINT(bugprone-empty-catch): told below
            }
        }
    }
    if (!list || !list->is_array()) {
        throw Error{ErrorKind::failed, "pm2 jlist printed no list"};
    }
    std::vector<Pm2Process> out;
    for (auto const& each : *list) {
        auto const& env = json::at(each, "pm2_env");
        auto const& restarts = json::at(env, "restart_time");
        out.push_back(
            {json::text_at(each, "name"),
             json::text_at(env, "status"),
             restarts.is_number_integer() ? restarts.get<std::int64_t>() : 0,
             json::text_at(env, "pm_out_log_path"),
             json::text_at(env, "pm_err_log_path")});
    }
    return out;
}

std::vector<Pm2Process> ask_pm2(time::Milliseconds timeout, std::stop_token const& stop) {
    proc::Command command;
    command.program = "pm2";
    command.arguments = {"jlist"};
    command.environment = {{"PM2_DISCRETE_MODE", "true"}};
    command.remove_environment = own_variables();
    command.timeout = timeout;
    command.grace = time::Milliseconds{500};
    auto const outcome = proc::run(command, stop);
    signal::throw_if_stopped(stop);
    if (!outcome.ok()) {
        throw Error{
            ErrorKind::unavailable,
            fmt::format(
                "pm2 jlist: {} {}",
                outcome.how(),
                text::shorten(
                    text::printable_line(text::trim(outcome.error_tail)), longest_pm2_error))};
    }
    return read_jlist(outcome.output);
}

std::vector<std::string>
pm2_files(std::string const& app, time::Milliseconds timeout, std::stop_token const& stop) {
    std::set<std::string> out;
    try {
        for (auto const& process : ask_pm2(timeout, stop)) {
            if (process.app == app) {
                out.insert({process.out_file, process.error_file});
            }
        }
    } catch (Error const&) {
        signal::throw_if_stopped(stop);
    }
    out.erase("");
    out.erase("/dev/null");
    if (out.empty()) {
        auto const home =
            ci::variable("PM2_HOME").value_or(ci::variable("HOME").value_or("") + "/.pm2");
        std::error_code ignored;
        for (auto const& entry : std::filesystem::directory_iterator{home + "/logs", ignored}) {
            auto const stem = entry.path().stem().string();
            auto const rest = stem.starts_with(app) ? stem.substr(app.size()) : "";
            bool const rotated = rest.find("__") != std::string::npos;
            if (entry.path().extension() == ".log" && !rotated &&
                (rest.starts_with("-out") || rest.starts_with("-error"))) {
                out.insert(entry.path().string());
            }
        }
    }
    if (out.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("PM2 knows no application {}, and has no log of one", app),
            "See pm2 list, and PM2_HOME where its daemon is another user's."};
    }
    return {out.begin(), out.end()};
}

Pm2Source::Pm2Source(std::string app, time::Milliseconds timeout, std::stop_token stop)
    : app_(std::move(app)), name_("pm2." + app_), timeout_(timeout), stop_(std::move(stop)) {}

void Pm2Source::look(Sample& sample) {
    auto const now = std::chrono::steady_clock::now();
    if (asked_ && now - *asked_ < ask_every) {
        return;
    }
    asked_ = now;
    try {
        bool online = true;
        std::int64_t restarts = 0;
        int processes = 0;
        for (auto const& process : ask_pm2(timeout_, stop_)) {
            if (process.app == app_) {
                ++processes;
                restarts += process.restarts;
                online = online && process.status == "online";
            }
        }
        sample.values["pm2.up/" + app_] = processes > 0 && online ? 1 : 0;
        // A process that was started anew begins to count at 0.
        sample.values["pm2.restarts/" + app_] =
            static_cast<double>(restarts_ ? std::max<std::int64_t>(0, restarts - *restarts_) : 0);
        restarts_ = restarts;
    } catch (Error const& error) {
        signal::throw_if_stopped(stop_);
        sample.gaps[name_] = error.message();
    }
}

} // namespace slipway::monitor
