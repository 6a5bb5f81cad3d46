// SPDX-License-Identifier: Apache-2.0
#include "preflight.hpp"

#include "ci/environment.hpp"
#include "look.hpp"
#include "score.hpp"
#include "signal/stop.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::preflight {

namespace {

using record::CheckStatus;

struct Group {
    std::string_view name;
    void (*look)(Look const&, Findings&);
};

constexpr std::array all_groups{
    Group{"tools", look_at_tools},
    Group{"env", look_at_env},
    Group{"repo", look_at_repo},
    Group{"database", look_at_database},
    Group{"migrations", look_at_migrations},
    Group{"data", look_at_data},
    Group{"backup", look_at_backup},
    Group{"quality", look_at_quality},
    Group{"notify", look_at_notify},
};

void require_known(Options const& options) {
    for (auto const& word : options.only) {
        if (std::find(groups().begin(), groups().end(), word) == groups().end()) {
            throw Error{
                ErrorKind::usage,
                fmt::format("--only {}: there is no such group of checks", word),
                fmt::format("The groups are {}.", text::join(groups(), ", "))};
        }
    }
    for (auto const& word : options.skip) {
        bool const is_group = std::find(groups().begin(), groups().end(), word) != groups().end();
        if (!is_group && kind_of(word) == nullptr) {
            std::vector<std::string> ids;
            for (auto const& kind : kinds()) {
                ids.emplace_back(kind.id);
            }
            throw Error{
                ErrorKind::usage,
                fmt::format("--skip {}: there is no such check or group", word),
                fmt::format("Did you mean {}?", text::nearest(word, ids))};
        }
    }
}

// One group's thread: what it threw is thrown on when all have ended.
struct Run {
    Group const* group;
    Findings findings;
    std::exception_ptr thrown;
};

std::vector<Run> look_at_all(Look const& look) {
    auto const& options = look.options;
    std::vector<Run> runs;
    for (auto const& group : all_groups) {
        if (options.only.empty() ||
            std::find(options.only.begin(), options.only.end(), group.name) != options.only.end()) {
            runs.push_back({&group, Findings{options.skip, look.context.stop}, nullptr});
        }
    }
    {
        std::vector<std::jthread> threads;
        for (auto& run : runs) {
            threads.emplace_back([&look, &run] {
                try {
                    run.group->look(look, run.findings);
                } catch (...) {
                    run.thrown = std::current_exception();
                }
            });
        }
    }
    signal::throw_if_stopped(look.context.stop);
    for (auto const& run : runs) {
        if (run.thrown) {
            std::rethrow_exception(run.thrown);
        }
    }
    return runs;
}

void tell(record::Check const& check, tool::Context& context) {
    auto const line = fmt::format("{}: {} ({})", check.id, check.title, check.message);
    switch (check.status) {
    case CheckStatus::passed:
        context.log.info("ok       " + line);
        return;
    case CheckStatus::skipped:
        context.log.debug("skipped  " + line);
        return;
    case CheckStatus::warned:
        context.log.warning("warning  " + line);
        break;
    case CheckStatus::undecided:
        context.log.warning("unknown  " + line);
        break;
    case CheckStatus::failed:
        context.log.error("FAILED   " + line);
        break;
    }
    context.log.info("         " + check.hint);
}

void tell_all(std::vector<Run> const& runs, tool::Context& context) {
    for (auto const& run : runs) {
        auto const& checks = run.findings.checks();
        bool const looked = std::any_of(checks.begin(), checks.end(), [](auto const& check) {
            return check.status != CheckStatus::skipped;
        });
        if (looked) {
            context.log.begin_group(run.group->name);
        }
        for (auto const& check : checks) {
            tell(context.record.add(check), context);
        }
        if (looked) {
            context.log.end_group();
        }
    }
}

struct Counts {
    std::size_t passed = 0;
    std::size_t warned = 0;
    std::size_t failed = 0;
    std::size_t skipped = 0;
    std::size_t undecided = 0;
};

Counts count(std::vector<record::Check> const& checks) {
    Counts out;
    for (auto const& check : checks) {
        switch (check.status) {
        case CheckStatus::passed:
            ++out.passed;
            break;
        case CheckStatus::warned:
            ++out.warned;
            break;
        case CheckStatus::failed:
            ++out.failed;
            break;
        case CheckStatus::skipped:
            ++out.skipped;
            break;
        case CheckStatus::undecided:
            ++out.undecided;
            break;
        }
    }
    return out;
}

bool is_strict(Options const& options, bool production) {
    return options.strict == "yes" || (options.strict == "auto" && production);
}

// Sets what follows from the checks: the score, the verdict and the summary.
void judge(Options const& options, tool::Context& context, bool production) {
    auto& record = context.record;
    auto const counts = count(record.checks);
    auto const score = score_of(record.checks);
    bool const strict = is_strict(options, production);
    auto& data = *record.data;
    data["score"] = score.value();
    data["arithmetic"] = score.arithmetic;
    data["strict"] = strict;
    data["production"] = production;
    data["counts"] = {
        {"passed", counts.passed},
        {"warned", counts.warned},
        {"failed", counts.failed},
        {"undecided", counts.undecided},
        {"skipped", counts.skipped}};
    record.add_metric("preflight.score", "points", static_cast<double>(score.value()));
    record.summary = fmt::format(
        "score {} of 100 ({}); {} passed, {} warned, {} failed, {} skipped",
        score.value(),
        score.arithmetic,
        counts.passed,
        counts.warned + counts.undecided,
        counts.failed,
        counts.skipped);
    context.judge_by_checks();
    if (strict && counts.warned + counts.failed + counts.undecided > 0) {
        record.status = record::Status::failed;
        record.summary += "; strict: warnings fail";
    }
    if (score.value() < options.min_score) {
        record.status = record::Status::failed;
        record.summary += fmt::format("; wanted at least {}", options.min_score);
    }
}

void list(tool::Context& context) {
    auto& known = (*context.record.data)["known"] = json::Value::array();
    for (auto const& kind : kinds()) {
        context.log.info(
            fmt::format("{} ({}): {}", kind.id, record::name(kind.severity), kind.title));
        known.push_back(
            {{"id", kind.id},
             {"severity", record::name(kind.severity)},
             {"title", kind.title},
             {"hint", kind.hint}});
    }
    context.record.status = record::Status::passed;
    context.record.summary = text::counted(kinds().size(), "check");
}

void declare_what(cli::Spec& spec, Options& options) {
    spec.option(
            options.migrations,
            "--migrations DIR",
            "a folder of migrations to look through; LAYOUT:DIR names its layout")
        .env("MIGRATIONS_DIR");
    storage::declare_reading(spec, options.storage);
    spec.option(
            options.stores,
            "--backup-to DIR|s3://BUCKET/PREFIX",
            "where backups go; the first is measured")
        .env("BACKUP_DIR");
    spec.option(options.backup_max_age, "--backup-max-age TIME", "how old the newest backup may be")
        .standard("24h");
    spec.option(options.required_variables, "--require-env NAME", "a variable that has to be set");
    spec.option(options.required_tools, "--require-tool NAME", "a program that has to be in PATH");
    spec.option(options.branches, "--branch NAME", "a branch that may be deployed to production")
        .standard("main, master, release/*");
    spec.option(
            options.connections_used, "--max-connections SHARE", "how many of them may be taken")
        .standard("75%");
    spec.option(
            options.transaction_age,
            "--max-transaction-age TIME",
            "how long a transaction may have been open")
        .standard("5m");
    spec.option(
            options.xid_age,
            "--max-xid-age N",
            "how old in transactions a database may be unfrozen")
        .standard("1000000000");
    spec.option(options.min_server, "--min-server N", "the oldest major version of the server")
        .standard("14");
    spec.option(
        options.extensions, "--require-extension NAME", "an extension that has to be created");
    spec.option(
        options.tags, "--require-tag NAME", "a tag that the commit has to have, such as v*");
    spec.option(
        options.data_checks,
        "--data-checks FILE",
        "orphans, duplicates, values and SQL to look for, in YAML or JSON");
    spec.option(
        options.lint_reports,
        "--lint-report FILE",
        "what the linter found: ESLint's JSON, SARIF or Checkstyle XML");
    spec.option(
        options.coverage,
        "--coverage FILE",
        "the coverage report: lcov, Cobertura, JaCoCo or Istanbul");
    spec.option(options.min_coverage, "--min-coverage SHARE", "how much of it has to be covered")
        .standard("80%");
    spec.option(options.audit, "--npm-audit FILE", "what npm audit --json printed");
    spec.option(
        options.build_output, "--build-output PATH", "a file or folder that the build makes");
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    target::declare(spec, options.database_url, "the database of the deployment");
    declare_what(spec, options);
    spec.option(options.only, "--only GROUP", "only the checks of this group").choices(groups());
    spec.option(options.skip, "--skip ID", "leave out this check or group; the record says so");
    spec.option(options.list, "--list", "tell all checks that there are, and look at nothing");
    spec.option(options.strict, "--strict WHEN", "whether warnings fail; auto: in production")
        .choices({"auto", "yes", "no"})
        .bare("yes")
        .standard("auto");
    spec.option(options.min_score, "--min-score N", "fail below this score").standard("0");
    spec.example(
        "preflight --environment staging --migrations prisma/migrations --backup-to backups",
        "look at everything that a deployment needs");
    spec.example("preflight --only database --strict", "the database alone; warnings fail");
}

void run(Options const& options, tool::Context& context) {
    require_known(options);
    if (options.list) {
        list(context);
        return;
    }
    if (auto const webhook = ci::variable("SLACK_WEBHOOK_URL")) {
        context.redactor.add(*webhook); // the whole address is the secret
    }
    Server server{options, context};
    bool const production = context.production(!server.is_named() || server.where().is_local());
    auto const runs = look_at_all({options, context, server, production});
    tell_all(runs, context);
    judge(options, context, production);
    if (auto const& why = server.why_not()) {
        throw Error{*why};
    }
}

} // namespace slipway::preflight
