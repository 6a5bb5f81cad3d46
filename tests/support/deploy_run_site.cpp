// SPDX-License-Identifier: Apache-2.0
#include "support/deploy_run_site.hpp"

#include "ci/environment.hpp"
#include "json/schema.hpp"
#include "record/read.hpp"
#include "support/record_schema.hpp"
#include "time/deadline.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

using namespace std::chrono_literals;

bool is_neutral(std::string_view name) {
    constexpr std::array<std::string_view, 4> kept{"PATH", "HOME", "TMPDIR", "LANG"};
    return std::find(kept.begin(), kept.end(), name) != kept.end() ||
           name.find("SAN_OPTIONS") != std::string_view::npos;
}

template <class Done>
bool waits_for(Done const& done, time::Milliseconds patience) {
    auto const deadline = time::Deadline::after(patience);
    while (!done()) {
        if (deadline.expired()) {
            return false;
        }
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

} // namespace

void DeploySite::write(std::string const& name, std::string_view text) const {
    fs::write_atomic(path(name), text);
}

void DeploySite::write_program(std::string const& name, std::string_view text) const {
    write(name, text);
    std::filesystem::permissions(path(name), std::filesystem::perms::owner_all);
}

std::string DeploySite::read(std::string const& name) const {
    std::error_code ignored;
    return std::filesystem::exists(path(name), ignored) ? fs::read_file(path(name)) : "";
}

proc::Command
DeploySite::command(std::vector<std::string> arguments, Environment const& environment) const {
    proc::Command out;
    out.program = (fs::Path{SLIPWAY_BUILD_DIR} / "bin" / "deploy-run").string();
    out.arguments = std::move(arguments);
    out.folder = folder_.path();
    for (auto const& entry : ci::environment()) {
        std::string const name = entry.substr(0, entry.find('='));
        if (!is_neutral(name)) {
            out.remove_environment.push_back(name);
        }
    }
    out.environment = environment;
    out.timeout = 60s;
    return out;
}

proc::Outcome
DeploySite::run(std::vector<std::string> arguments, Environment const& environment) const {
    auto out = proc::run(command(std::move(arguments), environment), {});
    if (out.timed_out) {
        throw std::runtime_error{"deploy-run did not end: " + out.error_tail};
    }
    require_valid_records();
    return out;
}

proc::Child
DeploySite::start(std::vector<std::string> arguments, Environment const& environment) const {
    return proc::Child::start(command(std::move(arguments), environment));
}

proc::Child DeploySite::start_until(
    std::string const& file,
    std::vector<std::string> arguments,
    Environment const& environment) const {
    auto child = proc::Child::start(command(std::move(arguments), environment));
    if (!waits_for([&] { return !read(file).empty(); }, 20s)) {
        throw std::runtime_error{"there is no " + file};
    }
    return child;
}

void DeploySite::require_valid_records() const {
    for (auto const& found : record::collect({path("slipway-out")})) {
        support::require_valid_record(found.path);
    }
}

json::Value DeploySite::record(std::string const& name) const {
    return json::parse(read("slipway-out/" + name), name);
}

std::string DeploySite::steps() const {
    std::string out;
    auto const all = record();
    for (auto const& step : all.at("data").at("steps")) {
        out += (out.empty() ? "" : " ") + json::text_at(step, "id") + "=" +
               json::text_at(step, "status");
    }
    return out;
}

std::vector<std::string> DeploySite::files_with(std::string_view text) const {
    std::vector<std::string> out;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{path("slipway-out")}) {
        if (entry.is_regular_file() &&
            fs::read_file(entry.path()).find(text) != std::string::npos) {
            out.push_back(entry.path().filename().string());
        }
    }
    return out;
}

std::string at(json::Value const& record, std::string const& pointer) {
    auto const& value = record.at(json::Value::json_pointer{pointer});
    return value.is_string() ? value.get<std::string>() : value.dump();
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::size_t lines_of(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool ends_within(proc::Child& child, time::Milliseconds patience) {
    return waits_for(
        [&] {
            child.reap();
            return child.reaped();
        },
        patience);
}

bool is_gone_within(int pid, time::Milliseconds patience) {
    return waits_for(
        [&] {
            if (::kill(pid, 0) != 0) {
                return true;
            }
            // One whose new parent does not wait for it stays as a zombie.
            std::string const stat = "/proc/" + std::to_string(pid) + "/stat";
            std::error_code ignored;
            return !std::filesystem::exists(stat, ignored) ||
                   fs::read_file(stat).find(") Z") != std::string::npos;
        },
        patience);
}

} // namespace slipway::support
