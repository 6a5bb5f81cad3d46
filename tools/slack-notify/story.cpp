// SPDX-License-Identifier: Apache-2.0
#include "story.hpp"

#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::slack_notify {

namespace {

using deployment::rank;
using record::CheckStatus;
using record::Status;

constexpr std::array events{
    Event::start,
    Event::progress,
    Event::success,
    Event::warning,
    Event::failure,
    Event::rollback};

// Where the caller says what it is, the records' own word may be another.
std::string word_of(Event event) {
    switch (event) {
    case Event::start:
        return "Started";
    case Event::progress:
        return "In progress";
    case Event::success:
        return "Succeeded";
    case Event::warning:
        return "Succeeded with warnings";
    case Event::failure:
        return "Failed";
    case Event::rollback:
        return "Rolled back";
    }
    return "Failed";
}

// GitHub's address of a run begins with that of its repository.
std::string repository_of(std::string const& run_url) {
    auto const at = run_url.find("/actions/runs/");
    return at == std::string::npos ? "" : run_url.substr(0, at);
}

void add_links(
    Story& story,
    std::string const& run_url,
    std::string const& commit,
    Wish const& wish) {
    if (!run_url.empty()) {
        story.links.push_back({"Run", run_url});
    }
    if (!wish.report_url.empty()) {
        story.links.push_back({"Report", wish.report_url});
    }
    std::string const repository = repository_of(run_url);
    if (!repository.empty() && !commit.empty()) {
        story.links.push_back({"Commit " + commit.substr(0, 7), repository + "/commit/" + commit});
    }
}

std::string first_value(deployment::Report const& report, std::string_view name) {
    auto const fact =
        std::find_if(report.facts.begin(), report.facts.end(), [&](deployment::Fact const& one) {
            return one.name == name;
        });
    return fact == report.facts.end() ? "" : fact->values.back();
}

void add_facts(Story& story, deployment::Report const& report) {
    for (auto const* name : {"Environment", "Name", "Database", "Commit", "Started by", "Run"}) {
        auto const fact = std::find_if(
            report.facts.begin(), report.facts.end(), [&](deployment::Fact const& one) {
                return one.name == name;
            });
        if (fact != report.facts.end()) {
            bool const commit = fact->name == "Commit";
            std::vector<std::string> values = fact->values;
            for (auto& value : values) {
                value = commit ? value.substr(0, 12) : value;
            }
            story.facts.push_back({fact->name, text::join(values, ", ")});
        }
    }
    auto const& counts = report.counts;
    std::string checks = fmt::format("{} of {} passed", counts.passed, counts.total());
    if (counts.failed > 0) {
        checks += fmt::format(", {} failed", counts.failed);
    }
    if (counts.warned > 0) {
        checks += fmt::format(", {} warned", counts.warned);
    }
    if (counts.total() > 0) {
        story.facts.push_back({"Checks", checks});
    }
    story.facts.push_back({"Duration", time::human_duration(report.end - report.begin)});
}

// What the first words have told already.
bool is_told(Story const& story, deployment::Trouble const& trouble) {
    return !trouble.message.empty() && story.sentence.ends_with(trouble.message) &&
           (trouble.hint.empty() || trouble.hint == story.hint);
}

void add_troubles(Story& story, deployment::Report const& report) {
    for (auto const& trouble : report.troubles) {
        if (is_told(story, trouble)) {
            continue;
        }
        Item item;
        item.text = trouble.title;
        if (!trouble.message.empty() && trouble.message != trouble.title) {
            item.text += ": " + trouble.message;
        }
        if (trouble.where.known()) {
            item.text += fmt::format(" ({})", trouble.where.text());
        }
        item.hint = trouble.hint;
        item.mark = trouble.status == CheckStatus::failed ? Mark::bad : Mark::warned;
        story.troubles.push_back(std::move(item));
    }
}

Mark mark_of(Status status) {
    if (rank(status) > rank(Status::undecided)) {
        return Mark::bad;
    }
    if (status == Status::passed) {
        return Mark::good;
    }
    return status == Status::skipped || status == Status::running ? Mark::other : Mark::warned;
}

// Steps that a pipeline started stand for it; what any other tool started is its own affair.
bool is_told(std::vector<deployment::Step> const& steps, std::size_t index) {
    auto const pipeline = [&](std::size_t at) {
        return steps[at].depth == 0 && steps[at].found->record.tool == "deploy-run";
    };
    if (steps[index].depth == 0) {
        bool const parent = index + 1 < steps.size() && steps[index + 1].depth > 0;
        return !pipeline(index) || !parent;
    }
    std::size_t root = index;
    while (root > 0 && steps[root].depth > 0) {
        --root;
    }
    return steps[index].depth == 1 && pipeline(root);
}

void add_steps(Story& story, deployment::Report const& report) {
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        auto const& step = report.steps[i];
        if (!is_told(report.steps, i)) {
            continue;
        }
        Item item;
        item.mark = mark_of(step.status);
        item.text = step.status == Status::running
                        ? fmt::format("{}: runs", step.title)
                        : fmt::format(
                              "{}: {}, {}",
                              step.title,
                              text::lower(deployment::word(step.status)),
                              time::human_duration(step.found->record.duration));
        story.steps.push_back(std::move(item));
    }
}

// What to do about the worst that is there.
std::string hint_of(deployment::Report const& report) {
    for (auto const& trouble : report.troubles) {
        bool const decides =
            trouble.status == CheckStatus::failed || trouble.status == CheckStatus::undecided;
        if (decides && !trouble.hint.empty()) {
            return trouble.hint;
        }
    }
    return {};
}

} // namespace

std::string_view name(Event event) {
    switch (event) {
    case Event::start:
        return "start";
    case Event::progress:
        return "progress";
    case Event::success:
        return "success";
    case Event::warning:
        return "warning";
    case Event::failure:
        return "failure";
    case Event::rollback:
        return "rollback";
    }
    return "failure";
}

std::optional<Event> event_from(std::string_view word) {
    auto const* const found = std::find_if(
        events.begin(), events.end(), [&](Event event) { return name(event) == word; });
    return found == events.end() ? std::nullopt : std::optional{*found};
}

Event event_of(deployment::Report const& report) {
    auto const& verdict = report.verdict;
    if (verdict.rolled_back) {
        return Event::rollback;
    }
    if (rank(verdict.status) > rank(Status::undecided)) {
        return Event::failure;
    }
    return rank(verdict.status) >= rank(Status::warned) ? Event::warning : Event::success;
}

Story story_of(deployment::Report const& report, Wish const& wish) {
    Story story;
    Event const told = event_of(report);
    story.event = wish.event.value_or(told);
    story.word = wish.event && *wish.event != told ? word_of(story.event) : report.verdict.word;
    if (story.event == Event::progress || story.event == Event::start) {
        story.word = word_of(story.event);
    }
    story.title = wish.title.empty() ? report.title : wish.title;
    story.sentence = report.verdict.sentence;
    bool const good = rank(report.verdict.status) <= rank(Status::warned);
    if (story.event == Event::failure && good) {
        story.sentence = "A step that left no record failed. " + story.sentence;
    }
    story.hint = hint_of(report);
    add_troubles(story, report);
    add_steps(story, report);
    add_facts(story, report);
    add_links(story, first_value(report, "CI run"), first_value(report, "Commit"), wish);
    return story;
}

Story story_of(record::Run const& run, Wish const& wish) {
    Story story;
    story.event = wish.event.value_or(Event::start);
    story.word = word_of(story.event);
    story.title = wish.title;
    if (story.title.empty()) {
        story.title = "Deployment" + (run.name.empty() ? "" : " of " + run.name) +
                      (run.environment.empty() ? "" : " to " + run.environment);
    }
    for (auto const& [name, value] :
         {std::pair{"Environment", run.environment},
          std::pair{"Name", run.name},
          std::pair{"Commit", run.commit.substr(0, 12)},
          std::pair{"Started by", run.actor},
          std::pair{"Run", run.id}}) {
        if (!value.empty()) {
            story.facts.push_back({name, value});
        }
    }
    add_links(story, run.url, run.commit, wish);
    return story;
}

} // namespace slipway::slack_notify
