// SPDX-License-Identifier: Apache-2.0
#include "migration/script.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

using Control = sql::Nature::Control;

// They print, or set how psql prints or fails; pg_dump itself writes the last two.
bool is_harmless(std::string_view meta) {
    constexpr std::array known{
        "\\echo", "\\qecho", "\\warn", "\\timing", "\\pset", "\\restrict", "\\unrestrict"};
    auto const word = meta.substr(0, meta.find_first_of(" \t"));
    return std::any_of(
               known.begin(), known.end(), [&](char const* name) { return word == name; }) ||
           meta.starts_with("\\set ON_ERROR_STOP");
}

Error refusal(
    Script const& script,
    sql::Statement const& statement,
    std::string message,
    std::string hint) {
    Where const where{script.file, statement.line, statement.column};
    return Error{ErrorKind::usage, fmt::format("{}: {}", where.text(), message), std::move(hint)}
        .with_where(where);
}

void set_aside_whole_transaction(Script& script) {
    bool const wrapped = script.steps.size() >= 2 &&
                         script.steps.front().nature.control == Control::begin &&
                         script.steps.back().nature.control == Control::commit;
    if (wrapped) {
        script.steps.erase(script.steps.begin());
        script.steps.pop_back();
        script.set_aside += 2;
    }
}

// What is outside of the part becomes blank, so that places in the file stay what they are.
std::string part_of(std::string content, Part const& part) {
    for (std::size_t i = 0; i < content.size(); ++i) {
        bool const inside = i >= part.begin && i < part.end;
        if (!inside && content[i] != '\n') {
            content[i] = ' ';
        }
    }
    return content;
}

bool is_inner(Control control) {
    return control == Control::savepoint || control == Control::release ||
           control == Control::rollback_to;
}

} // namespace

Where Script::place(Step const& step, std::int64_t position) const {
    return position > 0 ? sql::place_of_error(*text, step.statement.offset, position, file)
                        : Where{file, step.statement.line, step.statement.column};
}

Script read_script(File const& file) {
    Script script;
    script.text = std::make_unique<std::string const>(part_of(fs::read_file(file.path), file.up));
    script.file = file.path.string();
    for (auto const& statement : sql::split(*script.text, script.file)) {
        if (statement.kind == sql::Statement::Kind::meta) {
            if (!is_harmless(statement.text)) {
                auto const word = statement.text.substr(0, statement.text.find_first_of(" \t"));
                throw refusal(
                    script,
                    statement,
                    fmt::format("the psql command {} cannot be run", word),
                    "Write the migration in SQL alone.");
            }
            ++script.set_aside;
            continue;
        }
        script.steps.push_back({statement, sql::classify(statement.text)});
    }
    set_aside_whole_transaction(script);
    for (auto const& step : script.steps) {
        if (step.nature.transaction_control() && !is_inner(step.nature.control)) {
            throw refusal(
                script,
                step.statement,
                fmt::format("{} inside of a migration", step.nature.command),
                "The tool makes the transaction; remove it, or split the migration in two.");
        }
        script.transactional = script.transactional && !step.nature.refuses_transaction;
    }
    script.transactional = script.transactional && file.transactional.value_or(true);
    return script;
}

} // namespace slipway::migration
