// SPDX-License-Identifier: Apache-2.0
#include "deployment/model.hpp"

#include "deployment/advice.hpp"
#include "deployment/changes.hpp"
#include "deployment/steps.hpp"
#include "error/error.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deployment {

namespace {

using record::CheckStatus;
using record::Status;

std::string text_of(std::optional<json::Box> const& value) {
    if (!value) {
        return {};
    }
    return text::shorten(
        (*value)->is_string() ? (*value)->get<std::string>() : json::write(**value), 2000);
}

Trouble trouble_of(std::size_t step, record::Check const& check) {
    return {
        step,
        check.status,
        check.severity,
        check.id,
        check.title.empty() ? check.id : check.title,
        check.message,
        text_of(check.expected),
        text_of(check.actual),
        check.hint,
        {},
        check.where};
}

Trouble trouble_of(std::size_t step, Step const& holder) {
    Trouble trouble;
    trouble.step = step;
    trouble.title = holder.title;
    if (holder.killed) {
        trouble.title += " was killed before it ended";
        trouble.message = "Its record still says that it runs, so it is no evidence of anything.";
        trouble.hint = "Look at what it had begun, and run it again: it continues or says why not.";
    }
    if (auto const& error = holder.found->record.error) {
        trouble.title += fmt::format(": {}", name(error->kind()));
        trouble.message = error->message();
        trouble.hint = error->hint();
        trouble.sqlstate = error->sqlstate();
        trouble.where = error->where();
    }
    return trouble;
}

int order(CheckStatus status) {
    switch (status) {
    case CheckStatus::failed:
        return 0;
    case CheckStatus::undecided:
        return 1;
    case CheckStatus::warned:
        return 2;
    case CheckStatus::passed:
    case CheckStatus::skipped:
        return 3;
    }
    return 3;
}

std::vector<Trouble> troubles_of(std::vector<Step> const& steps) {
    std::vector<Trouble> out;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].killed || steps[i].found->record.error) {
            out.push_back(trouble_of(i, steps[i]));
        }
        for (auto const& check : steps[i].found->record.checks) {
            if (order(check.status) < 3) {
                out.push_back(trouble_of(i, check));
            }
        }
    }
    std::stable_sort(out.begin(), out.end(), [](Trouble const& a, Trouble const& b) {
        return std::tuple{order(a.status), -static_cast<int>(a.severity)} <
               std::tuple{order(b.status), -static_cast<int>(b.severity)};
    });
    return out;
}

// The step of a deployment that only repeats the summary of a record whose checks tell more.
bool repeats(
    Trouble const& trouble,
    std::vector<Trouble> const& all,
    std::vector<Step> const& steps) {
    return trouble.id.starts_with("step.") &&
           std::any_of(all.begin(), all.end(), [&](Trouble const& other) {
               return other.step != trouble.step && order(other.status) <= order(trouble.status) &&
                      steps[other.step].found->record.summary == trouble.message;
           });
}

// One fault is told by the check that found it, the error that ended its tool, and the step of the
// deployment that started that: the fullest of these is shown, in the place of the first.
std::vector<Trouble>
told_once(std::vector<Trouble> const& troubles, std::vector<Step> const& steps) {
    auto const fullness = [](Trouble const& trouble) {
        return (trouble.sqlstate.empty() ? 0 : 2) + (trouble.hint.empty() ? 0 : 1);
    };
    auto const hands_on = [](Trouble const& trouble) {
        return trouble.id.empty() || trouble.id.starts_with("step.");
    };
    std::vector<Trouble> out;
    for (auto const& trouble : troubles) {
        if (repeats(trouble, troubles, steps)) {
            continue;
        }
        auto const same = std::find_if(out.begin(), out.end(), [&](Trouble const& other) {
            return (hands_on(other) || hands_on(trouble)) && !trouble.message.empty() &&
                   other.message == trouble.message;
        });
        if (same == out.end()) {
            out.push_back(trouble);
        } else if (fullness(trouble) > fullness(*same)) {
            *same = trouble;
        }
    }
    return out;
}

// The step to name: the first bad one, and below it the first bad one that it started.
Step const* cause_of(std::vector<Step> const& steps) {
    auto const bad = [](Step const& step) {
        return rank(step.status) >= rank(Status::undecided);
    };
    auto cause = std::find_if(steps.begin(), steps.end(), bad);
    if (cause == steps.end()) {
        cause = std::find_if(steps.begin(), steps.end(), [](Step const& step) {
            return step.status == Status::warned;
        });
        return cause == steps.end() ? nullptr : &*cause;
    }
    for (auto next = cause + 1; next != steps.end() && next->depth > cause->depth; ++next) {
        if (bad(*next)) {
            cause = next;
        }
    }
    return &*cause;
}

bool rolled_back(std::vector<Step> const& steps) {
    bool bad = false;
    bool back = false;
    for (auto const& step : steps) {
        auto const& record = step.found->record;
        if (record.tool == "rollback" && record.command == "run" && !record.dry_run) {
            back = bad && (step.status == Status::passed || step.status == Status::warned);
        } else if (rank(step.status) > rank(Status::undecided)) {
            bad = true;
            back = back && step.depth > 0;
        }
    }
    return back;
}

std::string why(Step const& step) {
    auto const& record = step.found->record;
    if (step.killed) {
        return "it was killed before it ended";
    }
    if (record.error) {
        return record.error->message();
    }
    return record.summary.empty() ? std::string{name(record.status)} : record.summary;
}

Verdict verdict_of(std::vector<Step> const& steps, Counts const& counts, Report const& report) {
    Verdict verdict;
    verdict.status = Status::skipped;
    std::size_t unfinished = 0;
    for (auto const& step : steps) {
        if (step.status == Status::running) {
            ++unfinished;
        } else if (rank(step.status) > rank(verdict.status)) {
            verdict.status = step.status;
        }
    }
    verdict.rolled_back = rolled_back(steps);
    verdict.word = verdict.status == Status::warned ? "Passed with warnings"
                                                    : std::string{word(verdict.status)};
    verdict.word += verdict.rolled_back ? ", rolled back" : "";
    Step const* const cause = cause_of(steps);
    if (cause != nullptr) {
        verdict.sentence =
            fmt::format("{} {}: {}", cause->title, phrase(cause->status), why(*cause));
        // Those that started the cause, or were started beside it, are told by it.
        auto const* root = cause;
        while (root != steps.data() && root->depth > 0) {
            --root;
        }
        auto const others = std::count_if(steps.begin(), steps.end(), [&](Step const& step) {
            return &step != root && step.depth == 0 && rank(step.status) > rank(Status::warned);
        });
        if (others > 0) {
            verdict.sentence += fmt::format(
                ". {} not pass either.",
                others == 1 ? "Another step did" : fmt::format("{} more steps did", others));
        }
    } else {
        verdict.sentence = fmt::format(
            "{} and {} in {}.",
            text::counted(steps.size() - unfinished, "step"),
            text::counted(counts.total(), "check"),
            time::human_duration(report.end - report.begin));
    }
    return verdict;
}

void add_value(Fact& fact, std::string const& value) {
    if (!value.empty() &&
        std::find(fact.values.begin(), fact.values.end(), value) == fact.values.end()) {
        fact.values.push_back(value);
    }
}

std::vector<Fact> facts_of(std::vector<Step> const& steps) {
    Fact environment{"Environment", {}};
    Fact name{"Name", {}};
    Fact database{"Database", {}};
    Fact commit{"Commit", {}};
    Fact run{"Run", {}};
    Fact job{"Job", {}};
    Fact ci{"CI", {}};
    Fact url{"CI run", {}};
    Fact actor{"Started by", {}};
    Fact tools{"Tools", {}};
    for (auto const& step : steps) {
        auto const& record = step.found->record;
        add_value(environment, record.run.environment);
        add_value(name, record.run.name);
        if (record.target) {
            auto const& id = record.target->system_identifier;
            add_value(
                database,
                record.target->database + (id.empty() ? "" : fmt::format(" (system {})", id)));
        }
        add_value(commit, record.run.commit);
        add_value(
            run,
            record.run.id +
                (record.run.attempt > 1 ? fmt::format(", attempt {}", record.run.attempt) : ""));
        add_value(job, record.run.job);
        add_value(ci, record.run.ci);
        add_value(url, record.run.url);
        add_value(actor, record.run.actor);
        add_value(tools, fmt::format("{} {}", record.tool, record.version));
    }
    std::vector<Fact> out{environment, name, database, commit, run, job, ci, url, actor, tools};
    out.erase(
        std::remove_if(
            out.begin(), out.end(), [](Fact const& fact) { return fact.values.empty(); }),
        out.end());
    return out;
}

std::string title_of(std::vector<Fact> const& facts) {
    auto const single = [&](std::string_view name) -> std::string {
        auto const fact = std::find_if(
            facts.begin(), facts.end(), [&](Fact const& one) { return one.name == name; });
        return fact == facts.end() || fact->values.size() != 1 ? "" : fact->values.front();
    };
    std::string const name = single("Name");
    std::string const environment = single("Environment");
    return "Deployment" + (name.empty() ? "" : " of " + name) +
           (environment.empty() ? "" : " to " + environment);
}

void note(Report& report, Frame const& frame) {
    for (auto const& bad : report.material.unreadable) {
        report.notices.push_back(
            fmt::format("{} cannot be read as a record: {}", bad.path.string(), bad.cause));
    }
    for (auto const& fact : report.facts) {
        bool const one = fact.name == "Run" || fact.name == "Environment" || fact.name == "Commit";
        if (one && fact.values.size() > 1) {
            report.notices.push_back(fmt::format(
                "The records are of more than one {}: {}.",
                text::lower(fact.name),
                text::shorten(text::join(fact.values, ", "), 300)));
        }
    }
    std::size_t reports = 0;
    for (auto const& found : report.material.records) {
        reports +=
            std::count(frame.leave_out.begin(), frame.leave_out.end(), found.record.tool) > 0;
    }
    auto const older = report.material.records.size() - reports - report.steps.size();
    if (older > 0) {
        report.notices.push_back(fmt::format(
            "{} of runs that were repeated {} not shown.",
            text::counted(older, "older record"),
            older == 1 ? "is" : "are"));
    }
}

void measure(Report& report) {
    report.begin = report.steps.front().found->record.started_at;
    report.end = report.begin;
    for (auto const& step : report.steps) {
        auto const& record = step.found->record;
        report.begin = std::min(report.begin, record.started_at);
        report.end = std::max(report.end, record.finished_at.value_or(record.started_at));
        auto const counts = count(record.checks);
        report.counts.passed += counts.passed;
        report.counts.warned += counts.warned;
        report.counts.failed += counts.failed;
        report.counts.skipped += counts.skipped;
        report.counts.undecided += counts.undecided;
    }
}

void follow_evidence(Report& report) {
    Evidence evidence{report.material};
    for (auto& step : report.steps) {
        for (auto const& input : step.found->record.inputs) {
            step.links.push_back(evidence.check(input, *step.found));
        }
        for (auto const& artifact : step.found->record.artifacts) {
            step.links.push_back(evidence.check(artifact, *step.found));
        }
    }
}

} // namespace

void build(Report& report, Material material, Frame const& frame) {
    report.material = std::move(material);
    report.steps = arrange(report.material, frame);
    if (report.steps.empty()) {
        throw Error{
            ErrorKind::usage,
            "there are no records to report",
            "Name the folder that the steps of the deployment wrote to, or their records."};
    }
    if (frame.evidence) {
        follow_evidence(report);
    }
    report.version = frame.version;
    report.made_at = frame.now;
    measure(report);
    report.facts = facts_of(report.steps);
    report.title = frame.title.empty() ? title_of(report.facts) : frame.title;
    report.verdict = verdict_of(report.steps, report.counts, report);
    report.troubles = told_once(troubles_of(report.steps), report.steps);
    add_changes(report);
    report.assurances = assurances_of(report.steps);
    report.recommendations = recommendations_of(report);
    report.next = next_of(report);
    report.notes = notes_of(report.material);
    note(report, frame);
}

} // namespace slipway::deployment
