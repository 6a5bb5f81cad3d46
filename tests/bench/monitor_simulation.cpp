// SPDX-License-Identifier: Apache-2.0
// How often monitor's comparison with a baseline is wrong, and how soon it is right: simulated
// watches of two hours, a sample each 30 seconds, told to the very class that the tool judges by.
// Usage: bench_monitor_simulation [RUNS [SERIES]]   (2,000 and all; the seeds are fixed)
#include "comparison.hpp"
#include "stats/quantile.hpp"

#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

#include <fmt/format.h>

using namespace slipway;
using monitor::Baseline;
using monitor::Comparison;
using monitor::Key;
using monitor::Verdict;

namespace {

constexpr std::chrono::seconds every{30};
constexpr std::size_t baseline_samples = 60; // half an hour
constexpr std::size_t watch_samples = 240;   // two hours
constexpr double noise = 0.25;               // standard deviation of the logarithm
constexpr double requests = 5;

Key const latency{"http.latency", "api"};
Key const errors{"http.error_rate", "api"};

// Latencies of lognormal noise, each like the last by `dependence`; `heavy` tails by Student's t.
class Latencies {
public:
    Latencies(double dependence, bool heavy, std::uint64_t seed)
        : dependence_(dependence), heavy_(heavy), random_(seed), last_(draw()) {}

    double next(double factor) {
        last_ = dependence_ * last_ + std::sqrt(1 - dependence_ * dependence_) * draw();
        return 100 * factor * std::exp(noise * last_);
    }

private:
    double draw() {
        std::normal_distribution<double> normal;
        std::student_t_distribution<double> student{3};
        return heavy_ ? student(random_) / std::sqrt(3.0) : normal(random_);
    }

    double dependence_;
    bool heavy_;
    std::mt19937_64 random_;
    double last_;
};

struct Cell {
    int runs = 0;
    int regressed = 0;
    int in_five_minutes = 0;
    int healthy_first = 0;
    std::vector<double> minutes;         // from the change to the verdict
    std::vector<double> healthy_minutes; // to the first verdict of health
};

Comparison::Plan plan() {
    return {watch_samples, std::chrono::minutes{5}, std::chrono::seconds{0}};
}

// One watch: `value(i)` of the sample i, the change coming with the sample `change`.
template <typename Value>
void watch(
    Cell& cell,
    Key const& key,
    std::vector<double> before,
    std::size_t change,
    Value value) {
    Baseline baseline;
    baseline.set_readings(key, std::move(before));
    Comparison comparison{baseline, plan()};
    bool healthy = false;
    ++cell.runs;
    for (std::size_t i = 0; i < watch_samples; ++i) {
        auto const at = time::Instant{} + every * static_cast<int>(i + 1);
        comparison.add(at, {{key, value(i)}});
        auto const verdict = comparison.verdict();
        // The first sample is taken at once; a later change comes just after the one before it.
        double const later = static_cast<double>(i - std::min(i, change)) + (change > 0 ? 1 : 0);
        double const minutes = std::chrono::duration<double, std::ratio<60>>(every).count() * later;
        if (verdict == Verdict::healthy && !healthy) {
            healthy = true;
            ++cell.healthy_first;
            cell.healthy_minutes.push_back(0.5 * static_cast<double>(i));
        }
        if (verdict == Verdict::regressed) {
            // A false alarm before the change is no find.
            if (i >= change) {
                ++cell.regressed;
                cell.minutes.push_back(minutes);
                cell.in_five_minutes += minutes <= 5 ? 1 : 0;
            }
            return;
        }
    }
}

Cell latencies(int runs, double dependence, bool heavy, double factor, std::size_t change) {
    Cell cell;
    for (int run = 0; run < runs; ++run) {
        auto const seed = 20'261'126 + static_cast<std::uint64_t>(run) * 7919 +
                          static_cast<std::uint64_t>(dependence * 1000) * 104'729;
        Latencies source{dependence, heavy, seed};
        std::vector<double> before;
        for (std::size_t i = 0; i < baseline_samples; ++i) {
            before.push_back(source.next(1));
        }
        watch(cell, latency, std::move(before), change, [&](std::size_t i) {
            return source.next(i >= change ? factor : 1);
        });
    }
    return cell;
}

Cell failures(int runs, double usual, double then) {
    Cell cell;
    for (int run = 0; run < runs; ++run) {
        std::mt19937_64 random{77 + static_cast<std::uint64_t>(run) * 7919};
        auto const share = [&](double rate) {
            std::binomial_distribution<int> wrong{static_cast<int>(requests), rate};
            return 100 * wrong(random) / requests;
        };
        std::vector<double> before;
        for (std::size_t i = 0; i < baseline_samples; ++i) {
            before.push_back(share(usual));
        }
        watch(cell, errors, std::move(before), 0, [&](std::size_t) { return share(then); });
    }
    return cell;
}

std::string share(int part, int whole) {
    return fmt::format("{:.2f} %", 100.0 * part / whole);
}

std::string median(std::vector<double> const& values) {
    return values.empty() ? "" : fmt::format("{:.1f}", stats::quantile(values, 0.5));
}

void print(std::string_view what, std::string_view series, Cell const& cell) {
    fmt::print(
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
        what,
        series,
        cell.runs,
        share(cell.regressed, cell.runs),
        share(cell.in_five_minutes, cell.runs),
        median(cell.minutes),
        share(cell.healthy_first, cell.runs),
        median(cell.healthy_minutes));
}

} // namespace

int main(int argc, char** argv) {
    int const runs = argc > 1 ? std::atoi(argv[1]) : 2000;
    std::string_view const only = argc > 2 ? argv[2] : "";
    if (runs < 1) {
        return 2;
    }
    fmt::print("| what changes | series | watches | regressed | within 5 min | median min | "
               "healthy first | median min |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    struct Series {
        double dependence;
        bool heavy;
        char const* title;
    };
    for (auto const& series :
         {Series{0, false, "autocorrelation 0"},
          Series{0.2, false, "autocorrelation 0.2"},
          Series{0.5, false, "autocorrelation 0.5"},
          Series{0.8, false, "autocorrelation 0.8"},
          Series{0.95, false, "autocorrelation 0.95"},
          Series{0, true, "heavy tails"}}) {
        if (std::string_view{series.title}.find(only) == std::string_view::npos) {
            continue;
        }
        auto const cell = [&](double factor, std::size_t change) {
            return latencies(runs, series.dependence, series.heavy, factor, change);
        };
        print("nothing", series.title, cell(1, 0));
        print("latency x 1.5 at once", series.title, cell(1.5, 0));
        print("latency x 2 at once", series.title, cell(2, 0));
        print("latency x 2 after an hour", series.title, cell(2, watch_samples / 2));
        std::fflush(stdout);
    }
    for (double const usual : {0.0, 0.001, 0.005}) {
        auto const title = fmt::format("{} % of 5 requests fail", 100 * usual);
        if (title.find(only) == std::string::npos) {
            continue;
        }
        print("nothing", title, failures(runs, usual, usual));
        print("5 % fail at once", title, failures(runs, usual, 0.05));
        print("20 % fail at once", title, failures(runs, usual, 0.2));
    }
    return 0;
}
