// SPDX-License-Identifier: Apache-2.0
#include "fs/file.hpp"
#include "json/value.hpp"
#include "look.hpp"
#include "text/join.hpp"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::preflight {

namespace {

constexpr std::uint64_t largest_report = std::uint64_t{256} << 20U;

void look_at_tests(Look const& look, Findings& findings) {
    record::Found const* newest = nullptr;
    for (auto const& found : look.context.inputs()) {
        if (found.record.tool == "test-run") {
            newest = &found;
        }
    }
    if (newest == nullptr) {
        findings.skipped("quality.tests", "no record of test-run among --input");
        return;
    }
    record::Demand demand;
    demand.tool = "test-run";
    demand.commit = look.context.record.run.commit;
    auto const objection = record::objection(*newest, demand, look.context.clock.now());
    look.context.rely_on(*newest);
    objection.empty() ? findings.passed("quality.tests", newest->record.summary)
                      : findings.failed("quality.tests", objection);
}

// lcov's `LF:` lines found and `LH:` lines hit (geninfo(1)).
void look_at_coverage(Look const& look, Findings& findings) {
    std::int64_t found = 0;
    std::int64_t hit = 0;
    auto const report = fs::read_file(look.options.coverage, largest_report);
    for (auto const line : text::lines(report)) {
        if (!line.starts_with("LF:") && !line.starts_with("LH:")) {
            continue;
        }
        std::int64_t count = 0;
        std::from_chars(line.data() + 3, line.data() + line.size(), count);
        (line[1] == 'F' ? found : hit) += count;
    }
    if (found == 0) {
        findings.undecided(
            "quality.coverage",
            fmt::format("{} has no line of lcov's LF:", look.options.coverage.string()));
        return;
    }
    double const share = static_cast<double>(hit) / static_cast<double>(found);
    auto const message = fmt::format(
        "{} of {} lines ({:.1f} %), wanted {:.1f} %",
        hit,
        found,
        share * 100,
        look.options.min_coverage * 100);
    share < look.options.min_coverage ? findings.failed("quality.coverage", message)
                                      : findings.passed("quality.coverage", message);
}

// `npm audit --json` since npm 7: metadata.vulnerabilities by severity.
void look_at_audit(Look const& look, Findings& findings) {
    auto const path = look.options.audit.string();
    auto const report = json::parse(fs::read_file(look.options.audit, largest_report), path);
    auto const& counts = json::at(json::at(report, "metadata"), "vulnerabilities");
    if (!counts.is_object()) {
        findings.undecided("quality.audit", path + " has no metadata.vulnerabilities");
        return;
    }
    std::vector<std::string> serious;
    for (char const* severity : {"critical", "high"}) {
        auto const& count = json::at(counts, severity);
        if (count.is_number_integer() && count.get<std::int64_t>() > 0) {
            serious.push_back(fmt::format("{} {}", count.get<std::int64_t>(), severity));
        }
    }
    findings.none_of("quality.audit", serious, "none", Findings::Amiss::fails);
}

void look_at_output(Look const& look, Findings& findings) {
    std::vector<std::string> missing;
    for (auto const& path : look.options.build_output) {
        std::error_code error;
        if (std::filesystem::is_empty(path, error) || error) {
            missing.push_back(path.string() + (error ? " is not there" : " is empty"));
        }
    }
    findings.none_of("quality.build_output", missing, "it was", Findings::Amiss::fails);
}

} // namespace

void look_at_quality(Look const& look, Findings& findings) {
    findings.attempt("quality.tests", [&] { look_at_tests(look, findings); });
    if (!look.options.coverage.empty()) {
        findings.attempt("quality.coverage", [&] { look_at_coverage(look, findings); });
    }
    if (!look.options.audit.empty()) {
        findings.attempt("quality.audit", [&] { look_at_audit(look, findings); });
    }
    if (!look.options.build_output.empty()) {
        look_at_output(look, findings);
    }
    findings.skip_rest("quality", "nothing was named to look at");
}

} // namespace slipway::preflight
