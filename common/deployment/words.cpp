// SPDX-License-Identifier: Apache-2.0
#include "deployment/model.hpp"

namespace slipway::deployment {

using record::CheckStatus;
using record::Status;

int rank(Status status) {
    switch (status) {
    case Status::running: // the tool that started this report; a killed one counts as aborted
    case Status::skipped:
        return 0;
    case Status::passed:
        return 1;
    case Status::warned:
        return 2;
    case Status::undecided:
        return 3;
    case Status::refused:
        return 4;
    case Status::aborted:
        return 5;
    case Status::error:
        return 6;
    case Status::failed:
        return 7;
    case Status::in_doubt:
        return 8; // nobody knows what is live
    }
    return 8;
}

std::string_view word(Status status) {
    switch (status) {
    case Status::skipped:
        return "Skipped";
    case Status::passed:
        return "Passed";
    case Status::warned:
        return "Warned";
    case Status::undecided:
        return "Undecided";
    case Status::refused:
        return "Refused";
    case Status::failed:
        return "Failed";
    case Status::error:
        return "Error";
    case Status::running:
    case Status::aborted:
        return "Aborted";
    case Status::in_doubt:
        return "In doubt";
    }
    return "In doubt";
}

std::string_view phrase(Status status) {
    switch (status) {
    case Status::skipped:
        return "was skipped";
    case Status::passed:
        return "passed";
    case Status::warned:
        return "warned";
    case Status::undecided:
        return "could not decide";
    case Status::refused:
        return "refused to go on";
    case Status::failed:
        return "failed";
    case Status::error:
        return "ended in an error";
    case Status::running:
    case Status::aborted:
        return "was aborted";
    case Status::in_doubt:
        return "left its outcome in doubt";
    }
    return "left its outcome in doubt";
}

std::string_view word(CheckStatus status) {
    switch (status) {
    case CheckStatus::passed:
        return "Passed";
    case CheckStatus::warned:
        return "Warned";
    case CheckStatus::failed:
        return "Failed";
    case CheckStatus::skipped:
        return "Skipped";
    case CheckStatus::undecided:
        return "Undecided";
    }
    return "Undecided";
}

std::string_view tone(Status status) {
    switch (status) {
    case Status::passed:
        return "passed";
    case Status::warned:
        return "warned";
    case Status::skipped:
    case Status::undecided:
        return "unknown";
    case Status::running:
    case Status::aborted:
    case Status::refused:
    case Status::failed:
    case Status::error:
    case Status::in_doubt:
        return "failed";
    }
    return "failed";
}

std::string_view tone(CheckStatus status) {
    switch (status) {
    case CheckStatus::passed:
        return "passed";
    case CheckStatus::warned:
        return "warned";
    case CheckStatus::failed:
        return "failed";
    case CheckStatus::skipped:
    case CheckStatus::undecided:
        return "unknown";
    }
    return "unknown";
}

Counts count(std::vector<record::Check> const& checks) {
    Counts counts;
    for (auto const& check : checks) {
        switch (check.status) {
        case CheckStatus::passed:
            ++counts.passed;
            break;
        case CheckStatus::warned:
            ++counts.warned;
            break;
        case CheckStatus::failed:
            ++counts.failed;
            break;
        case CheckStatus::skipped:
            ++counts.skipped;
            break;
        case CheckStatus::undecided:
            ++counts.undecided;
            break;
        }
    }
    return counts;
}

} // namespace slipway::deployment
