// SPDX-License-Identifier: Apache-2.0
#include "migration/history.hpp"
#include "migration/state.hpp"
#include "probe/look.hpp"
#include "text/join.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

using migration::Item;
using migration::State;

constexpr std::size_t most_named = 5;

std::string named(std::vector<Item const*> const& items) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < std::min(items.size(), most_named); ++i) {
        ids.push_back(items[i]->id);
    }
    auto text = text::join(ids, ", ");
    return items.size() > most_named
               ? fmt::format("{} and {} more", text, items.size() - most_named)
               : text;
}

// What stands in the way, by state; empty where all is applied as it lies in the folder.
std::vector<std::string> faults_of(migration::Standing const& standing) {
    std::vector<std::string> faults;
    auto const add = [&](State state, std::string_view word) {
        auto const items = standing.in_state(state);
        if (!items.empty()) {
            faults.push_back(fmt::format("{} {}: {}", items.size(), word, named(items)));
        }
    };
    add(State::failed, "failed");
    add(State::drifted, "edited since it was applied");
    add(State::pending, "pending");
    add(State::rolled_back, "rolled back and pending");
    return faults;
}

} // namespace

Look look_at_migrations(
    std::string const& id,
    std::string const& folder,
    pg::ConnInfo const& target,
    pg::Options const& options) {
    auto const start = std::chrono::steady_clock::now();
    Look look;
    record::Check check;
    check.id = id;
    check.title = fmt::format("All migrations of {} are applied", folder);
    check.severity = record::Severity::critical;
    try {
        auto const files = migration::read_named_folder(folder);
        auto connection = pg::Connection::open(target, options);
        auto const ledger = migration::ledger_of(files, target);
        auto const standing = migration::compare(files, ledger->read(connection));
        auto const faults = faults_of(standing);
        auto const missing = standing.in_state(State::missing);
        if (!faults.empty()) {
            look.state = Look::State::wrong;
            check.status = record::CheckStatus::failed;
            check.message = text::join(faults, "; ");
            check.hint = "migrate-apply status tells more; migrate-apply applies what is pending.";
        } else if (!missing.empty()) {
            check.status = record::CheckStatus::warned;
            check.message = fmt::format("applied, but without a file here: {}", named(missing));
        } else {
            check.message = fmt::format(
                "{} applied ({})", text::counted(files.files.size(), "migration"), files.layout);
        }
    } catch (Error const& error) {
        if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::terminated) {
            throw;
        }
        look.error = error;
        look.hopeless = error.kind() == ErrorKind::usage;
        bool const answered = error.kind() == ErrorKind::failed;
        look.state = answered ? Look::State::wrong : Look::State::unreached;
        check.status = record::CheckStatus::failed;
        check.message = error.message();
        check.hint = error.hint();
    }
    auto const took = std::chrono::steady_clock::now() - start;
    check.duration = std::chrono::duration_cast<time::Milliseconds>(took);
    look.latency_ms = std::chrono::duration<double, std::milli>(took).count();
    look.brief = check.message;
    look.checks.push_back(std::move(check));
    return look;
}

} // namespace slipway::probe
