// SPDX-License-Identifier: Apache-2.0
#include "planned.hpp"
#include "progress/progress.hpp"
#include "reject_file.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

json::Value to_json(Looked const& looked) {
    json::Value ranges = json::Value::array();
    for (auto const& range : looked.ranges) {
        json::Value one = json::Value::object();
        if (range.after) {
            one["after"] = *range.after;
        }
        if (range.to) {
            one["to"] = *range.to;
        }
        ranges.push_back(std::move(one));
    }
    return {{"snapshot", looked.snapshot}, {"ranges", ranges}, {"limit", looked.limit}};
}

Look::Look(Session& session, Tables const& tables, bool with_ledger, std::string const& only)
    : session_(session), transformer_(session.mapping, tables, Purpose::count, with_ledger, only) {}

Outcome Look::go(std::vector<Range> const& ranges, std::string const& title) {
    return walk(ranges, title, nullptr);
}

Outcome Look::go_and_show(std::vector<Range> const& ranges, std::vector<Sample>& samples) {
    return walk(ranges, "looking at the source", &samples);
}

Outcome Look::walk(
    std::vector<Range> const& ranges,
    std::string const& title,
    std::vector<Sample>* samples) {
    progress::Progress bar{
        session_.context.log,
        title,
        progress::Unit::count,
        static_cast<std::uint64_t>(transformer_.tables().estimated_rows)};
    RejectFile file{session_.context};
    bool const show = samples != nullptr && session_.samples();
    Outcome all;
    auto const limit = samples == nullptr ? 0 : session_.options.limit;
    for (auto range : ranges) {
        auto const end = range.to;
        while (limit == 0 || all.tally.rows < limit) {
            auto const rows = limit == 0 ? session_.options.batch
                                         : std::min(session_.options.batch, limit - all.tally.rows);
            range.to = transformer_.next_key(session_.connection, range.after, end, rows);
            if (!range.to) {
                break;
            }
            auto part = transformer_.run(session_.connection, range, {show, show});
            if (show) {
                file.add(part.rejects);
                for (auto const& reject : part.rejects) {
                    part.samples.push_back(
                        {"rejected", reject.reason, 0, reject.key, reject.path, reject.value});
                }
                keep_some(*samples, part.samples);
            }
            part.rejects.clear();
            part.samples.clear();
            all.add(std::move(part));
            range.after = range.to;
            bar.at(static_cast<std::uint64_t>(all.tally.rows));
        }
    }
    file.close();
    return all;
}

} // namespace slipway::links_migrate
