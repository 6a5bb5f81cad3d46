// SPDX-License-Identifier: Apache-2.0
#include "tool/shared_options.hpp"

namespace slipway::tool {

void declare_shared(cli::Spec& spec, Shared& shared) {
    spec.shared_from_here();
    spec.option(shared.output, "--output FILE", "write the record there")
        .standard("$SLIPWAY_DIR/<tool>[-<verb>][-dry-run].json, SLIPWAY_DIR being slipway-out");
    spec.option(shared.json, "--json", "print the record instead of the summary line");
    spec.option(
        shared.inputs, "--input PATH", "an earlier record, or a folder of records, to rely on");
    spec.option(shared.environment, "--environment NAME", "the environment, such as staging")
        .env("SLIPWAY_ENVIRONMENT");
    spec.option(
            shared.relaxed_environments,
            "--relaxed-environments NAME",
            "environments that are not production")
        .standard("development, test, ci, staging, preview");
    spec.option(
            shared.name, "--name NAME", "which database or service of the deployment this is about")
        .env("SLIPWAY_NAME");
    spec.option(shared.config, "--config FILE", "values for options, by tool, in YAML or JSON")
        .env("SLIPWAY_CONFIG");
    spec.option(shared.yes, "--yes", "confirm what would be asked");
    spec.option(shared.timeout, "--timeout TIME", "give up after this long");
    spec.option(shared.on_undecided, "--on-undecided POLICY", "what an undecided check means")
        .choices({"pass", "fail"})
        .standard("fail in production, else pass with a warning");
    spec.option(shared.log_format, "--log-format FORMAT", "how the log is written")
        .choices({"auto", "human", "json", "github"})
        .env("SLIPWAY_LOG_FORMAT")
        .standard("auto");
    spec.option(shared.log_level, "--log-level LEVEL", "the least level that is logged")
        .choices({"debug", "info", "warning", "error"})
        .env("SLIPWAY_LOG_LEVEL")
        .standard("info");
    spec.option(shared.color, "--color WHEN", "colour in the log")
        .choices({"auto", "always", "never"})
        .env("SLIPWAY_COLOR")
        .standard("auto");
}

} // namespace slipway::tool
