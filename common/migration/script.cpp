// SPDX-License-Identifier: Apache-2.0
#include "migration/script.hpp"

#include "error/error.hpp"
#include "migration/layout.hpp"
#include "migration/script_reader.hpp"
#include "migration/values.hpp"
#include "sql/place.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

using Control = sql::Nature::Control;

// What a script does: a change ends in COMMIT, an assertion may as well leave no trace.
enum class Kind : std::uint8_t { change, assertion };

void set_aside_whole_transaction(Script& script, Kind kind) {
    if (script.steps.size() < 2 || script.steps.front().nature.control != Control::begin) {
        return;
    }
    auto const last = script.steps.back().nature.control;
    bool const wrapped =
        last == Control::commit || (kind == Kind::assertion && last == Control::rollback);
    if (wrapped) {
        auto says = std::move(script.steps.front().says);
        script.says_last.insert(
            script.says_last.begin(),
            script.steps.back().says.begin(),
            script.steps.back().says.end());
        script.steps.erase(script.steps.begin());
        script.steps.pop_back();
        auto& first = script.steps.empty() ? script.says_last : script.steps.front().says;
        first.insert(first.begin(), says.begin(), says.end());
        script.set_aside += 2;
    }
}

bool is_inner(Control control) {
    return control == Control::savepoint || control == Control::release ||
           control == Control::rollback_to;
}

// What is outside of the parts becomes blank, so that places in the file stay what they are.
std::string blank_outside(std::string content, std::vector<Part> const& parts) {
    std::size_t at = 0;
    auto const blank = [&](std::size_t end) {
        for (; at < std::min(end, content.size()); ++at) {
            content[at] = content[at] == '\n' ? '\n' : ' ';
        }
    };
    for (auto const& part : parts) {
        blank(part.begin);
        at = std::max(at, part.end);
    }
    blank(content.size());
    return content;
}

// The ```sql blocks of a Markdown file; whoever wrote it forgot a fence where one does not end.
std::vector<Part> blocks_of(std::string_view content, std::string const& file) {
    std::vector<Part> out;
    bool inside = false;
    bool ours = false;
    std::size_t fence = 0;
    std::size_t at = 0;
    for (auto const line : text::split(content, '\n')) {
        auto const trimmed = text::trim(line);
        if (trimmed.starts_with("```")) {
            bool const sql = text::equal_ignoring_case(text::trim(trimmed.substr(3)), "sql");
            if (!inside && sql) {
                out.push_back({at + line.size() + 1, content.size()});
                fence = at;
            } else if (inside && ours) {
                out.back().end = at;
            }
            ours = !inside && sql;
            inside = !inside;
        }
        at += line.size() + 1;
    }
    if (inside && ours) {
        Where const where = sql::place_in(content, fence, file);
        throw Error{
            ErrorKind::usage,
            fmt::format("{}: the block that begins here does not end", where.text()),
            "End it with ``` on a line of its own."}
            .with_where(where);
    }
    return out;
}

Script read_parts(
    File const& file,
    fs::Path const& path,
    std::vector<Part> const& parts,
    std::optional<bool> transactional,
    Kind kind = Kind::change) {
    Script script;
    script.file = path.string();
    ScriptReader reader{script};
    auto const& whole =
        reader.keep({script.file, blank_outside(fs::read_file(path), parts), nullptr, {}});
    auto const values = file_values(file, whole);
    reader.read(values.empty() ? whole : reader.keep(with_values(whole, {}, values)), path);
    script.says_last = reader.says();
    set_aside_whole_transaction(script, kind);
    for (auto const& step : script.steps) {
        if (step.nature.transaction_control() && !is_inner(step.nature.control)) {
            throw at_statement(
                *step.source,
                step.statement.offset,
                fmt::format("{} inside of a migration", step.nature.command),
                "The tool makes the transaction; remove it, or split the migration in two.");
        }
        script.transactional = script.transactional && !step.nature.refuses_transaction;
    }
    script.transactional = script.transactional && transactional.value_or(true);
    return script;
}

} // namespace

Where Script::place(Step const& step, std::int64_t position) const {
    return position > 0 ? step.source->place_of_error(step.statement.offset, position)
                        : Where{step.source->file, step.statement.line, step.statement.column};
}

bool Script::mentions(std::string_view word) const {
    return std::any_of(sources.begin(), sources.end(), [&](auto const& source) {
        return source->text.find(word) != std::string::npos;
    });
}

Script read_script(File const& file) {
    return read_parts(file, file.path, {file.up}, file.transactional);
}

std::string read_text(File const& file) {
    Source const whole{
        file.path.string(), blank_outside(fs::read_file(file.path), {file.up}), nullptr, {}};
    auto const values = file_values(file, whole);
    return values.empty() ? whole.text : with_values(whole, {}, values).text;
}

Script read_down(File const& file) {
    if (file.down.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{} has no way back", file.id),
            "Write one beside it: docs/guides/layouts.md says under which names it is found."}
            .with_where({file.path.string(), 0, 0});
    }
    bool const markdown = text::lower(file.down.extension().string()) == ".md";
    if (!markdown) {
        return read_parts(file, file.down, {file.down_part}, file.down_transactional);
    }
    auto const parts = blocks_of(content_of(file.down), file.down.string());
    if (parts.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{} has no ```sql block", file.down.string()),
            "Put the statements that undo the migration between ```sql and ```."}
            .with_where({file.down.string(), 0, 0});
    }
    return read_parts(file, file.down, parts, file.down_transactional);
}

Script read_beside(File const& file, fs::Path const& script) {
    return read_parts(file, script, {Part{}}, std::nullopt, Kind::assertion);
}

} // namespace slipway::migration
