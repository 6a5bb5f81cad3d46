// SPDX-License-Identifier: Apache-2.0
#include "journald_feed.hpp"

#include "error/error.hpp"
#include "json/value.hpp"
#include "line_cutter.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

constexpr std::string_view cursor_mark = "-- cursor: ";
constexpr std::size_t longest_told_error = 200;
constexpr int priority_of_errors = 3;

proc::Command journalctl(LogSpec const& spec, Allowance const& allowance) {
    proc::Command out;
    out.program = "journalctl";
    out.arguments = {"--no-pager", "--quiet", "--output=json", "--unit=" + spec.what};
    if (!spec.directory.empty()) {
        out.arguments.push_back("--directory=" + spec.directory);
    }
    out.timeout = std::max(time::Milliseconds{1}, allowance.deadline.remaining());
    out.grace = time::Milliseconds{500};
    return out;
}

void require_fine(proc::Outcome const& outcome) {
    if (!outcome.ok()) {
        throw Error{
            ErrorKind::unavailable,
            fmt::format(
                "journalctl: {} {}",
                outcome.how(),
                text::shorten(
                    text::printable_line(text::trim(outcome.error_tail)), longest_told_error))};
    }
}

// A message that is no UTF-8 is a list of its bytes.
std::string message_of(json::Value const& entry) {
    auto const& message = json::at(entry, "MESSAGE");
    std::string out;
    if (message.is_array()) {
        for (auto const& byte : message) {
            out += byte.is_number_integer() ? static_cast<char>(byte.get<int>()) : '?';
        }
        return out;
    }
    return json::text_at(entry, "MESSAGE");
}

// Entries are lines of JSON; gives them on one by one.
class Entries final : public LineSink {
public:
    explicit Entries(std::function<void(std::string_view)> take) : take_(std::move(take)) {}
    void line(std::string_view text, std::uint64_t) override { take_(text); }
    void cut() override {}

private:
    std::function<void(std::string_view)> take_;
};

} // namespace

void JournaldFeed::resume(std::string const& position) {
    cursor_ = position;
    begun_ = !position.empty();
}

std::string JournaldFeed::position(std::optional<std::uint64_t> held) {
    static_cast<void>(held); // every reading ends the event that is open
    return cursor_;
}

void JournaldFeed::find_end(Allowance const& allowance) {
    auto command = journalctl(spec_, allowance);
    command.arguments.insert(command.arguments.end(), {"--lines=1", "--show-cursor"});
    auto const outcome = proc::run(command, allowance.stop);
    signal::throw_if_stopped(allowance.stop);
    require_fine(outcome);
    for (auto const line : text::lines(outcome.output)) {
        if (line.starts_with(cursor_mark)) {
            cursor_ = line.substr(cursor_mark.size());
        }
    }
    begun_ = true;
}

void JournaldFeed::take(std::string_view text, LineSink& into) {
    json::Value entry;
    try {
        entry = json::parse(text, "an entry");
    } catch (Error const&) {
        into.line(text, 0); // longer than a line may be
        return;
    }
    auto const message = message_of(entry);
    auto const priority = json::text_at(entry, "PRIORITY");
    bool const grave = priority.size() == 1 && priority[0] <= '0' + priority_of_errors;
    if (grave && !message.starts_with('{')) {
        into.line(json::write({{"level", "error"}, {"message", message}}), 0);
    } else {
        for (auto const line : text::lines(message)) {
            into.line(line, 0);
        }
    }
    cursor_ = json::text_at(entry, "__CURSOR", cursor_);
}

Fed JournaldFeed::read(LineSink& into, Allowance const& allowance) {
    Fed out;
    if (!begun_ && !spec_.from_start) {
        find_end(allowance);
        return out;
    }
    auto command = journalctl(spec_, allowance);
    if (!cursor_.empty()) {
        command.arguments.push_back("--after-cursor=" + cursor_);
    }
    std::stop_source enough;
    std::stop_callback const stopped{allowance.stop, [&enough] {
                                         enough.request_stop();
                                     }};
    Entries entries{[&](std::string_view entry) {
        if (out.bytes <= allowance.bytes) {
            take(entry, into);
        }
    }};
    LineCutter lines;
    command.on_output = [&](std::string_view piece) {
        out.bytes += piece.size();
        lines.add(piece, 0, entries);
        if (out.bytes > allowance.bytes) {
            enough.request_stop();
        }
    };
    auto const outcome = proc::run(command, enough.get_token());
    signal::throw_if_stopped(allowance.stop);
    into.cut();
    begun_ = true;
    if (out.bytes > allowance.bytes) {
        out.note = "there is more than a sample may read";
    } else if (outcome.timed_out) {
        out.gap = "journalctl took too long";
    } else {
        require_fine(outcome);
    }
    return out;
}

} // namespace slipway::monitor
