// SPDX-License-Identifier: Apache-2.0
#include "metrics.hpp"

#include <array>

namespace slipway::monitor {

namespace {

using verdict::Threshold;
using verdict::Worse;

constexpr std::optional<double> none;
constexpr std::string_view few_requests = "too few requests in the window";
constexpr std::string_view unseen = "never seen";

std::array<Metric, 37> const metrics{{
    {"http.latency", "ms", "Time to the whole answer", {}, "", ""},
    {"http.up",
     "",
     "Some request of a sample has a right answer",
     Threshold{none, 1, Worse::lower},
     "ours",
     unseen},
    {"http.error_rate",
     "%",
     "Share of the requests without a right answer",
     Threshold{1, 5},
     "E6",
     few_requests},
    {"http.latency_p50", "ms", "Median time to answer", {}, "", few_requests},
    {"http.latency_p95",
     "ms",
     "95 % of the requests are faster",
     Threshold{1000, 2000},
     "E6",
     few_requests},
    {"http.latency_p99", "ms", "99 % of the requests are faster", {}, "", few_requests},
    {"http.latency_ratio",
     "x",
     "The latency's p95 / the p95 of the baseline",
     Threshold{1.5, 2},
     "F1; the warning is ours",
     few_requests},
    {"http.rate_limited",
     "%",
     "Share of the requests answered 429",
     Threshold{5, none},
     "ours",
     few_requests},
    {"http.rate_limit_remaining", "", "What the RateLimit header fields leave", {}, "", ""},
    {"pg.up",
     "",
     "The server takes connections",
     Threshold{none, 1, Worse::lower},
     "F1: an outage",
     unseen},
    {"pg.connections", "", "Client sessions of the server", {}, "", unseen},
    {"pg.connections_used",
     "%",
     "Client sessions / what ordinary roles may have",
     Threshold{50, 75},
     "E6",
     unseen},
    {"pg.connections_ratio",
     "x",
     "Client sessions / their median in the baseline",
     Threshold{1.5, 2},
     "E6: +50 % and +100 %",
     "fewer than 5 sessions in the baseline",
     true},
    {"pg.active", "", "Sessions at work", {}, "", unseen},
    {"pg.idle_in_transaction", "", "Sessions idle in a transaction", {}, "", unseen},
    {"pg.longest_idle_in_transaction",
     "s",
     "Longest time idle in a transaction",
     Threshold{60, 300},
     "ours",
     unseen},
    {"pg.slow_queries",
     "",
     "Queries that run for more than 500 ms",
     Threshold{0, none},
     "E6: query 500 ms",
     unseen},
    {"pg.oldest_transaction",
     "s",
     "Age of the oldest transaction of a client",
     Threshold{300, 1800},
     "ours, after the postgres_exporter mixin",
     unseen},
    {"pg.blocked", "", "Sessions that wait for a lock", Threshold{0, 4}, "ours", unseen},
    {"pg.longest_blocked",
     "s",
     "Longest wait for a lock",
     Threshold{15, 60},
     "check_postgres lockwait, shorter after a migration",
     unseen},
    {"pg.deadlocks",
     "/min",
     "Deadlocks a minute over the window",
     Threshold{0, 5, Worse::higher, 1},
     "the usual alert rules",
     "no two samples of the counters"},
    {"pg.rollback_ratio",
     "%",
     "Transactions rolled back over the window",
     Threshold{2, 10},
     "awesome-prometheus-alerts 2 %, mixin 10 %",
     "fewer than 100 transactions in the window",
     true},
    {"pg.cache_hit_ratio",
     "%",
     "Blocks found in the cache over the window",
     Threshold{98, none, Worse::lower},
     "the mixin; never critical, since it falls after every restart",
     "fewer than 10,000 blocks read in the window",
     true},
    {"pg.transaction_rate", "/s", "Transactions a second over the window", {}, "", ""},
    {"pg.database_size", "bytes", "Size of the database by relpages", {}, "", unseen},
    {"pg.largest_table",
     "bytes",
     "Size of the largest table by relpages",
     Threshold{500e6, none},
     "E6: table 500 MB",
     unseen},
    {"log.lines", "/min", "Lines of the log a minute over the window", {}, "", ""},
    {"log.events", "/min", "Events of all classes a minute over the window", {}, "", ""},
    {"log.class", "/min", "Events of the class a minute over the window", {}, "", ""},
    {"log.panics",
     "",
     "Events of the class panic since the last sample",
     Threshold{0, none, Worse::higher, 1},
     "ours",
     unseen,
     true},
    {"log.new_events",
     "",
     "Events in the window of a kind that the baseline does not have",
     Threshold{0, none, Worse::higher, 1},
     "ours",
     "no baseline of this log",
     true},
    {"log.behind", "bytes", "What is in the log and not read yet", {}, "", ""},
    {"pm2.up",
     "",
     "All processes of the application are online",
     Threshold{none, 1, Worse::lower},
     "ours",
     unseen},
    {"pm2.restarts",
     "",
     "Restarts by PM2 since the last sample",
     Threshold{0, none, Worse::higher, 1},
     "ours",
     unseen},
    {"sql.value", "", "What a query of the user gives", {}, "", unseen},
    {"command.value", "", "What a command of the user prints", {}, "", unseen},
    {"prometheus.value", "", "What a query of Prometheus gives", {}, "", unseen},
}};

} // namespace

std::span<Metric const> all_metrics() {
    return metrics;
}

Metric const* find_metric(std::string_view name) {
    for (auto const& metric : metrics) {
        if (metric.name == name) {
            return &metric;
        }
    }
    return nullptr;
}

bool is_figure(std::string_view metric) {
    return metric.ends_with(".value") || metric.starts_with("pm2.");
}

bool is_of_postgres(std::string_view metric) {
    return metric.starts_with("pg.");
}

} // namespace slipway::monitor
