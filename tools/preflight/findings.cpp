// SPDX-License-Identifier: Apache-2.0
#include "findings.hpp"

#include "error/error.hpp"
#include "pg/sqlstate.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

using record::CheckStatus;

constexpr std::size_t most_named = 5;

} // namespace

bool Findings::is_left_out(Kind const& kind) const {
    return std::any_of(left_out_.begin(), left_out_.end(), [&](std::string const& each) {
        return each == kind.id || each == kind.group();
    });
}

record::Check&
Findings::note(std::string_view id, record::CheckStatus status, std::string message) {
    auto const* const kind = kind_of(id);
    if (kind == nullptr) {
        throw Error{ErrorKind::internal, fmt::format("there is no check {}", id)};
    }
    record::Check check;
    check.id = id;
    check.title = kind->title;
    check.severity = kind->severity;
    check.status = is_left_out(*kind) ? CheckStatus::skipped : status;
    check.message = is_left_out(*kind) ? "left out by --skip" : std::move(message);
    return checks_.emplace_back(std::move(check));
}

void Findings::passed(std::string_view id, std::string message) {
    note(id, CheckStatus::passed, std::move(message));
}

void Findings::skipped(std::string_view id, std::string why) {
    note(id, CheckStatus::skipped, std::move(why));
}

void Findings::undecided(std::string_view id, std::string why) {
    note(id, CheckStatus::undecided, std::move(why)).hint = kind_of(id)->hint;
}

void Findings::warned(std::string_view id, std::string message, std::string hint) {
    note(id, CheckStatus::warned, std::move(message)).hint =
        hint.empty() ? std::string{kind_of(id)->hint} : std::move(hint);
}

void Findings::failed(std::string_view id, std::string message, std::string hint) {
    note(id, CheckStatus::failed, std::move(message)).hint =
        hint.empty() ? std::string{kind_of(id)->hint} : std::move(hint);
}

void Findings::none_of(
    std::string_view id,
    std::vector<std::string> const& found,
    std::string good,
    Amiss amiss,
    std::string hint) {
    if (found.empty()) {
        passed(id, std::move(good));
        return;
    }
    std::vector<std::string> const named{
        found.begin(),
        found.begin() + static_cast<std::ptrdiff_t>(std::min(found.size(), most_named))};
    std::string message = text::join(named, ", ");
    if (found.size() > named.size()) {
        message += fmt::format(" and {} more", found.size() - named.size());
    }
    amiss == Amiss::fails ? failed(id, std::move(message), std::move(hint))
                          : warned(id, std::move(message), std::move(hint));
}

void Findings::attempt(std::string_view id, std::function<void()> const& look) {
    if (auto const* kind = kind_of(id); kind != nullptr && is_left_out(*kind)) {
        skipped(id, "");
        return;
    }
    try {
        look();
    } catch (Error const& error) {
        signal::throw_if_stopped(stop_);
        if (error.sqlstate() == pg::sqlstate::insufficient_privilege) {
            undecided(id, error.message());
        } else {
            failed(id, error.message(), error.hint());
        }
    }
}

void Findings::skip_rest(std::string_view group, std::string const& why) {
    for (auto const& kind : kinds()) {
        bool const known = std::any_of(
            checks_.begin(), checks_.end(), [&](auto const& check) { return check.id == kind.id; });
        if (kind.group() == group && !known) {
            skipped(kind.id, why);
        }
    }
}

} // namespace slipway::preflight
