// SPDX-License-Identifier: Apache-2.0
#include "note.hpp"

#include "error/error.hpp"
#include "report.hpp"
#include "text/join.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::report_render {

std::vector<std::string> kinds_of_notes() {
    std::vector<std::string> out;
    for (auto const& one : note_kinds) {
        out.emplace_back(one.kind);
    }
    return out;
}

void keep_note(NoteOptions const& options, tool::Context& context) {
    std::string const person = options.person.empty() ? context.record.run.actor : options.person;
    if (text::trim(options.text).empty()) {
        throw Error{ErrorKind::usage, "the note has no text", "Say it with --text."};
    }
    if (options.kind == "sign-off" && person.empty()) {
        throw Error{
            ErrorKind::usage, "nobody signs", "Name who does with --person, and the --role."};
    }
    (*context.record.data)["note"] = {
        {"kind", options.kind},
        {"text", options.text},
        {"person", person},
        {"role", options.role},
        {"good", !options.bad}};
    context.record.status = record::Status::passed;
    context.record.summary =
        fmt::format("{} kept: {}", options.kind, text::shorten(options.text, 200));
}

} // namespace slipway::report_render
