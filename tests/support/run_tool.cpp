// SPDX-License-Identifier: Apache-2.0
#include "support/run_tool.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "proc/child.hpp"
#include "support/record_schema.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_run{180};

// What a program needs of this process's environment; all else could change what a tool does.
bool is_neutral(std::string_view name) {
    constexpr std::array kept{"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "SLIPWAY_PG_BIN"};
    return std::find(kept.begin(), kept.end(), name) != kept.end() ||
           name.find("SAN_OPTIONS") != std::string_view::npos;
}

proc::Command command_for(
    std::string const& tool,
    std::vector<std::string> args,
    Environment const& env,
    fs::Path const& folder) {
    proc::Command command;
    command.program = (fs::Path{SLIPWAY_BUILD_DIR} / "bin" / tool).string();
    command.arguments = std::move(args);
    command.folder = folder;
    for (auto const& entry : ci::environment()) {
        std::string const name = entry.substr(0, entry.find('='));
        if (!is_neutral(name)) {
            command.remove_environment.push_back(name);
        }
    }
    command.environment = {{"SLIPWAY_DIR", folder.string()}};
    command.environment.insert(command.environment.end(), env.begin(), env.end());
    return command;
}

// The one place through which every record of every test goes.
void require_valid(json::Value const& record, ToolRun const& run) {
    require_valid_record(record);
    bool const killed = run.signal != 0;
    // The code of health-check --nagios is that of a monitoring plugin.
    bool const plugin = run.out.starts_with("HEALTH ");
    bool const ended = record.at("status") != "running" && record.at("finished_at").is_string() &&
                       (plugin || record.at("exit_code") == run.code);
    if (!killed && !ended) {
        throw std::logic_error{"the record does not tell how the tool ended\n" + run.all()};
    }
}

void drain(fs::UniqueFd& fd, std::string& into) {
    std::array<char, 65536> buffer{};
    ssize_t const got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got <= 0) {
        fd.reset();
        return;
    }
    into.append(buffer.data(), static_cast<std::size_t>(got));
}

// When a process gets which signal.
struct Kill {
    std::chrono::microseconds after{0};
    int signal = 0;
    std::function<bool()> reached;
    std::optional<Steady::time_point> from; // when the time began
    bool sent = false;

    // Sends it when its time has come; returns how long to wait until it is to be asked again.
    std::chrono::nanoseconds send(proc::Child const& child, std::chrono::nanoseconds longest) {
        if (sent) {
            return longest;
        }
        if (!from && reached()) {
            from = Steady::now();
        }
        auto const left = from ? *from + after - Steady::now() : between_looks;
        if (from && left <= left.zero()) {
            child.kill(signal);
            sent = true;
        }
        return std::clamp<std::chrono::nanoseconds>(left, std::chrono::nanoseconds{1}, longest);
    }

    static constexpr std::chrono::microseconds between_looks{300};
};

// Reads both pipes until they end, sending the signal when its time has come.
void follow(proc::Child& child, ToolRun& run, std::optional<Kill>& kill) {
    auto const give_up = Steady::now() + longest_run;
    constexpr std::chrono::milliseconds longest_pause{50};
    while (child.output || child.errors) {
        auto const now = Steady::now();
        if (now >= give_up) {
            throw std::logic_error{"the tool did not end\n" + run.all()};
        }
        timespec pause{0, std::chrono::nanoseconds{longest_pause}.count()};
        if (kill) {
            pause.tv_nsec = kill->send(child, longest_pause).count();
        }
        std::array<pollfd, 2> fds{
            pollfd{.fd = child.output.get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = child.errors.get(), .events = POLLIN, .revents = 0}};
        if (::ppoll(fds.data(), fds.size(), &pause, nullptr) <= 0) {
            continue;
        }
        if (fds[0].revents != 0) {
            drain(child.output, run.out);
        }
        if (fds[1].revents != 0) {
            drain(child.errors, run.err);
        }
    }
}

ToolRun run_until(
    std::string const& tool,
    std::vector<std::string> args,
    Environment const& env,
    std::optional<Kill> kill) {
    fs::TempFolder const folder{"slipway-run-"};
    fs::Path const record = folder.path() / "record.json";
    if (std::find(args.begin(), args.end(), "--output") == args.end()) {
        // What follows `--` is a command of the tool's.
        args.insert(std::find(args.begin(), args.end(), "--"), {"--output", record.string()});
    }
    ToolRun run;
    auto const started = Steady::now();
    auto child = proc::Child::start(command_for(tool, std::move(args), env, folder.path()));
    child.input.reset();
    if (kill && !kill->reached) {
        kill->from = started;
    }
    follow(child, run, kill);
    while (!child.reaped()) {
        child.reap();
    }
    auto const ended = Steady::now();
    run.duration = std::chrono::duration_cast<std::chrono::milliseconds>(ended - started);
    if (auto const from = kill ? kill->from : started) {
        run.left = std::chrono::duration_cast<std::chrono::microseconds>(ended - *from);
    }
    run.code = child.exit_code();
    run.signal = child.signal();
    if (std::filesystem::exists(record)) {
        run.record.emplace(json::parse(fs::read_file(record), record.string()));
        require_valid(**run.record, run);
    }
    return run;
}

} // namespace

std::string ToolRun::at(std::string const& pointer) const {
    json::Value::json_pointer const where{pointer};
    if (!record || !(*record)->contains(where)) {
        return {};
    }
    auto const& value = (*record)->at(where);
    return value.is_string() ? value.get<std::string>() : value.dump();
}

bool ToolRun::says(std::string_view word) const {
    return all().find(word) != std::string::npos;
}

std::string ToolRun::all() const {
    return "exit code " + std::to_string(code) + "\n--- stdout\n" + out + "--- stderr\n" + err +
           "--- record\n" + (record ? json::write(**record, true) : "none\n");
}

ToolRun run_tool(std::string const& tool, std::vector<std::string> args, Environment const& env) {
    return run_until(tool, std::move(args), env, std::nullopt);
}

ToolRun start_and_kill(
    std::string const& tool,
    std::vector<std::string> args,
    Environment const& env,
    std::chrono::microseconds after,
    int signal,
    std::function<bool()> const& reached) {
    return run_until(tool, std::move(args), env, Kill{after, signal, reached, {}, false});
}

} // namespace slipway::support
