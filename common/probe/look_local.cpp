// SPDX-License-Identifier: Apache-2.0
#include "probe/look_local.hpp"

#include "ci/environment.hpp"
#include "cli/value.hpp"
#include "fs/file.hpp"
#include "probe/looking.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <sys/statvfs.h>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

constexpr std::size_t longest_output = 200;
// A stop of the run leaves five seconds for everything.
constexpr time::Milliseconds grace{2000};

// A tool that the command starts must not take our options for its own.
std::vector<std::string> own_variables() {
    std::vector<std::string> out;
    for (auto const& entry : ci::environment()) {
        if (entry.starts_with("SLIPWAY_HEALTH_CHECK_")) {
            out.push_back(entry.substr(0, entry.find('=')));
        }
    }
    return out;
}

std::string percent(double share) {
    return fmt::format("{:.1f} %", share * 100);
}

} // namespace

Room Room::read(std::string const& text) {
    Room room;
    cli::Bytes bytes;
    bool const share = text.ends_with('%');
    auto const cause = share ? cli::read_value(text, room.share) : cli::read_value(text, bytes);
    room.bytes = bytes.count;
    if (!cause.empty() || room.share > 1 || room.share < 0) {
        throw Error{
            ErrorKind::usage,
            fmt::format("\"{}\" is no room on a disk", text::printable_line(text)),
            "Write a share such as 10%, or a size such as 5GB."};
    }
    return room;
}

Look look_at_disk(std::string const& id, std::string const& path, Room const& least) {
    return guarded(begun(id, "Room on the disk of " + path), [&](record::Check const& made) {
        struct statvfs status {};
        if (::statvfs(path.c_str(), &status) != 0) {
            return wrong(made, fmt::format("{}: {}", path, fs::last_error()));
        }
        // As df reckons: what root alone may take belongs to nobody.
        auto const unit = static_cast<double>(status.f_frsize);
        auto const free = static_cast<double>(status.f_bavail) * unit;
        auto const size = static_cast<double>(status.f_blocks - status.f_bfree) * unit + free;
        double const share = size > 0 ? free / size : 1;
        bool const enough =
            least.share > 0 ? share >= least.share : free >= static_cast<double>(least.bytes);
        auto const said = fmt::format("{} free ({:.1f} GB)", percent(share), free / 1e9);
        auto const wanted = least.share > 0
                                ? percent(least.share)
                                : fmt::format("{:.1f} GB", static_cast<double>(least.bytes) / 1e9);
        auto look = enough
                        ? good(made, said)
                        : wrong(made, fmt::format("{} has {}, less than {}", path, said, wanted));
        // Some file systems count none.
        double const inodes = status.f_files == 0 ? 1
                                                  : static_cast<double>(status.f_favail) /
                                                        static_cast<double>(status.f_files);
        bool const some =
            least.share > 0 ? inodes >= least.share : status.f_files == 0 || status.f_favail > 0;
        add_part(
            look,
            id,
            "inodes",
            "Inodes on the disk of " + path,
            some ? "" : fmt::format("{} has {} of its inodes free", path, percent(inodes)),
            percent(inodes) + " free");
        record::Metric metric;
        metric.name = "disk.free";
        metric.unit = "bytes";
        metric.labels["probe"] = id;
        metric.value = free;
        look.metrics.push_back(std::move(metric));
        return look;
    });
}

Look look_at_command(
    std::string const& id,
    CommandWish const& wish,
    time::Milliseconds timeout,
    std::stop_token const& stop) {
    proc::Command command;
    command.program = wish.line ? "/bin/sh" : wish.words[0];
    command.arguments = wish.line
                            ? std::vector<std::string>{"-c", wish.words[0]}
                            : std::vector<std::string>{wish.words.begin() + 1, wish.words.end()};
    command.remove_environment = own_variables();
    command.timeout = timeout;
    command.grace = grace;
    auto const shown = wish.line ? wish.words[0] : proc::display(command);
    return guarded(
        begun(id, text::shorten(text::printable_line(shown), longest_output)),
        [&](record::Check const& made) {
            auto const outcome = proc::run(command, stop);
            signal::throw_if_stopped(stop);
            if (outcome.timed_out) {
                throw Error{ErrorKind::timeout, "the command did not end in time"};
            }
            auto const& said = outcome.error_tail.empty() ? outcome.output : outcome.error_tail;
            auto const lines = text::lines(text::trim(said));
            auto const last =
                lines.empty() ? std::string{}
                              : text::shorten(text::printable_line(lines.back()), longest_output);
            auto const tail = last.empty() ? "" : ": " + last;
            if (outcome.exit_code != wish.exit_code) {
                return wrong(made, fmt::format("ends with {}{}", outcome.how(), tail));
            }
            if (outcome.output.find(wish.output) == std::string::npos) {
                return wrong(made, fmt::format("does not say \"{}\"{}", wish.output, tail));
            }
            return good(made, fmt::format("ends with {}{}", outcome.how(), tail));
        });
}

} // namespace slipway::probe
