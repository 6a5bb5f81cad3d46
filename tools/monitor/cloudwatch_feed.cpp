// SPDX-License-Identifier: Apache-2.0
#include "cloudwatch_feed.hpp"

#include "hash/digest.hpp"
#include "json/value.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

constexpr std::size_t short_id =
    12; // hexadecimal digits: one of 10,000 events is told wrong once in 10^10
constexpr std::size_t most_seen = 20'000;

} // namespace

CloudWatchFeed::CloudWatchFeed(
    LogSpec spec,
    std::unique_ptr<CloudWatchLogs> logs,
    time::Clock& clock)
    : spec_(std::move(spec)), logs_(std::move(logs)), clock_(clock) {}

void CloudWatchFeed::resume(std::string const& position) {
    if (position.empty()) {
        return;
    }
    auto const value = json::parse(position, "the position in " + spec_.what);
    auto const& start = json::at(value, "start");
    auto const& newest = json::at(value, "newest");
    if (!start.is_number_integer() || !newest.is_number_integer()) {
        throw Error{ErrorKind::usage, "the series holds no position in " + spec_.what};
    }
    start_ = start.get<std::int64_t>();
    newest_ = newest.get<std::int64_t>();
    auto const seen = json::text_at(value, "seen");
    for (std::size_t at = 0; at + short_id <= seen.size(); at += short_id) {
        seen_.emplace(seen.substr(at, short_id), newest_);
    }
}

std::string CloudWatchFeed::position(std::optional<std::uint64_t> held) {
    static_cast<void>(held); // every reading ends the event that is open
    if (start_ < 0) {
        return "";
    }
    std::string seen;
    for (auto const& each : seen_) {
        seen += each.first;
    }
    return json::write({{"start", start_}, {"newest", newest_}, {"seen", seen}});
}

void CloudWatchFeed::take(CloudWatchPage const& page, LineSink& into, Fed& out) {
    for (auto const& event : page.events) {
        auto const id = hash::sha256_hex(event.id).substr(0, short_id);
        if (!seen_.emplace(id, event.timestamp).second) {
            continue;
        }
        newest_ = std::max(newest_, event.timestamp);
        out.bytes += event.message.size();
        if (event.stream != stream_) {
            into.cut(); // the streams' lines stand between each other's
            stream_ = event.stream;
        }
        for (auto const line : text::lines(event.message)) {
            into.line(line, 0);
        }
    }
}

void CloudWatchFeed::forget_before(std::int64_t start) {
    std::erase_if(seen_, [start](auto const& each) { return each.second < start; });
}

Fed CloudWatchFeed::read(LineSink& into, Allowance const& allowance) {
    Fed out;
    if (start_ < 0) {
        start_ = spec_.from_start ? 0 : clock_.now().time_since_epoch().count();
        newest_ = start_;
    }
    for (;;) {
        auto page = logs_->filter(
            {spec_.what, spec_.streams, spec_.filter, start_, token_}, allowance.deadline);
        take(page, into, out);
        // An empty page is no end: that is where there is no token.
        token_ = std::move(page.next_token);
        if (token_.empty()) {
            break;
        }
        if (out.bytes >= allowance.bytes || allowance.deadline.expired()) {
            out.note = "there is more than a sample may read";
            break;
        }
    }
    into.cut();
    if (token_.empty()) {
        start_ = std::max(start_, newest_ - spec_.late.count());
        forget_before(start_);
    }
    if (seen_.size() > most_seen) {
        // So many within the time that events may be late: it is looked back less far.
        std::vector<std::int64_t> times;
        for (auto const& each : seen_) {
            times.push_back(each.second);
        }
        std::sort(times.begin(), times.end());
        start_ = std::max(start_, times[times.size() - most_seen / 2]);
        forget_before(start_);
        out.note += (out.note.empty() ? "" : "; ") +
                    std::string{"late events are looked for less far back"};
    }
    return out;
}

} // namespace slipway::monitor
