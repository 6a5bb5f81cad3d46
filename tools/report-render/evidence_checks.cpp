// SPDX-License-Identifier: Apache-2.0
#include "evidence_checks.hpp"

#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::report_render {

namespace {

constexpr std::size_t most_checks = 100; // the report itself lists them all

record::Check fault(std::string id, std::string title, bool strict) {
    record::Check check;
    check.id = std::move(id);
    check.title = std::move(title);
    check.status = strict ? record::CheckStatus::failed : record::CheckStatus::warned;
    check.severity = strict ? record::Severity::critical : record::Severity::minor;
    return check;
}

record::Check fault_of(Step const& step, Link const& link, bool strict) {
    auto check = fault(
        link.input ? "evidence.input" : "evidence.artifact",
        fmt::format(
            "{} {} of {} is {}",
            link.what,
            link.path,
            step.title,
            link.state == LinkState::unpinned ? "without a checksum" : name(link.state)),
        strict);
    check.message = link.detail;
    check.where.file = step.found->path.string();
    check.hint = link.state == LinkState::altered
                     ? "Find out who wrote the file after the step, and do not rely on it."
                     : "Give the folder that has the file, or run the step again.";
    return check;
}

} // namespace

void add_evidence_checks(Report const& report, bool strict, record::Record& record) {
    std::size_t links = 0;
    std::size_t torn = 0;
    for (auto const& bad : report.material.unreadable) {
        auto check = fault("evidence.record", "a record cannot be read", strict);
        check.message = bad.cause;
        check.where.file = bad.path.string();
        record.add(std::move(check));
    }
    for (auto const& step : report.steps) {
        for (auto const& link : step.links) {
            ++links;
            if (broken(link.state) && ++torn <= most_checks) {
                record.add(fault_of(step, link, strict));
            }
        }
    }
    auto whole = fault("evidence.chain", "the chain of evidence holds", strict);
    whole.message =
        fmt::format("{} of {} without a fault", links - torn, text::counted(links, "link"));
    if (torn == 0) {
        whole.status = record::CheckStatus::passed;
        whole.severity = record::Severity::critical;
    }
    record.add(std::move(whole));
}

} // namespace slipway::report_render
