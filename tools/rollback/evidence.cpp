// SPDX-License-Identifier: Apache-2.0
#include "evidence.hpp"

#include "damage.hpp"
#include "error/error.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

using verdict::Signal;

json::Value const& data_of(record::Found const& found) {
    return *found.record.data;
}

// Facts of one record, each with the file that it is known from.
class Facts {
public:
    Facts(record::Found const& found, verdict::Evidence& into)
        : source_(found.path.filename().string()), into_(into) {}

    void add(Signal signal, double value) { into_.push_back({signal, value, {}, source_}); }

    void add_all(verdict::Evidence const& evidence) {
        for (auto fact : evidence) {
            fact.source =
                fact.source.empty() ? source_ : fmt::format("{}: {}", source_, fact.source);
            into_.push_back(std::move(fact));
        }
    }

private:
    std::string source_;
    verdict::Evidence& into_;
};

struct Counts {
    int looked = 0;
    int failed = 0;
    int silent = 0; // of the failed ones: nobody answered
    int data = 0;   // of the failed ones: a query of the data was wrong
};

// One probe that is not reached may be the probe's own fault; two, or one that is asked again and
// again, are the service's, where nothing else answers.
constexpr int enough_attempts = 3;

bool is_outage(Reading const& reading) {
    return reading.silent > 0 && reading.silent == reading.asked &&
           (reading.asked > 1 || reading.patient);
}

void count(Counts const& counts, Reading& out) {
    out.asked += counts.looked;
    out.silent += counts.silent;
}

void read_health(record::Found const& found, Facts& facts, Reading& out) {
    Counts counts;
    for (auto const& probe : json::at(data_of(found), "probes")) {
        std::string const kind = json::text_at(probe, "kind");
        std::string const state = json::text_at(probe, "state");
        if (state.empty()) {
            continue;
        }
        if (kind == "sql" && state == "wrong") {
            ++counts.data;
            continue;
        }
        ++counts.looked;
        counts.failed += state == "good" ? 0 : 1;
        counts.silent += state == "unreached" ? 1 : 0;
    }
    auto const& attempts = json::at(data_of(found), "attempts");
    out.patient = out.patient || (attempts.is_number_integer() && attempts >= enough_attempts);
    count(counts, out);
    facts.add(Signal::failed_health_checks, counts.failed);
    facts.add(Signal::failed_data_checks, counts.data);
}

void read_smoke(record::Found const& found, Facts& facts, Reading& out) {
    Counts counts;
    for (auto const& step : json::at(data_of(found), "steps")) {
        std::string const kind = json::text_at(step, "kind");
        std::string const outcome = json::text_at(step, "outcome");
        bool const query = kind == "sql" || kind == "explain";
        if (outcome == "skipped") {
            continue;
        }
        bool const failed = outcome == "failed";
        if (query) {
            counts.data += failed ? 1 : 0;
            continue;
        }
        ++counts.looked;
        counts.failed += failed ? 1 : 0;
        counts.silent += failed && json::at(step, "status").is_null() ? 1 : 0;
    }
    count(counts, out);
    facts.add(Signal::failed_smoke_checks, counts.failed);
    facts.add(Signal::failed_data_checks, counts.data);
}

// How many checks whose id begins so were not passed.
int count_bad(record::Found const& found, std::string_view id) {
    auto const& checks = found.record.checks;
    return static_cast<int>(
        std::count_if(checks.begin(), checks.end(), [&](record::Check const& check) {
            return check.id.starts_with(id) && (check.status == record::CheckStatus::failed ||
                                                check.status == record::CheckStatus::warned);
        }));
}

void read_migrations(record::Found const& found, Facts& facts) {
    // One that was rolled back whole has left nothing to undo.
    int failed = 0;
    for (auto const& migration : json::at(data_of(found), "migrations")) {
        failed += json::text_at(migration, "status") == "failed" ? 1 : 0;
    }
    facts.add(Signal::failed_migrations, failed);
    facts.add(Signal::failed_data_checks, count_bad(found, "assert."));
    facts.add(Signal::invalid_indexes, count_bad(found, "after.indexes_valid"));
}

void read_links(record::Found const& found, Facts& facts) {
    int failed = 0;
    for (std::string_view const id : {"verify.missing", "verify.content", "verify.counts"}) {
        failed += count_bad(found, id);
    }
    facts.add(Signal::failed_data_checks, failed);
}

// The server itself said so, whatever the tool was about.
bool met_damage(record::Found const& found) {
    auto const& error = found.record.error;
    return error && tells_damage(*error);
}

// Where its work lies in `data`, by tool; those that are not here say nothing of a deployment.
std::map<std::string, std::string> const& places() {
    static std::map<std::string, std::string> const all{
        {"monitor", "recommendation"},
        {"smoke-http", "steps"},
        {"health-check", "probes"},
        {"migrate-apply", "migrations"},
        {"links-migrate", "verify"},
        {"rollback", "recommendation"},
        {"test-run", "exit_code"},
        {"deploy-run", "exit_code"}};
    return all;
}

// Of some tools one verb speaks: that of a pipeline repeats the records of its commands.
bool speaks(record::Found const& found) {
    static std::map<std::string, std::string> const verbs{
        {"deploy-run", "step"}, {"links-migrate", "verify"}, {"rollback", "detect"}};
    std::string const& tool = found.record.tool;
    auto const verb = verbs.find(tool);
    return met_damage(found) || (places().contains(tool) &&
                                 (verb == verbs.end() || verb->second == found.record.command));
}

std::string objection(record::Found const& found, std::string const& environment) {
    auto const& record = found.record;
    if (!environment.empty() && record.run.environment != environment) {
        return fmt::format(
            "it is of the environment {}",
            record.run.environment.empty() ? "(none)" : record.run.environment);
    }
    if (record.dry_run) {
        return "it is of a dry-run";
    }
    if (record.status == record::Status::running) {
        return "it was killed before it ended";
    }
    if (!met_damage(found) && json::at(data_of(found), places().at(record.tool)).is_null()) {
        return fmt::format("it ended before it looked at anything ({})", name(record.status));
    }
    return {};
}

void read_one(record::Found const& found, Reading& out) {
    Facts facts{found, out.evidence};
    std::string const& tool = found.record.tool;
    out.used.push_back(&found);
    if (met_damage(found)) {
        facts.add(Signal::data_corruption, 1);
        return;
    }
    if (tool == "monitor" || tool == "rollback") {
        try {
            facts.add_all(verdict::evidence_from(json::at(data_of(found), "recommendation")));
        } catch (Error const& error) {
            throw error.with_context(found.path.string());
        }
    } else if (tool == "smoke-http") {
        read_smoke(found, facts, out);
    } else if (tool == "health-check") {
        read_health(found, facts, out);
    } else if (tool == "migrate-apply") {
        read_migrations(found, facts);
    } else if (tool == "links-migrate") {
        read_links(found, facts);
    } else {
        bool const failed = record::exit_code(found.record.status, found.record.error) != 0;
        facts.add(
            tool == "test-run" ? Signal::failed_tests : Signal::failed_commands, failed ? 1 : 0);
    }
}

} // namespace

Reading read_evidence(std::vector<record::Found> const& all, std::string const& environment) {
    Reading out;
    std::vector<record::Found const*> speaking;
    for (auto const* found : record::newest(all)) {
        if (speaks(*found)) {
            speaking.push_back(found);
        }
    }
    std::string run;
    for (auto const* found : speaking) {
        if (objection(*found, environment).empty()) {
            run = found->record.run.id; // oldest first: the last one is of the newest run
        }
    }
    // A later attempt writes to another folder under the same name.
    std::map<std::tuple<std::string, std::string, std::string, std::string>, record::Found const*>
        steps;
    for (auto const* found : speaking) {
        auto const& record = found->record;
        std::string why = objection(*found, environment);
        if (why.empty() && record.run.id != run) {
            why = "it is of an earlier run";
        }
        if (!why.empty()) {
            out.ignored.push_back({found, std::move(why)});
            continue;
        }
        auto& place =
            steps[{record.tool, record.command, record.run.name, found->path.filename().string()}];
        if (place != nullptr) {
            out.ignored.push_back({place, "a later attempt took its place"});
        }
        place = found;
    }
    for (auto const& [key, found] : steps) {
        read_one(*found, out);
    }
    if (out.asked > 0) {
        out.evidence.push_back(
            {Signal::outage, is_outage(out) ? 1.0 : 0.0, {}, fmt::format("{} probes", out.asked)});
    }
    return out;
}

} // namespace slipway::rollback
