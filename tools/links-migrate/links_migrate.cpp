// SPDX-License-Identifier: Apache-2.0
#include "links_migrate.hpp"

#include "json/value.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

void require_sane(Options const& options) {
    constexpr std::int64_t most_rows = 1'000'000;
    constexpr double most_throttle = 0.95;
    if (options.batch < 1 || options.batch > most_rows) {
        throw Error{
            ErrorKind::usage, fmt::format("--batch {} is not 1 to {}", options.batch, most_rows)};
    }
    constexpr std::int64_t most_jobs = 16;
    if (options.jobs < 1 || options.jobs > most_jobs) {
        throw Error{
            ErrorKind::usage, fmt::format("--jobs {} is not 1 to {}", options.jobs, most_jobs)};
    }
    if (!options.plan.empty() && (!options.dry_run.empty() || options.limit > 0)) {
        throw Error{
            ErrorKind::usage,
            "--plan goes with neither --dry-run nor --limit",
            "The plan is the record of a dry-run; its limit holds for the run too."};
    }
    if (options.limit < 0) {
        throw Error{ErrorKind::usage, fmt::format("--limit {} is negative", options.limit)};
    }
    if (!(options.throttle >= 0 && options.throttle <= most_throttle)) {
        throw Error{ErrorKind::usage, "--throttle is not 0% to 95%"};
    }
}

} // namespace

void run(Options const& options, tool::Context& context) {
    require_sane(options);
    if (options.print_mapping) {
        auto const mapping = to_json(mapping_of(options));
        (*context.record.data)["print_mapping"] = mapping;
        context.record.summary = json::write(mapping);
        return;
    }
    Session session{options, context};
    if (context.verb == "verify") {
        verify(session);
    } else if (context.verb == "rollback") {
        roll_back(session);
    } else if (context.verb == "status") {
        status(session);
    } else if (options.dry_run.empty()) {
        migrate(session);
    } else {
        rehearse(session);
    }
}

} // namespace slipway::links_migrate
