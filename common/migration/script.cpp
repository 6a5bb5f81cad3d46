// SPDX-License-Identifier: Apache-2.0
#include "migration/script.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"
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

void prepend(std::span<std::string const> words, std::vector<std::string>& to) {
    to.insert(to.begin(), words.begin(), words.end());
}

void set_aside_whole_transaction(Script& script, Kind kind) {
    if (script.steps.size() < 2 || script.steps.front().nature.control != Control::begin) {
        return;
    }
    auto const last = script.steps.back().nature.control;
    bool const wrapped =
        last == Control::commit || (kind == Kind::assertion && last == Control::rollback);
    if (wrapped) {
        auto const first = script.steps.front().says;
        auto const final = script.steps.back().says;
        script.steps.drop_front(1);
        script.steps.pop_back();
        prepend(final, script.says_last);
        if (script.steps.empty()) {
            prepend(first, script.says_last);
        } else if (!first.empty()) {
            auto& next = script.steps.front().says;
            std::vector<std::string> all{next.begin(), next.end()};
            prepend(first, all);
            script.says.push_back(std::make_unique<std::vector<std::string> const>(std::move(all)));
            next = *script.says.back();
        }
        script.set_aside += 2;
    }
}

bool is_inner(Control control) {
    return control == Control::savepoint || control == Control::release ||
           control == Control::rollback_to;
}

// What is outside of the parts becomes blank, so that places in the file stay what they are.
void blank_outside(std::string& piece, std::size_t offset, std::vector<Part> const& parts) {
    std::size_t at = offset;
    auto const blank = [&](std::size_t end) {
        for (; at < std::min(end, offset + piece.size()); ++at) {
            char& byte = piece[at - offset];
            byte = byte == '\n' ? '\n' : ' ';
        }
    };
    for (auto const& part : parts) {
        blank(part.begin);
        at = std::max(at, part.end);
    }
    blank(std::string::npos);
}

struct Read {
    fs::Content content; // blank outside of the parts
    std::string sha256;  // of the whole file
};

Read read_blanked(fs::Path const& path, std::vector<Part> const& parts) {
    hash::Digest digest{hash::Algorithm::sha256};
    fs::ContentWriter writer;
    std::size_t offset = 0;
    fs::read_pieces(path, largest_migration, [&](std::string_view piece) {
        digest.update(piece);
        std::string bytes{piece};
        blank_outside(bytes, offset, parts);
        writer.add(bytes);
        offset += piece.size();
    });
    return {writer.finish(), digest.hex()};
}

// The history gets the checksum that was taken when the folder was read, so it is these bytes that
// have to run.
fs::Content read_unchanged(File const& file, fs::Path const& path, std::vector<Part> const& parts) {
    auto read = read_blanked(path, parts);
    if (path == file.path && !file.checksum.empty() && read.sha256 != file.checksum) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{} was changed while it was read", path.string()),
            "Run migrate-apply again when nothing writes to the folder."}
            .with_where({path.string(), 0, 0});
    }
    return std::move(read.content);
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
    auto const& whole = reader.keep({script.file, read_unchanged(file, path, parts), nullptr, {}});
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
    auto const& statement = step.statement;
    auto const* const source = step.source;
    if (position > 0 && source->origin != nullptr) {
        return source->place_of_error(statement.offset, position);
    }
    Where where{source->file, statement.line, statement.column};
    if (position > 0) {
        // Counted from the statement on: what is before it may be hundreds of megabytes.
        auto const inside = sql::place_of_error(statement.text, 0, position, source->file);
        where.column = inside.line == 1 ? where.column + inside.column - 1 : inside.column;
        where.line += inside.line - 1;
    }
    return where;
}

bool Script::mentions(std::string_view word) const {
    return std::any_of(sources.begin(), sources.end(), [&](auto const& source) {
        return fs::find(source->text, word) != std::string::npos;
    });
}

Script read_script(File const& file) {
    return read_parts(file, file.path, {file.up}, file.transactional);
}

fs::Content read_text(File const& file) {
    Source whole{file.path.string(), read_unchanged(file, file.path, {file.up}), nullptr, {}};
    auto const values = file_values(file, whole);
    return values.empty() ? std::move(whole.text) : with_values(whole, {}, values).text;
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
