// SPDX-License-Identifier: Apache-2.0
#include "resume.hpp"

#include "hash/digest.hpp"
#include "json/value.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

using json::Value;

bool good(std::string_view status) {
    return status == "passed" || status == "warned";
}

Before const* find(std::vector<Before> const& before, std::string_view id) {
    auto const found = std::find_if(
        before.begin(), before.end(), [&](Before const& step) { return step.id == id; });
    return found == before.end() ? nullptr : &*found;
}

std::string objection_to_outcome(Before const& step) {
    if (step.status == "skipped" || step.status == "waiting") {
        return "it was not reached before";
    }
    if (step.status == "running" || step.status == "aborted") {
        return "it was interrupted";
    }
    return good(step.status) ? "" : fmt::format("it ended {} before", step.status);
}

// The records that the step was given must be the ones that it would be given now.
std::string objection_to_inputs(
    Wanted const& wanted,
    Before const& step,
    std::vector<Wanted> const& all,
    std::vector<Decision> const& decided,
    std::vector<Before> const& before) {
    for (auto const& input : wanted.inputs) {
        auto const at = std::find_if(
            all.begin(), all.end(), [&](Wanted const& other) { return other.id == input; });
        auto const position = static_cast<std::size_t>(at - all.begin());
        if (position >= decided.size() || !decided[position].trusted) {
            return fmt::format("its input {} runs again", input);
        }
        auto const taken =
            std::find_if(step.inputs.begin(), step.inputs.end(), [&](Taken const& one) {
                return one.step == input;
            });
        auto const* source = find(before, input);
        if (taken == step.inputs.end() || source == nullptr || taken->sha256 != source->sha256) {
            return fmt::format("it did not have the record of {} that stands now", input);
        }
    }
    return {};
}

std::string text_of(Value const& steps, char const* key) {
    return json::text_at(steps, key);
}

} // namespace

std::string
definition_of(Step const& step, std::string_view environment, secret::Redactor const& redactor) {
    auto const clean = [&](std::string const& text) {
        return redactor.redact(text);
    };
    Value with = Value::array();
    for (auto const& setting : step.with) {
        Value values = Value::array();
        for (auto const& value : setting.values) {
            values.push_back(clean(value));
        }
        Value const flag = setting.flag ? Value(*setting.flag) : Value();
        with.push_back(Value::array({setting.name, flag, values}));
    }
    Value variables = Value::array();
    for (auto const& [name, value] : step.environment) {
        variables.push_back(Value::array({name, clean(value)}));
    }
    // Not in it: timeout, confirm, on_failure and the like, which decide whether the step goes
    // on, not what it does; correcting them must not repeat a backup.
    Value const whole{
        {"environment", environment},
        {"uses", step.uses},
        {"command", step.command},
        {"with", with},
        {"run", clean(step.run)},
        {"env", variables},
        {"inputs", step.inputs}};
    return hash::sha256_hex(json::write(whole));
}

namespace {

// Whether a step for the rollback was begun, and what steps before it did may be undone.
bool was_rolled_back(std::vector<Wanted> const& wanted, std::vector<Before> const& before) {
    return std::any_of(wanted.begin(), wanted.end(), [&](Wanted const& step) {
        auto const* noted = step.rollback ? find(before, step.id) : nullptr;
        return noted != nullptr && noted->status != "skipped" && noted->status != "waiting";
    });
}

} // namespace

std::vector<Decision> decide(
    std::vector<Wanted> const& wanted,
    std::vector<Before> const& before,
    std::function<std::optional<std::string>(std::string const& record)> const& checksum) {
    std::vector<Decision> out;
    bool const rolled_back = was_rolled_back(wanted, before);
    for (auto const& step : wanted) {
        auto const because = [&]() -> std::string {
            auto const* noted = find(before, step.id);
            if (step.always) {
                return "it always runs";
            }
            if (noted == nullptr) {
                return "it is new";
            }
            if (rolled_back) {
                return "the deployment was rolled back";
            }
            if (auto cause = objection_to_outcome(*noted); !cause.empty()) {
                return cause;
            }
            if (noted->definition != step.definition) {
                return "its definition was changed";
            }
            auto const now = checksum(noted->record);
            if (!now || noted->sha256.empty()) {
                return "its record is missing";
            }
            if (*now != noted->sha256) {
                return "its record was changed";
            }
            return objection_to_inputs(step, *noted, wanted, out, before);
        }();
        auto const* noted = find(before, step.id);
        bool const ran = noted != nullptr && noted->status != "skipped" &&
                         noted->status != "waiting" && !step.always;
        out.push_back({because.empty(), because, ran});
    }
    return out;
}

Earlier earlier_of(record::Found const& found) {
    auto const& data = *found.record.data;
    Earlier out;
    out.path = found.path;
    out.run_id = found.record.run.id;
    out.pipeline_sha256 = text_of(data, "pipeline_sha256");
    for (auto const& entry : json::at(data, "steps")) {
        Before step;
        step.id = text_of(entry, "id");
        step.status = text_of(entry, "status");
        step.definition = text_of(entry, "definition");
        step.record = text_of(entry, "record");
        for (auto const& input : found.record.inputs) {
            if (!step.record.empty() && input.path == step.record) {
                step.sha256 = input.sha256;
            }
        }
        for (auto const& taken : json::at(entry, "inputs")) {
            step.inputs.push_back({text_of(taken, "step"), text_of(taken, "sha256")});
        }
        out.steps.push_back(std::move(step));
    }
    return out;
}

std::optional<Earlier>
find_earlier(fs::Path const& run_record, std::string_view pipeline, std::string_view run_id) {
    auto const folder = run_record.has_parent_path() ? run_record.parent_path() : fs::Path{"."};
    std::string const stem = run_record.stem().string() + ".";
    std::optional<record::Found> newest;
    std::error_code code;
    for (auto const& entry : std::filesystem::directory_iterator{folder, code}) {
        // A record that makes room for a newer one keeps its name up to the first dot.
        if (!entry.path().filename().string().starts_with(stem) ||
            entry.path().extension() != ".json") {
            continue;
        }
        try {
            auto found = record::read(entry.path());
            auto const& data = *found.record.data;
            bool const ours = found.record.tool == "deploy-run" && found.record.command == "run" &&
                              !found.record.dry_run && found.record.run.id == run_id &&
                              json::text_at(data, "pipeline") == pipeline &&
                              !json::at(data, "steps").empty();
            if (ours && (!newest || found.record.started_at > newest->record.started_at)) {
                newest = std::move(found);
            }
        } catch (Error const&) {
            continue; // no record, or one cut short: no evidence either way
        }
    }
    return newest ? std::optional{earlier_of(*newest)} : std::nullopt;
}

} // namespace slipway::deploy_run
