// SPDX-License-Identifier: Apache-2.0
#include "links_migrate.hpp"
#include "target/target.hpp"

namespace slipway::links_migrate {

void declare(cli::Spec& spec, Options& options) {
    spec.verb("run", "move the links, going on where an earlier run was stopped", true);
    spec.verb("verify", "compare source and target both ways: rows, content, order, counts");
    spec.verb("rollback", "remove the rows that were written and that nobody changed since");
    spec.verb("status", "the runs that the ledger knows");
    target::declare(spec, options.database_url);
    spec.dry_run(
            options.dry_run,
            {},
            "say what would be written, rejected and removed, from one snapshot; the database is "
            "only read")
        .only_for({"run", "rollback"});
    spec.option(
            options.mapping,
            "--mapping FILE",
            "which JSON column becomes rows of which table, in YAML or JSON")
        .standard("profiles.socialLinks to profile_links");
    spec.option(
            options.plan,
            "--plan RECORD",
            "the record of a dry-run: refuse where the mapping or what it counted is another now")
        .only_for({"run"});
    spec.option(
            options.jobs, "--jobs N", "connections that write at the same time, each its own rows")
        .standard("1")
        .only_for({"run"});
    spec.option(options.batch, "--batch N", "rows of the source a transaction")
        .standard("10000")
        .only_for({"run", "verify", "rollback"});
    spec.option(options.limit, "--limit N", "stop after so many rows of the source")
        .standard("none")
        .only_for({"run"});
    spec.option(
            options.throttle,
            "--throttle SHARE",
            "the share of the time in which the server is left alone, as 20%")
        .standard("0%")
        .only_for({"run", "rollback"});
    spec.option(
            options.samples,
            "--samples WHEN",
            "write values of rejected and other items to the record and a file")
        .choices({"yes", "no"})
        .standard("no in production, else yes")
        .only_for({"run", "verify"});
    spec.option(
            options.lock_timeout,
            "--lock-timeout TIME",
            "how long a batch waits for a lock before it lets go and tries again")
        .standard("500ms")
        .only_for({"run", "rollback"});
    spec.option(options.lock_wait, "--lock-wait TIME", "how long to wait for another runner to end")
        .standard("10s")
        .only_for({"run", "rollback"});
    spec.option(options.print_mapping, "--print-mapping", "print the mapping as JSON and end")
        .only_for({"run"});
    spec.example("links-migrate --dry-run", "what would be written, and what rejected and why");
    spec.example("links-migrate --environment staging", "move the links, or go on with it");
    spec.example(
        "links-migrate --mapping order-items.yaml --jobs 2",
        "rows of another JSON column, by two connections");
    spec.example("links-migrate verify", "prove that every accepted link has its row");
    spec.example("links-migrate rollback --yes", "remove what was written and not changed since");
}

} // namespace slipway::links_migrate
