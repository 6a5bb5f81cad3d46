// SPDX-License-Identifier: Apache-2.0
#include "deployment/notes.hpp"

#include "json/value.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace slipway::deployment {

std::vector<Note> notes_of(Material const& material) {
    std::vector<Note> out;
    for (auto const& found : material.records) {
        auto const& record = found.record;
        auto const& note = json::at(*record.data, "note");
        bool const ended = record.finished_at.has_value();
        if (record.tool != "report-render" || record.command != "note" || !note.is_object() ||
            !ended) {
            continue;
        }
        Note one{
            json::text_at(note, "kind"),
            json::text_at(note, "text"),
            json::text_at(note, "person"),
            json::text_at(note, "role"),
            json::at(note, "good") != false,
            record.started_at};
        bool const known =
            std::any_of(std::begin(note_kinds), std::end(note_kinds), [&](NoteKind const& kind) {
                return kind.kind == one.kind;
            });
        if (known && !one.text.empty()) {
            out.push_back(std::move(one));
        }
    }
    return out;
}

} // namespace slipway::deployment
