// SPDX-License-Identifier: Apache-2.0
#include "dashboard.hpp"

#include "findings.hpp"
#include "progress/progress.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

constexpr std::size_t narrowest = 40;
constexpr std::size_t wide = 120;

// UTF-8, cut or filled up to so many columns; our own texts are one column a character.
std::string fitted(std::string_view text, std::size_t columns, bool fill = true) {
    std::string out;
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t length = 1;
        while (i + length < text.size() &&
               (static_cast<unsigned char>(text[i + length]) & 0xC0U) == 0x80U) {
            ++length;
        }
        if (count + 1 == columns && i + length < text.size()) {
            out += "…";
            return out;
        }
        if (count == columns) {
            return out;
        }
        out += text.substr(i, length);
        i += length;
        ++count;
    }
    return fill && count < columns ? out + std::string(columns - count, ' ') : out;
}

log::Level level_of(verdict::State state) {
    switch (state) {
    case verdict::State::normal:
        return log::Level::info;
    case verdict::State::warning:
        return log::Level::warning;
    case verdict::State::critical:
        return log::Level::error;
    }
    return log::Level::info;
}

std::string figure(double value, std::string_view unit) {
    if (unit.starts_with("bytes") && value >= 0) {
        return progress::human_bytes(static_cast<std::uint64_t>(value)) +
               std::string{unit.substr(5)};
    }
    return fmt::format("{:.4g}{}{}", value, unit.empty() ? "" : " ", unit);
}

verdict::State state_of(Track const& track) {
    return track.hysteresis ? track.hysteresis->state() : verdict::State::normal;
}

std::string limits_of(Track const& track, std::string_view unit, bool is_wide) {
    if (!track.hysteresis) {
        return "";
    }
    auto const& threshold = *track.entry.threshold;
    std::vector<std::string> parts;
    if (threshold.warning) {
        parts.push_back((is_wide ? "warning " : "w ") + figure(*threshold.warning, unit));
    }
    if (threshold.critical) {
        parts.push_back((is_wide ? "critical " : "c ") + figure(*threshold.critical, unit));
    }
    auto const out = text::join(parts, is_wide ? ", " : " ");
    return is_wide ? out + "  " + track.entry.source : out;
}

// By the columns there are: what it is, its last values, the value, its limits.
log::StatusLine row_of(Key const& key, Track const& track, std::size_t columns) {
    auto const unit = find_metric(key.metric)->unit;
    std::size_t const title = columns >= wide ? 40 : 30;
    std::size_t const spark = columns >= wide ? 60 : 14;
    std::vector<double> const recent{track.recent.begin(), track.recent.end()};
    auto const state = state_of(track);
    char const mark = state == verdict::State::critical  ? '!'
                      : state == verdict::State::warning ? '*'
                                                         : ' ';
    auto text = fmt::format(
        "{} {} {} {} {}",
        mark,
        fitted(key.text(), title),
        fitted(sparkline(recent, spark), spark),
        fitted(figure(track.last, unit), 11),
        limits_of(track, unit, columns >= wide));
    return {fitted(text, columns - 1, false), level_of(state)};
}

std::string head(Judge const& judge, View const& view) {
    auto const& start = judge.start();
    return fmt::format(
        "monitor {}{}{}  {} of {}  {} samples  {}{}",
        start ? start->name : "",
        start && !start->name.empty() && !start->environment.empty() ? "/" : "",
        start ? start->environment : "",
        time::human_duration(view.elapsed),
        time::human_duration(view.whole),
        judge.samples(),
        name(judge.state()),
        judge.blind() ? "  BLIND: no pg_monitor" : "");
}

void add_waits(Judge const& judge, std::size_t columns, std::vector<log::StatusLine>& out) {
    constexpr std::size_t most_shown = 3;
    auto const& waits = judge.last().waits;
    for (std::size_t i = 0; i < std::min(waits.size(), most_shown); ++i) {
        auto const& wait = waits[i];
        auto text = fmt::format(
            "! blocked: {} (pid {}) waits {} s for {}",
            wait.application.empty() ? "a session" : wait.application,
            wait.pid,
            wait.waited_ms / 1000,
            wait.relation.empty() ? wait.lock_mode : wait.relation);
        for (auto const& holder : wait.by) {
            text += fmt::format(
                ", held by {} (pid {}, {})",
                holder.application.empty() ? "a session" : holder.application,
                holder.pid,
                holder.state);
        }
        out.push_back({fitted(text, columns - 1, false), log::Level::error});
    }
    if (waits.size() > most_shown) {
        out.push_back(
            {fmt::format("  and {} more are blocked", waits.size() - most_shown),
             log::Level::error});
    }
}

void add_news(Judge const& judge, std::size_t columns, std::vector<log::StatusLine>& out) {
    if (!judge.events().empty()) {
        auto const& event = judge.events().back();
        out.push_back(
            {fitted(
                 fmt::format("* the index {} on {} has vanished", event.object, event.on),
                 columns - 1,
                 false),
             log::Level::warning});
    }
    for (auto const& [source, why] : judge.last().gaps) {
        out.push_back(
            {fitted(fmt::format("* no sample of {}: {}", source, why), columns - 1, false),
             log::Level::warning});
    }
    if (!judge.comparison()) {
        return;
    }
    for (auto const& [key, line] : judge.comparison()->lines()) {
        if (line.verdict == Verdict::regressed) {
            auto const text = fmt::format(
                "! {} has regressed: {}", key.text(), judge.comparison()->words(key, line));
            out.push_back({fitted(text, columns - 1, false), log::Level::error});
        }
    }
    auto const text = fmt::format("  {} beside the baseline", name(judge.comparison()->verdict()));
    out.push_back({fitted(text, columns - 1, false), log::Level::info});
}

// The worst first; of the rest, those with limits.
std::vector<Key> order_of(Judge const& judge) {
    std::vector<Key> out;
    for (auto const& each : judge.tracks()) {
        out.push_back(each.first);
    }
    auto const rank = [&](Key const& key) {
        auto const& track = judge.tracks().at(key);
        return std::pair{state_of(track), track.hysteresis.has_value()};
    };
    std::stable_sort(
        out.begin(), out.end(), [&](Key const& a, Key const& b) { return rank(a) > rank(b); });
    return out;
}

} // namespace

std::string sparkline(std::vector<double> const& values, std::size_t columns) {
    constexpr std::array<std::string_view, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    auto const count = std::min(values.size(), columns);
    if (count == 0) {
        return "";
    }
    auto const from = values.end() - static_cast<std::ptrdiff_t>(count);
    auto const [least, greatest] = std::minmax_element(from, values.end());
    double const span = *greatest - *least;
    std::string out;
    for (auto at = from; at != values.end(); ++at) {
        double const share = span > 0 ? (*at - *least) / span : 0;
        out += blocks.at(std::min<std::size_t>(7, static_cast<std::size_t>(share * 8)));
    }
    return out;
}

std::vector<log::StatusLine> dashboard(Judge const& judge, View const& view) {
    auto const columns = std::max(view.columns, narrowest);
    auto const most = std::max<std::size_t>(view.rows, 4) - 1;
    std::vector<log::StatusLine> out;
    out.push_back({fitted(head(judge, view), columns - 1, false), level_of(judge.state())});
    add_waits(judge, columns, out);
    add_news(judge, columns, out);
    for (auto const& key : order_of(judge)) {
        if (out.size() >= most) {
            break;
        }
        out.push_back(row_of(key, judge.tracks().at(key), columns));
    }
    out.resize(std::min(out.size(), most));
    return out;
}

} // namespace slipway::monitor
