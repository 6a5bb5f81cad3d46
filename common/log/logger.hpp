// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "secret/redactor.hpp"
#include "time/clock.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::log {

enum class Level : std::uint8_t { debug, info, warning, error };
enum class Format : std::uint8_t { human, json, github };

/// One key and its value beside a message.
using Field = std::pair<std::string_view, std::string>;
using Fields = std::initializer_list<Field>;

struct Settings {
    Format format = Format::human;
    Level level = Level::info;
    bool color = false;
    bool terminal = false; // a status line may be drawn and drawn over
    int fd = 2;
};

/// A line at the foot of a terminal.
struct StatusLine {
    std::string text;
    Level level = Level::info; // warnings and errors are coloured
};

/// Writes log lines to stderr, each in one write, cleaned of secrets and control characters.
/// Safe to use from several threads.
class Logger {
public:
    Logger(Settings settings, time::Clock const& clock, secret::Redactor const& redactor);

    void debug(std::string_view message, Fields fields = {});
    void info(std::string_view message, Fields fields = {});
    void warning(std::string_view message, Fields fields = {});
    void error(std::string_view message, Fields fields = {});

    /// A problem at a place: in GitHub an annotation on that line (at most ten a kind, the last of
    /// them saying that there are more), elsewhere a line that begins with the place.
    void problem(Level level, Where const& where, std::string_view title, std::string_view message);

    /// Draws (or with an empty text removes) the status line at the foot of a terminal; elsewhere
    /// does nothing.
    void status_line(std::string_view text);

    /// Draws several lines there in place of the last ones, each in the colour of its level. They
    /// are to be narrower than `columns`; where that differs from the last time, the terminal may
    /// have wrapped what is there, and is cleared.
    void status_lines(std::vector<StatusLine> const& lines, std::size_t columns);

    /// Begins and ends a foldable group in GitHub's log; elsewhere a plain heading.
    void begin_group(std::string_view title);
    void end_group();

    [[nodiscard]] Settings const& settings() const { return settings_; }

private:
    void line(Level level, std::string_view message, Fields fields);
    void put(std::string text);
    [[nodiscard]] std::string wiped() const;

    Settings settings_;
    time::Clock const& clock_;
    secret::Redactor const& redactor_;
    std::mutex mutex_;
    std::string status_;
    std::size_t status_rows_ = 1;
    std::size_t status_columns_ = 0;
    std::array<std::atomic<int>, 3> annotations_{}; // by ci::Level
};

/// Chooses format and colour as a reader would expect: `auto` is github inside GitHub Actions,
/// else human; colour on a terminal unless NO_COLOR is set (no-color.org), `always` or `never`.
Settings choose(std::string_view format, std::string_view level, std::string_view color);

} // namespace slipway::log
