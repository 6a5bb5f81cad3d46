// SPDX-License-Identifier: Apache-2.0
#include "view.hpp"

#include "ci/environment.hpp"
#include "json/value.hpp"
#include "text/join.hpp"
#include "text/line_buffer.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

constexpr time::Milliseconds between_ticks{200};
constexpr std::size_t columns = 78; // a longer status line would wrap, and not be drawn over

struct LogLine {
    std::string level;
    std::string message;
};

// What a tool writes with --log-format json; nothing where the line is anything else.
std::optional<LogLine> read_log_line(std::string_view line) {
    if (!line.starts_with('{')) {
        return std::nullopt;
    }
    try {
        auto const entry = json::parse(line, "log line");
        LogLine out{json::text_at(entry, "level"), json::text_at(entry, "message")};
        if (out.level.empty() || !json::at(entry, "message").is_string()) {
            return std::nullopt;
        }
        for (auto const& [key, value] : entry.items()) {
            if (key != "time" && key != "level" && key != "message") {
                out.message += " " + key + "=" +
                               (value.is_string() ? value.get<std::string>() : json::write(value));
            }
        }
        return out;
    } catch (Error const&) {
        return std::nullopt;
    }
}

} // namespace

bool shows_utf8(log::Settings const& settings) {
    if (!settings.terminal) {
        return false;
    }
    std::string const locale =
        text::lower(ci::first_variable({"LC_ALL", "LC_CTYPE", "LANG"}).value_or(""));
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

void forward(log::Logger& log, std::string_view id, std::string_view line) {
    auto const entry = read_log_line(line);
    if (!entry) {
        // A progress bar of the command redraws its line; only its last state is worth a line.
        log.info(fmt::format("{}: {}", id, text::as_shown(line)));
        return;
    }
    std::string const text = fmt::format("{}: {}", id, entry->message);
    if (entry->level == "error") {
        log.error(text);
    } else if (entry->level == "warning") {
        log.warning(text);
    } else if (entry->level == "debug") {
        log.debug(text);
    } else {
        log.info(text);
    }
}

View::View(log::Logger& log, std::size_t total)
    : log_(log), total_(total), utf8_(shows_utf8(log.settings())) {}

View::~View() {
    pause();
}

std::string View::head(std::size_t number, std::string_view id) const {
    return fmt::format("[{}/{}] {}", number, total_, id);
}

std::string View::status() const {
    std::scoped_lock const lock{mutex_};
    std::string out;
    for (auto const& [number, step] : running_) {
        auto const elapsed = std::chrono::floor<std::chrono::seconds>(
            std::chrono::steady_clock::now() - step.started);
        out += out.empty() ? "" : " | ";
        out += step.title;
        out += elapsed.count() == 0 ? "" : "  " + time::human_duration(elapsed);
    }
    return text::shorten(out, columns);
}

void View::begin(std::size_t number, std::string_view id, std::string_view what, bool together) {
    auto const title = text::printable_line(fmt::format("{}: {}", head(number, id), what));
    bool const kept = together && log_.settings().format == log::Format::github;
    {
        std::scoped_lock const lock{mutex_};
        running_[number] = {
            head(number, id), kept ? title : "", {}, std::chrono::steady_clock::now()};
    }
    if (together) {
        log_.info(title);
    } else {
        log_.begin_group(title);
    }
    if (!log_.settings().terminal || ticker_.joinable()) {
        return;
    }
    ticker_ = std::jthread{[this](std::stop_token const& ended) {
        time::SystemClock clock;
        do {
            log_.status_line(status());
        } while (clock.sleep(between_ticks, ended));
    }};
}

void View::line(std::size_t number, std::string_view id, std::string_view text) {
    {
        std::scoped_lock const lock{mutex_};
        auto const step = running_.find(number);
        if (step != running_.end() && !step->second.group.empty()) {
            step->second.lines.emplace_back(text);
            return;
        }
    }
    forward(log_, id, text);
}

void View::end(
    std::size_t number,
    std::string_view id,
    bool good,
    std::string_view status,
    time::Milliseconds duration,
    std::string_view summary) {
    Running ended;
    bool last = false;
    {
        std::scoped_lock const lock{mutex_};
        if (auto const step = running_.find(number); step != running_.end()) {
            ended = std::move(step->second);
            running_.erase(step);
        }
        last = running_.empty();
    }
    if (last) {
        pause();
    }
    if (!ended.group.empty()) {
        log_.begin_group(ended.group);
        for (auto const& text : ended.lines) {
            forward(log_, id, text);
        }
    }
    log_.end_group();
    std::string const mark = good && status == "passed" ? (utf8_ ? "✓" : "ok")
                             : good                     ? std::string{status}
                                    : (utf8_ ? "✗ " : "") + std::string{status};
    std::string const text = fmt::format(
        "{} {} {} {} {}",
        head(number, id),
        mark,
        time::human_duration(duration),
        utf8_ ? "—" : "-",
        summary);
    if (good) {
        log_.info(text);
    } else {
        log_.error(text);
    }
}

void View::skipped(std::size_t number, std::string_view id, std::string_view how) {
    log_.info(fmt::format("{} {} {}", head(number, id), utf8_ ? "–" : "-", how));
}

void View::pause() {
    ticker_ = {};
    log_.status_line("");
}

} // namespace slipway::deploy_run
