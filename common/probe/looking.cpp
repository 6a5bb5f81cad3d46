// SPDX-License-Identifier: Apache-2.0
#include "probe/looking.hpp"

namespace slipway::probe {

record::Check begun(std::string const& id, std::string title) {
    record::Check check;
    check.id = id;
    check.title = std::move(title);
    check.severity = record::Severity::critical;
    return check;
}

Look good(record::Check check, std::string brief) {
    Look look;
    look.brief = std::move(brief);
    check.message = look.brief;
    look.checks.push_back(std::move(check));
    return look;
}

Look wrong(record::Check check, std::string brief, std::string hint) {
    Look look;
    look.state = Look::State::wrong;
    look.brief = std::move(brief);
    check.status = record::CheckStatus::failed;
    check.message = look.brief;
    check.hint = std::move(hint);
    look.checks.push_back(std::move(check));
    return look;
}

Look of_error(record::Check check, Error const& error) {
    auto look = wrong(std::move(check), error.message(), error.hint());
    look.error = error;
    // A wrong password, role or database does not become right by waiting.
    look.hopeless = error.kind() == ErrorKind::usage;
    // A server that says that it is starting, or full, is there.
    bool const spoke = !error.sqlstate().empty() && !error.sqlstate().starts_with("08");
    bool const answered = error.kind() != ErrorKind::unavailable &&
                          error.kind() != ErrorKind::timeout && !look.hopeless;
    look.state = spoke || answered ? Look::State::wrong : Look::State::unreached;
    return look;
}

bool ends_the_run(Error const& error) {
    return error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::terminated ||
           error.kind() == ErrorKind::internal;
}

void add_part(
    Look& look,
    std::string const& id,
    std::string_view part,
    std::string title,
    std::string fault,
    std::string otherwise,
    std::string hint) {
    auto check = begun(id + "." + std::string{part}, std::move(title));
    if (fault.empty()) {
        check.message = std::move(otherwise);
    } else {
        check.status = record::CheckStatus::failed;
        check.hint = std::move(hint);
        // The first fault is what one waits for.
        look.brief = look.state == Look::State::good ? fault : look.brief;
        look.state = Look::State::wrong;
        check.message = std::move(fault);
    }
    look.checks.push_back(std::move(check));
}

void note_time(Look& look, std::chrono::steady_clock::time_point start) {
    auto const took = std::chrono::steady_clock::now() - start;
    look.latency_ms = std::chrono::duration<double, std::milli>(took).count();
    for (auto& made : look.checks) {
        made.duration = std::chrono::duration_cast<time::Milliseconds>(took);
    }
}

} // namespace slipway::probe
