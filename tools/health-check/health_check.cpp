// SPDX-License-Identifier: Apache-2.0
#include "health_check.hpp"

#include "error/error.hpp"
#include "probes.hpp"
#include "target/target.hpp"
#include "watch.hpp"

namespace slipway::health_check {

namespace {

void tell(record::Record const& record, tool::Context& context) {
    for (auto const& check : record.checks) {
        auto const line = check.id + ": " + check.message;
        switch (check.status) {
        case record::CheckStatus::passed:
        case record::CheckStatus::skipped:
            context.log.info(line);
            break;
        case record::CheckStatus::warned:
        case record::CheckStatus::undecided:
            context.log.warning(line);
            break;
        case record::CheckStatus::failed:
            context.log.error(line);
            break;
        }
    }
}

void declare_waiting(cli::Spec& spec, Options& options) {
    spec.option(options.wait, "--wait TIME", "how long to wait until all is healthy")
        .standard("look once");
    spec.option(options.every, "--every TIME", "the pause between two looks; grows to 5s")
        .standard("1s");
    spec.option(options.each, "--each TIME", "how long one look at one probe may take")
        .standard("5s");
    spec.option(
            options.consecutive, "--consecutive N", "how many times in a row all has to be healthy")
        .standard("1");
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.positional(
        options.probes,
        "PROBE",
        "http://…, postgres, migrations:DIR, schema:FILE, sql:QUERY, tcp:HOST:PORT, dns:NAME, "
        "tls:HOST[:PORT], oauth:URL, disk:PATH or command:LINE; without any, $API_BASE/health and "
        "the database");
    spec.option(options.urls, "--url URL", "an endpoint that says how the service is")
        .env("HEALTH_URL");
    spec.option(
        options.migrations,
        "--migrations DIR",
        "a folder of which no migration may pend; LAYOUT:DIR names its layout");
    spec.option(options.file, "--file FILE", "probes of a YAML or JSON file");
    target::declare(spec, options.database_url, "the database of the other probes");
    spec.option(options.api_base, "--base-url URL", "where /health is asked when no probe is named")
        .env("API_BASE")
        .env("API_URL");
    spec.option(
        options.statuses, "--expect-status STATUS", "a status or class that is healthy (2xx)");
    spec.option(options.jq, "--jq EXPRESSION", "what has to be true of the JSON answer");
    spec.option(options.role, "--role ROLE", "what the server of the database has to be")
        .choices({"any", "primary", "replica"})
        .standard("any");
    spec.option(
        options.most_lag,
        "--max-lag BYTES",
        "how much WAL a replica, or each replica of a primary, may be behind");
    spec.option(
            options.least_days, "--min-days N", "for how many days a certificate has to be valid")
        .standard("14");
    spec.option(options.least_room, "--min-free ROOM", "a share or size of a disk that is free")
        .standard("10%");
    declare_waiting(spec, options);
    spec.option(
        options.nagios,
        "--nagios",
        "print the line and end with the code of a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL, "
        "3 UNKNOWN");
    spec.example(
        "health-check http://127.0.0.1:8080/api/health --wait 60s",
        "wait until a service that was just started is healthy");
    spec.example(
        "health-check https://shop.example.com/health postgres migrations:prisma/migrations",
        "look once at the service, its database and its migrations");
    spec.example(
        "health-check tls:shop.example.com dns:shop.example.com disk:/var --nagios",
        "as a check of Nagios or Icinga");
}

void run(Options const& options, tool::Context& context) {
    if (options.consecutive < 1 || options.every.count() < 1) {
        throw Error{
            ErrorKind::usage,
            "--consecutive and --every have to be more than nothing",
            "Their defaults are 1 and 1s."};
    }
    auto const probes = choose_probes(options, context);
    Watch watch{options, probes, context};
    try {
        watch.wait();
    } catch (Error const&) {
        watch.note();
        throw;
    }
    watch.note();
    context.record.summary = watch.summary();
    tell(context.record, context);
    if (!watch.healthy()) {
        if (auto const error = watch.ending()) {
            throw Error{*error};
        }
        // Also where the last look was good, and only the looks before it were not.
        context.record.status = record::Status::failed;
    }
}

} // namespace slipway::health_check
