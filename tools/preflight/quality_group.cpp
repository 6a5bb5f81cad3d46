// SPDX-License-Identifier: Apache-2.0
#include "coverage.hpp"
#include "fs/file.hpp"
#include "json/value.hpp"
#include "look.hpp"
#include "text/join.hpp"

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

void look_at_coverage(Look const& look, Findings& findings) {
    auto const coverage = read_coverage(look.options.coverage);
    double const share = static_cast<double>(coverage.hit) / static_cast<double>(coverage.found);
    auto const message = fmt::format(
        "{} of {} lines ({:.1f} %), wanted {:.1f} %",
        coverage.hit,
        coverage.found,
        share * 100,
        look.options.min_coverage * 100);
    share < look.options.min_coverage ? findings.failed("quality.coverage", message)
                                      : findings.passed("quality.coverage", message);
}

void look_at_lint(Look const& look, Findings& findings) {
    std::vector<std::string> errors;
    for (auto const& path : look.options.lint_reports) {
        for (auto& each : read_lint_errors(path)) {
            errors.push_back(std::move(each));
        }
    }
    findings.none_of("quality.lint", errors, "none", Findings::Amiss::fails);
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
    if (!look.options.lint_reports.empty()) {
        findings.attempt("quality.lint", [&] { look_at_lint(look, findings); });
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
