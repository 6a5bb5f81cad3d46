// SPDX-License-Identifier: Apache-2.0
#include "log/logger.hpp"

#include "ci/environment.hpp"
#include "ci/system.hpp"
#include "json/value.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/rfc3339.hpp"

#include <cerrno>

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::log {

namespace {

constexpr int annotations_of_a_kind = 10; // GitHub shows no more of a kind in one step

std::string_view name(Level level) {
    switch (level) {
    case Level::debug:
        return "debug";
    case Level::info:
        return "info";
    case Level::warning:
        return "warning";
    case Level::error:
        return "error";
    }
    return "info";
}

std::string_view color_of(Level level) {
    switch (level) {
    case Level::debug:
        return "\x1b[2m";
    case Level::info:
        return "\x1b[36m";
    case Level::warning:
        return "\x1b[33m";
    case Level::error:
        return "\x1b[31m";
    }
    return "";
}

ci::Level annotation_level(Level level) {
    switch (level) {
    case Level::debug:
    case Level::info:
        return ci::Level::notice;
    case Level::warning:
        return ci::Level::warning;
    case Level::error:
        return ci::Level::error;
    }
    return ci::Level::error;
}

// A log is not a place for a tool to fail: what cannot be written is dropped.
void write_whole(int fd, std::string_view text) {
    while (!text.empty()) {
        ssize_t const done = ::write(fd, text.data(), text.size());
        if (done < 0 && errno != EINTR) {
            return;
        }
        text.remove_prefix(done > 0 ? static_cast<std::size_t>(done) : 0);
    }
}

} // namespace

Logger::Logger(Settings settings, time::Clock const& clock, secret::Redactor const& redactor)
    : settings_(settings), clock_(clock), redactor_(redactor) {}

void Logger::debug(std::string_view message, Fields fields) {
    line(Level::debug, message, fields);
}

void Logger::info(std::string_view message, Fields fields) {
    line(Level::info, message, fields);
}

void Logger::warning(std::string_view message, Fields fields) {
    line(Level::warning, message, fields);
}

void Logger::error(std::string_view message, Fields fields) {
    line(Level::error, message, fields);
}

void Logger::line(Level level, std::string_view message, Fields fields) {
    if (level < settings_.level) {
        return;
    }
    std::string const when = time::to_rfc3339(clock_.now());
    if (settings_.format == Format::json) {
        json::Value entry{{"time", when}, {"level", name(level)}, {"message", message}};
        for (auto const& [key, value] : fields) {
            entry[std::string{key}] = value;
        }
        put(json::write(entry) + "\n");
        return;
    }
    std::string details;
    for (auto const& [key, value] : fields) {
        details += fmt::format(" {}={}", key, value);
    }
    std::string const stamp = when.substr(11, 8);
    std::string const body =
        text::printable(redactor_.redact(fmt::format("{}{}", message, details)));
    for (auto const row : text::lines(body)) {
        if (settings_.color) {
            put(fmt::format(
                "\x1b[2m{}\x1b[0m {}{:<7}\x1b[0m {}\n", stamp, color_of(level), name(level), row));
        } else {
            put(fmt::format("{} {:<7} {}\n", stamp, name(level), row));
        }
    }
}

void Logger::problem(
    Level level,
    Where const& where,
    std::string_view title,
    std::string_view message) {
    if (level < settings_.level) {
        return;
    }
    if (settings_.format == Format::github) {
        // Secrets go before the escaping, which spells them in a way that nobody else does.
        auto const clean = [&](std::string_view text) {
            return text::printable(redactor_.redact(text));
        };
        ci::Level const kind = annotation_level(level);
        int const so_far = annotations_.at(static_cast<std::size_t>(kind))++;
        if (so_far < annotations_of_a_kind - 1) {
            Where const cleaned{clean(where.file), where.line, where.column};
            put(ci::annotation(kind, cleaned, clean(title), clean(message)));
            return;
        }
        if (so_far == annotations_of_a_kind - 1) {
            put(ci::annotation(
                kind, {}, "more problems", "there are more; see the log and the record"));
        }
    }
    // A message that begins with its place already need not be told it twice.
    bool const placed = !where.known() || message.starts_with(where.text());
    std::string const place = placed ? std::string{} : where.text() + ": ";
    line(level, fmt::format("{}{}{}{}", place, title, message.empty() ? "" : ": ", message), {});
}

void Logger::status_line(std::string_view text) {
    if (!settings_.terminal || settings_.format != Format::human) {
        return;
    }
    std::scoped_lock const lock{mutex_};
    auto const wipe = wiped();
    status_ = text::printable_line(redactor_.redact(text));
    status_rows_ = 1;
    write_whole(settings_.fd, wipe + status_);
}

void Logger::status_lines(std::vector<StatusLine> const& lines, std::size_t columns) {
    if (!settings_.terminal || settings_.format != Format::human) {
        return;
    }
    std::string text;
    for (auto const& each : lines) {
        auto const clean = text::printable_line(redactor_.redact(each.text));
        bool const colored = settings_.color && each.level > Level::info;
        text += text.empty() ? "" : "\n";
        text += colored ? fmt::format("{}{}\x1b[0m", color_of(each.level), clean) : clean;
    }
    std::scoped_lock const lock{mutex_};
    bool const resized = status_columns_ != 0 && columns != status_columns_;
    auto const wipe = resized ? "\x1b[2J\x1b[H" : wiped();
    status_ = std::move(text);
    status_rows_ = lines.empty() ? 1 : lines.size();
    status_columns_ = columns;
    write_whole(settings_.fd, wipe + status_);
}

// From the foot's first row on; one row needs no more than its own line.
std::string Logger::wiped() const {
    return status_rows_ > 1 ? fmt::format("\r\x1b[{}A\x1b[J", status_rows_ - 1) : "\r\x1b[K";
}

void Logger::begin_group(std::string_view title) {
    if (settings_.format == Format::github) {
        put(fmt::format("::group::{}\n", text::printable_line(redactor_.redact(title))));
    } else {
        line(Level::info, title, {});
    }
}

void Logger::end_group() {
    if (settings_.format == Format::github) {
        put("::endgroup::\n");
    }
}

void Logger::put(std::string text) {
    text = redactor_.redact(text);
    std::scoped_lock const lock{mutex_};
    if (!status_.empty()) {
        text = wiped() + text + status_;
    }
    write_whole(settings_.fd, text);
}

Settings choose(std::string_view format, std::string_view level, std::string_view color) {
    Settings settings;
    bool const github = ci::detect().system == ci::System::github;
    settings.terminal = ::isatty(settings.fd) == 1;
    if (format == "json") {
        settings.format = Format::json;
    } else if (format == "github" || (format == "auto" && github)) {
        settings.format = Format::github;
    }
    settings.level = level == "debug"     ? Level::debug
                     : level == "warning" ? Level::warning
                     : level == "error"   ? Level::error
                                          : Level::info;
    bool const automatic =
        settings.terminal && !ci::variable("NO_COLOR") && ci::variable("TERM") != "dumb";
    settings.color = color == "always" || (color == "auto" && automatic);
    return settings;
}

} // namespace slipway::log
