// SPDX-License-Identifier: Apache-2.0
#include "pipeline.hpp"

#include "config/document.hpp"
#include "config/node.hpp"
#include "expr/program.hpp"
#include "overlay.hpp"
#include "record/write.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

using config::Node;

constexpr std::size_t longest_id = 64;

// An id becomes a file name, a part of a check's id and a word of a command line.
bool well_formed(std::string_view id) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-_";
    return !id.empty() && id.size() <= longest_id && id.front() != '-' &&
           id.find_first_not_of(letters) == std::string_view::npos;
}

class Reader {
public:
    Reader(config::Document const& document, config::Lookup const& variable)
        : root_(document), variable_(variable) {}

    Pipeline read() {
        root_.only_keys({"$schema", "name", "environment", "env", "steps"});
        pipeline_.name = root_.text("name").value_or("");
        if (auto const environment = root_.find("environment")) {
            pipeline_.environment = expanded(*environment);
        }
        shared_ = variables(root_, {});
        auto const steps = root_.required("steps").elements();
        if (steps.empty()) {
            throw root_.required("steps").error(
                "there is no step", "A pipeline has at least one step with uses: or run:.");
        }
        for (auto const& step : steps) {
            pipeline_.steps.push_back(read_step(step));
        }
        require_rollbacks(steps);
        return std::move(pipeline_);
    }

private:
    // What `${NAME}` means: the pipeline's own env first, for that is what the step will see.
    [[nodiscard]] config::Lookup lookup() const {
        return [this](std::string const& name) -> std::optional<std::string> {
            auto const own =
                std::find_if(visible_.rbegin(), visible_.rend(), [&](auto const& entry) {
                    return entry.first == name;
                });
            return own == visible_.rend() ? variable_(name) : own->second;
        };
    }

    [[nodiscard]] std::string expanded(Node const& node) const {
        return config::expand(node.as_text(), lookup(), node.where());
    }

    // Later entries may use earlier ones.
    Variables variables(Node const& owner, Variables const& base) {
        visible_ = base;
        for (auto const& [name, value] : owner.map("env")) {
            if (name.empty() || name.find_first_of("= ") != std::string::npos) {
                throw value.error("is no name of a variable", "Use letters, digits and _.");
            }
            std::string text = expanded(value);
            std::erase_if(
                visible_, [&, &key = name](auto const& entry) { return entry.first == key; });
            visible_.emplace_back(name, std::move(text));
        }
        return visible_;
    }

    Step read_step(Node const& node) {
        node.only_keys(
            {"id",
             "uses",
             "command",
             "with",
             "run",
             "env",
             "inputs",
             "needs",
             "when",
             "tests",
             "skip",
             "confirm",
             "timeout",
             "on_failure",
             "always",
             "rollback",
             "needs_records"});
        Step step;
        step.where = node.where();
        read_id(node, step);
        step.environment = variables(node, shared_);
        read_work(node, step);
        read_inputs(node, step);
        read_conditions(node, step);
        if (auto const question = node.find("confirm")) {
            step.confirm = expanded(*question);
        }
        step.timeout = node.duration("timeout").value_or(time::Milliseconds{0});
        read_failure(node, step);
        step.always = node.boolean("always").value_or(false);
        step.rollback = node.boolean("rollback").value_or(false);
        step.needs_records = node.boolean("needs_records").value_or(!step.always && !step.rollback);
        return step;
    }

    void read_id(Node const& node, Step& step) const {
        step.id = node.required_text("id");
        Node const id = node.required("id");
        if (!well_formed(step.id)) {
            throw id.error(
                fmt::format("{} is no id of a step", step.id),
                "Use letters, digits, - and _, at most 64 of them.");
        }
        for (auto const& other : pipeline_.steps) {
            if (other.id == step.id) {
                throw id.error(
                    fmt::format("there is already a step {} at {}", step.id, other.where.text()),
                    "Give each step an id of its own.");
            }
        }
    }

    void read_work(Node const& node, Step& step) const {
        auto const uses = node.find("uses");
        auto const run = node.find("run");
        if (uses.has_value() == run.has_value()) {
            throw node.error(
                uses ? "has both uses and run" : "has neither uses nor run",
                "Give a step either uses: with a Slipway tool, or run: with a command.");
        }
        if (run) {
            read_run(node, *run, step);
            return;
        }
        step.uses = uses->as_text();
        step.uses_where = uses->where();
        if (!well_formed(step.uses)) {
            throw uses->error(
                fmt::format("{} is no name of a tool", step.uses),
                "Name a Slipway tool, such as db-backup; use run: for other programs.");
        }
        step.command = node.text("command").value_or("");
        step.command_where =
            step.command.empty() ? uses->where() : node.required("command").where();
        for (auto const& [name, value] : node.map("with")) {
            step.with.push_back(read_setting(name, value));
        }
    }

    static void read_run(Node const& node, Node const& run, Step& step) {
        for (auto const* key : {"command", "with"}) {
            if (auto const wrong = node.find(key)) {
                throw wrong->error(
                    "belongs to a step with uses:, not to one with run:",
                    "Write the arguments into the command itself.");
            }
        }
        step.run = run.as_text();
        if (text::trim(step.run).empty()) {
            throw run.error("the command is empty", "Write what sh -c is to run.");
        }
    }

    [[nodiscard]] Setting read_setting(std::string const& name, Node const& value) const {
        Setting setting;
        setting.name = name;
        setting.where = value.where();
        if (value.value().is_null()) {
            throw value.error("has no value", "Give it a value, or leave it out.");
        }
        if (value.value().is_boolean()) {
            setting.flag = value.value().get<bool>();
            return setting;
        }
        setting.list = value.is_list();
        for (auto const& element : setting.list ? value.elements() : std::vector<Node>{value}) {
            setting.from_variable =
                setting.from_variable || element.as_text().find("${") != std::string::npos;
            setting.values.push_back(expanded(element));
        }
        return setting;
    }

    void read_inputs(Node const& node, Step& step) const {
        auto const given = node.find("inputs");
        if (given && given->is_text() && given->as_text() == "all") {
            step.all_inputs = true;
            for (auto const& other : pipeline_.steps) {
                step.inputs.push_back(other.id);
            }
            return;
        }
        for (auto const& input : node.texts("inputs")) {
            require_earlier(*given, input);
            step.inputs.push_back(input);
        }
    }

    // What it waits for, and what has to be so for it to run.
    void read_conditions(Node const& node, Step& step) const {
        if (auto const needs = node.find("needs")) {
            step.needs = node.texts("needs");
            for (auto const& id : *step.needs) {
                require_earlier(*needs, id);
            }
        }
        if (auto const when = node.find("when")) {
            step.when = when->as_text();
            try {
                static_cast<void>(expr::compile({step.when}));
            } catch (Error const& error) {
                throw when->error(error.message(), error.hint());
            }
        }
        step.tests = node.boolean("tests").value_or(step.uses == "test-run");
        step.left_out = node.boolean("skip").value_or(false);
        if (step.needs && node.boolean("rollback").value_or(false)) {
            throw node.required("needs").error(
                "a step for a rollback waits for all before it", "Leave out needs:.");
        }
    }

    void require_earlier(Node const& node, std::string const& id) const {
        std::vector<std::string> known;
        for (auto const& other : pipeline_.steps) {
            if (other.id == id) {
                return;
            }
            known.push_back(other.id);
        }
        std::string const near = text::nearest(id, known);
        throw node.error(
            fmt::format("no step before this one has the id {}", id),
            near.empty() ? "Name steps that stand above it."
                         : fmt::format("Did you mean {}?", near));
    }

    static void read_failure(Node const& node, Step& step) {
        std::string const word = node.text("on_failure").value_or("stop");
        if (word != "stop" && word != "continue" && word != "rollback") {
            throw node.required("on_failure")
                .error(
                    fmt::format("{} is not possible", word),
                    "Possible are stop, continue and rollback.");
        }
        step.on_failure = word == "stop"       ? OnFailure::stop
                          : word == "continue" ? OnFailure::go_on
                                               : OnFailure::roll_back;
    }

    // Who asks for a rollback must get one, and not from a step that was passed before.
    void require_rollbacks(std::vector<Node> const& nodes) const {
        bool follows = false;
        for (std::size_t i = nodes.size(); i-- > 0;) {
            auto const& step = pipeline_.steps[i];
            follows = follows || step.rollback;
            if (step.on_failure == OnFailure::roll_back && (!follows || step.rollback)) {
                throw nodes[i]
                    .required("on_failure")
                    .error(
                        "no step for the rollback stands behind this one",
                        "Add one with rollback: true, such as uses: rollback with command: run.");
            }
            if (step.rollback && step.always) {
                throw nodes[i]
                    .required("rollback")
                    .error(
                        "a step is either for a rollback or always run",
                        "Leave out always: or rollback:.");
            }
        }
    }

    Node root_;
    config::Lookup const& variable_;
    Variables shared_;
    Variables visible_;
    Pipeline pipeline_;
};

} // namespace

Pipeline
read_pipeline(fs::Path const& path, config::Lookup const& variable, std::string_view environment) {
    auto const document = config::load(path);
    std::string name{environment};
    if (name.empty()) {
        auto const own = Node{document}.find("environment");
        name = own ? config::expand(own->as_text(), variable, own->where()) : "";
    }
    auto const merged = overlaid(document, name);
    Pipeline pipeline = Reader{merged, variable}.read();
    pipeline.path = path;
    pipeline.sha256 = record::sha256_of_file(path);
    if (pipeline.name.empty()) {
        pipeline.name = path.stem().string();
    }
    return pipeline;
}

std::size_t position_of(Pipeline const& pipeline, std::string_view id, std::string_view asked_by) {
    std::vector<std::string> known;
    for (auto const& step : pipeline.steps) {
        if (step.id == id) {
            return known.size();
        }
        known.push_back(step.id);
    }
    std::string const near = text::nearest(id, known);
    Where const where{pipeline.path.string(), pipeline.steps.front().where.line, 0};
    throw Error{
        ErrorKind::usage,
        fmt::format("{}: {} names the unknown step {}", where.text(), asked_by, id),
        near.empty() ? fmt::format("Steps are {}.", text::join(known, ", "))
                     : fmt::format("Did you mean {}?", near)}
        .with_where(where);
}

} // namespace slipway::deploy_run
