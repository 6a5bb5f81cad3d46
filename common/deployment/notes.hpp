// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/gather.hpp"
#include "time/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::deployment {

/// What a person added to the records of a deployment: each is a record of its own.
struct Note {
    std::string kind; // one of note_kinds
    std::string text;
    std::string person;
    std::string role;
    bool good = true; // a manual check that failed, or a sign-off that was refused, is not
    time::Instant at{};
};

/// The kinds with the headings that a report has for them, in its order.
struct NoteKind {
    std::string_view kind;
    std::string_view heading;
};
inline constexpr NoteKind note_kinds[] = {
    {"root-cause", "Root causes"},
    {"observation", "Observations"},
    {"communication", "Communication"},
    {"lesson", "Lessons learned"},
    {"manual-check", "Manual checks"},
    {"sign-off", "Sign-offs"}};

/// The notes among the records, oldest first; a record that is no whole note is left out.
std::vector<Note> notes_of(Material const& material);

} // namespace slipway::deployment
