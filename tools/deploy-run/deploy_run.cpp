// SPDX-License-Identifier: Apache-2.0
#include "deploy_run.hpp"

#include "init.hpp"
#include "plan.hpp"
#include "prepare.hpp"
#include "runner.hpp"

namespace slipway::deploy_run {

void declare(cli::Spec& spec, Options& options) {
    spec.verb("run", "run the steps, stopping at the first that fails", true);
    spec.verb("plan", "tell what would run, and draw it");
    spec.verb("init", "write a pipeline for the project in this folder");
    spec.positional(options.pipeline, "PIPELINE", "the pipeline, a YAML or JSON file")
        .standard("deploy.yaml");
    spec.option(options.from, "--from STEP", "begin with this step");
    spec.option(options.skip, "--skip STEP", "leave this step out");
    spec.option(
        options.resume,
        "--resume",
        "go on where the last run of this pipeline ended; steps that passed are not repeated while "
        "their records and definitions are unchanged");
    spec.option(
        options.skip_tests,
        "--skip-tests",
        "leave the project's tests out, in an emergency; production wants --reason and "
        "--approved-by");
    spec.option(options.reason, "--reason TEXT", "why the tests are left out");
    spec.option(options.approved_by, "--approved-by NAME", "who answers for that");
    spec.dry_run(options.dry_run, {}, "tell what would run; start nothing").only_for({"run"});
    spec.example("deploy-run run pipeline.yaml", "the whole deployment");
    spec.example("deploy-run run pipeline.yaml --resume", "go on after a failure");
    spec.example("deploy-run plan pipeline.yaml", "what would run, and why not");
    spec.example("deploy-run init", "write deploy.yaml for this project");
}

void run(Options const& options, tool::Context& context) {
    if (context.verb == "init") {
        init(options.pipeline, context);
        return;
    }
    Deployment deployment = prepare(options, context);
    if (context.verb == "plan" || context.record.dry_run) {
        tell_plan(deployment, context);
    } else {
        run_steps(deployment, context);
    }
}

} // namespace slipway::deploy_run
