// SPDX-License-Identifier: Apache-2.0
#include "record/record.hpp"

#include <algorithm>
#include <array>

namespace slipway::record {

namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<Status, 10> statuses{{
    {Status::running, "running"},
    {Status::passed, "passed"},
    {Status::warned, "warned"},
    {Status::skipped, "skipped"},
    {Status::failed, "failed"},
    {Status::error, "error"},
    {Status::refused, "refused"},
    {Status::in_doubt, "in_doubt"},
    {Status::undecided, "undecided"},
    {Status::aborted, "aborted"},
}};
constexpr Names<CheckStatus, 5> check_statuses{{
    {CheckStatus::passed, "passed"},
    {CheckStatus::warned, "warned"},
    {CheckStatus::failed, "failed"},
    {CheckStatus::skipped, "skipped"},
    {CheckStatus::undecided, "undecided"},
}};
constexpr Names<Severity, 4> severities{{
    {Severity::info, "info"},
    {Severity::minor, "minor"},
    {Severity::major, "major"},
    {Severity::critical, "critical"},
}};

template <class Enum, std::size_t N>
std::string_view name_in(Names<Enum, N> const& table, Enum value) {
    return std::find_if(
               table.begin(), table.end(), [&](auto const& entry) { return entry.first == value; })
        ->second;
}

template <class Enum, std::size_t N>
std::optional<Enum> value_in(Names<Enum, N> const& table, std::string_view word) {
    auto const found = std::find_if(
        table.begin(), table.end(), [&](auto const& entry) { return entry.second == word; });
    return found == table.end() ? std::nullopt : std::optional{found->first};
}

} // namespace

Check& Record::add(Check check) {
    return checks.emplace_back(std::move(check));
}

Check& Record::note(std::string id, std::string title, std::string failure, Severity severity) {
    Check check;
    check.id = std::move(id);
    check.title = std::move(title);
    check.severity = severity;
    check.status = failure.empty() ? CheckStatus::passed : CheckStatus::failed;
    check.message = std::move(failure);
    return add(std::move(check));
}

void Record::add_metric(std::string metric, std::string unit, double value) {
    metrics.push_back({std::move(metric), std::move(unit), {}, value, {}});
}

std::string_view name(Status status) {
    return name_in(statuses, status);
}

std::string_view name(CheckStatus status) {
    return name_in(check_statuses, status);
}

std::string_view name(Severity severity) {
    return name_in(severities, severity);
}

std::optional<Status> status_from(std::string_view word) {
    return value_in(statuses, word);
}

std::optional<CheckStatus> check_status_from(std::string_view word) {
    return value_in(check_statuses, word);
}

std::optional<Severity> severity_from(std::string_view word) {
    return value_in(severities, word);
}

Status judge(std::vector<Check> const& checks, OnUndecided policy) {
    bool failed = false;
    bool warned = false;
    bool undecided = false;
    bool decided = checks.empty();
    for (auto const& check : checks) {
        bool const grave = check.severity >= Severity::major;
        failed = failed || (check.status == CheckStatus::failed && grave);
        warned = warned || check.status == CheckStatus::warned ||
                 (check.status == CheckStatus::failed && !grave);
        undecided = undecided || check.status == CheckStatus::undecided;
        decided = decided || check.status != CheckStatus::skipped;
    }
    if (failed) {
        return Status::failed;
    }
    if (undecided) {
        return policy == OnUndecided::fail ? Status::undecided : Status::warned;
    }
    if (!decided) {
        return Status::skipped;
    }
    return warned ? Status::warned : Status::passed;
}

int exit_code(Status status, std::optional<Error> const& error) {
    switch (status) {
    case Status::passed:
    case Status::warned:
    case Status::skipped:
        return 0;
    case Status::failed:
        return slipway::exit_code(ErrorKind::failed);
    case Status::refused:
        return slipway::exit_code(ErrorKind::refused);
    case Status::in_doubt:
        return slipway::exit_code(ErrorKind::in_doubt);
    case Status::undecided:
        return slipway::exit_code(ErrorKind::undecided);
    case Status::error:
    case Status::aborted:
    case Status::running:
        return slipway::exit_code(error ? error->kind() : ErrorKind::internal);
    }
    return slipway::exit_code(ErrorKind::internal);
}

Status status_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::failed:
        return Status::failed;
    case ErrorKind::refused:
        return Status::refused;
    case ErrorKind::in_doubt:
        return Status::in_doubt;
    case ErrorKind::undecided:
        return Status::undecided;
    case ErrorKind::usage:
    case ErrorKind::unavailable:
    case ErrorKind::timeout:
    case ErrorKind::internal:
        return Status::error;
    case ErrorKind::interrupted:
    case ErrorKind::terminated:
        return Status::aborted;
    }
    return Status::error;
}

} // namespace slipway::record
