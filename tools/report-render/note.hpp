// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool/context.hpp"

#include <string>
#include <vector>

namespace slipway::report_render {

/// What a person adds to the records of a deployment.
struct NoteOptions {
    std::string kind = "observation";
    std::string text;
    std::string person;
    std::string role;
    bool bad = false;
};

/// The kinds of notes, for the command line.
std::vector<std::string> kinds_of_notes();

/// Keeps the note in the run's own record; throws usage where it has no text, or where a sign-off
/// has nobody who signs.
void keep_note(NoteOptions const& options, tool::Context& context);

} // namespace slipway::report_render
