// SPDX-License-Identifier: Apache-2.0
#include "results.hpp"

#include <algorithm>
#include <system_error>

namespace slipway::test_run {

namespace {

constexpr std::size_t most_slow = 10;

void note_slow(std::vector<Slow>& slowest, testreport::Case const& one) {
    if (!one.duration) {
        return;
    }
    auto const place = std::find_if(slowest.begin(), slowest.end(), [&](Slow const& other) {
        return *one.duration > other.duration;
    });
    if (place == slowest.end() && slowest.size() == most_slow) {
        return;
    }
    slowest.insert(place, {one.title(), *one.duration});
    if (slowest.size() > most_slow) {
        slowest.pop_back();
    }
}

void add(Results& results, testreport::Case one) {
    note_slow(results.slowest, one);
    if (one.flaky) {
        results.flaky.push_back(one.title());
    }
    switch (one.outcome) {
    case testreport::Outcome::passed:
        ++results.passed;
        results.good.insert(one.title());
        return;
    case testreport::Outcome::skipped:
        ++results.skipped;
        return;
    case testreport::Outcome::failed:
        ++results.failed;
        break;
    case testreport::Outcome::error:
        ++results.errors;
        break;
    }
    one.where = relative(one.where);
    results.bad.push_back(std::move(one));
}

} // namespace

std::size_t Results::count(ReportFile::State state) const {
    return static_cast<std::size_t>(std::count_if(
        files.begin(), files.end(), [&](ReportFile const& file) { return file.state == state; }));
}

Results read_results(
    Written const& written,
    bool titles,
    std::function<void(testreport::Case const&)> const& each) {
    Results out;
    for (auto const& path : written.fresh) {
        ReportFile file;
        file.path = path;
        auto const bad_before = out.bad.size();
        try {
            auto const declared = testreport::read(path, [&](testreport::Case one) {
                ++file.tests;
                each(one);
                if (titles) {
                    out.titles.insert(one.title());
                }
                add(out, std::move(one));
            });
            if (out.bad.size() == bad_before) {
                out.lost_failures += declared;
            }
        } catch (Error const& error) {
            file.state = ReportFile::State::broken;
            file.cause = error.message();
            file.where = error.where();
        }
        out.files.push_back(std::move(file));
    }
    for (auto const& path : written.stale) {
        out.files.push_back({path, ReportFile::State::stale, 0, {}, {}});
    }
    return out;
}

void take_retry(Results& results, Results const& again) {
    std::set<std::string> const before = [&] {
        std::set<std::string> out;
        for (auto const& one : results.bad) {
            out.insert(one.title());
        }
        return out;
    }();
    std::erase_if(results.bad, [&](testreport::Case const& one) {
        if (!again.good.contains(one.title())) {
            return false;
        }
        (one.outcome == testreport::Outcome::error ? results.errors : results.failed) -= 1;
        ++results.passed;
        results.good.insert(one.title());
        results.flaky.push_back(one.title());
        return true;
    });
    for (auto const& one : again.bad) {
        if (before.contains(one.title())) {
            continue;
        }
        (one.outcome == testreport::Outcome::error ? results.errors : results.failed) += 1;
        if (results.good.erase(one.title()) > 0) {
            --results.passed;
        }
        results.bad.push_back(one);
    }
    results.titles.insert(again.titles.begin(), again.titles.end());
}

Where relative(Where where) {
    fs::Path const file{where.file};
    if (file.is_absolute()) {
        std::error_code ignored;
        auto const below = file.lexically_relative(std::filesystem::current_path(ignored));
        if (!below.empty() && *below.begin() != "..") {
            where.file = below.string();
        }
    }
    return where;
}

} // namespace slipway::test_run
