// SPDX-License-Identifier: Apache-2.0
#include "provider.hpp"

#include "db_backup.hpp"
#include "error/error.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/rfc3339.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_backup {

namespace {

constexpr std::size_t most_said = 500;
constexpr time::Milliseconds time_to_end{1000};

std::string last_line(std::string_view text) {
    auto const said = text::lines(text::trim(text));
    return said.empty() ? ""
                        : text::shorten(text::printable_line(text::trim(said.back())), most_said);
}

} // namespace

backup::ProviderSnapshot take_provider_snapshot(
    std::string const& command,
    std::string const& backup_id,
    tool::Context& context) {
    backup::ProviderSnapshot out;
    out.command = context.redactor.redact(command);
    out.taken_at = context.clock.now();
    proc::Command work;
    work.program = "/bin/sh";
    work.arguments = {"-c", command};
    work.environment = {
        {"SLIPWAY_BACKUP_ID", backup_id}, {"SLIPWAY_ENVIRONMENT", environment_word(context)}};
    work.grace = time_to_end;
    if (!context.deadline.is_never()) {
        work.timeout = context.deadline.remaining();
    }
    work.on_error_line = [&](std::string_view line) {
        context.log.info(line, {{"command", "provider-snapshot"}});
    };
    auto const outcome = proc::run(work, context.stop);
    signal::throw_if_stopped(context.stop);
    out.marker = context.redactor.redact(last_line(outcome.output));
    std::string const failure = !outcome.ok() ? fmt::format(
                                                    "the provider's command failed ({}): {}",
                                                    outcome.how(),
                                                    last_line(outcome.error_tail))
                                : out.marker.empty()
                                    ? "the provider's command said nothing that names its snapshot"
                                    : "";
    note(context, "provider.snapshot", "the provider took its own snapshot: " + out.marker, failure)
        .duration = outcome.duration;
    if (!failure.empty()) {
        throw Error{
            outcome.timed_out ? ErrorKind::timeout : ErrorKind::failed,
            failure,
            "It has to end with 0 and to write, as its last line, the snapshot's name or the point "
            "in time to which the provider can go back."};
    }
    return out;
}

void create_snapshot_alone(Options const& options, tool::Context& context) {
    auto const where = target::parse(options.database_url, context);
    std::string const id = options.id.empty()
                               ? backup::make_id(context.clock.now(), environment_word(context))
                               : options.id;
    { auto const connection = target::open(where, context); }
    auto const taken = take_provider_snapshot(options.provider_snapshot, id, context);
    *context.record.data = {
        {"id", id},
        {"environment", environment_word(context)},
        {"database", context.record.target ? context.record.target->database : ""},
        {"provider_snapshot",
         {{"command", taken.command},
          {"marker", taken.marker},
          {"taken_at", time::to_rfc3339(taken.taken_at)}}}};
    context.record.summary =
        fmt::format("The provider took its own snapshot: {} (nothing was dumped)", taken.marker);
}

} // namespace slipway::db_backup
