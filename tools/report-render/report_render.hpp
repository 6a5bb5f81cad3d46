// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "note.hpp"
#include "tool/definition.hpp"

#include <string>
#include <vector>

namespace slipway::report_render {

/// What the command line says; bound by declare().
struct Options {
    std::vector<std::string> formats{"md,html"};
    fs::Path out;
    std::vector<fs::Path> records;
    std::string title;
    bool strict = false;
    bool mermaid = false;
    fs::Path template_file;
    bool print_template = false;
    NoteOptions note;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Reads records and writes one report in each format, or keeps a note.
void run(Options const& options, tool::Context& context);

/// The formats of `md,html` and of repeated options, each once; throws usage for an unknown one.
std::vector<std::string> formats_of(std::vector<std::string> const& given);

inline constexpr tool::Definition<Options> definition{
    "report-render",
    "records in; Markdown, HTML, JUnit, SARIF, JSON, job summary out",
    declare,
    run,
};

} // namespace slipway::report_render
