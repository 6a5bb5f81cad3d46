// SPDX-License-Identifier: Apache-2.0
#include "deployment.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

using json::Value;

Value step_json(Entry const& entry, fs::Path const& folder) {
    Value out{{"id", entry.step.id}};
    if (entry.step.run.empty()) {
        out["uses"] = entry.step.uses;
    } else {
        out["run"] = entry.step.run;
    }
    out["status"] = entry.status;
    out["exit_code"] = entry.exit_code ? Value(*entry.exit_code) : Value();
    out["duration_ms"] = entry.duration ? Value(entry.duration->count()) : Value();
    out["record"] = entry.sha256.empty() ? Value() : Value(name_below(folder, entry.record));
    bool const skipped = entry.status == "skipped" || entry.fate == Fate::skip;
    out["skipped_because"] = skipped ? Value(entry.because) : Value();
    out["again_because"] = !skipped && entry.fate == Fate::run && !entry.because.empty()
                               ? Value(entry.because)
                               : Value();
    out["reused"] = entry.fate == Fate::reuse;
    out["definition"] = entry.definition;
    if (entry.step.needs) {
        out["needs"] = *entry.step.needs;
    }
    out["inputs"] = Value::array();
    for (auto const& taken : entry.taken) {
        out["inputs"].push_back({{"step", taken.step}, {"sha256", taken.sha256}});
    }
    return out;
}

// Mermaid reads quotes, brackets and # as its own.
std::string label(std::string_view text) {
    std::string out;
    for (char const letter : text::shorten(text, 60)) {
        switch (letter) {
        case '"':
            out += "#quot;";
            break;
        case '#':
            out += "#35;";
            break;
        case '<':
            out += "#lt;";
            break;
        case '>':
            out += "#gt;";
            break;
        case '\n':
            out += ' ';
            break;
        default:
            out += letter;
        }
    }
    return out;
}

} // namespace

Value data_of(Deployment const& deployment) {
    Value out{
        {"pipeline", deployment.pipeline.path.string()},
        {"pipeline_sha256", deployment.pipeline.sha256},
        {"pipeline_name", deployment.pipeline.name},
    };
    out["resumed_from"] = deployment.resumed_from
                              ? Value(name_below(deployment.folder, deployment.resumed_from->path))
                              : Value();
    out["downtime_ms"] = nullptr; // nothing measures it yet
    if (deployment.skipped_tests) {
        out["skipped_tests"] = {
            {"reason", deployment.skipped_tests->reason},
            {"approved_by", deployment.skipped_tests->approved_by}};
    }
    out["steps"] = Value::array();
    for (auto const& entry : deployment.entries) {
        out["steps"].push_back(step_json(entry, deployment.folder));
    }
    return out;
}

std::string name_below(fs::Path const& folder, fs::Path const& file) {
    fs::Path const whole = std::filesystem::weakly_canonical(file);
    fs::Path const relative = whole.lexically_relative(std::filesystem::weakly_canonical(folder));
    return relative.empty() ? whole.string() : relative.string();
}

std::string command_to_resume(
    Deployment const& deployment,
    std::string const& environment,
    fs::Path const& output) {
    std::string out =
        "deploy-run run " + text::shell_quote(deployment.pipeline.path.string()) + " --resume";
    if (!environment.empty()) {
        out += " --environment " + text::shell_quote(environment);
    }
    if (!output.empty()) {
        out += " --output " + text::shell_quote(output.string());
    }
    return out;
}

std::string mermaid(Deployment const& deployment) {
    std::string out = "flowchart TD\n";
    std::string links;
    Order const order{deployment.pipeline};
    std::size_t number = 0;
    for (auto const& entry : deployment.entries) {
        auto const& step = entry.step;
        ++number;
        std::string const what = step.run.empty() ? entry.shown : "$ " + step.run;
        out += fmt::format("    s{}[\"{}: {}\"]", number, label(step.id), label(what));
        out += entry.fate == Fate::run ? "\n" : ":::skipped\n";
        for (auto const before : order.right_before(number - 1)) {
            links += fmt::format(
                "    s{} {} s{}\n", before + 1, step.always ? "-. always .->" : "-->", number);
        }
        if (!step.all_inputs) {
            for (auto const& input : step.inputs) {
                std::size_t const from = position_of(deployment.pipeline, input, "inputs") + 1;
                links += fmt::format("    s{} -. record .-> s{}\n", from, number);
            }
        }
    }
    return out + links + "    classDef skipped stroke-dasharray: 5 5\n";
}

} // namespace slipway::deploy_run
