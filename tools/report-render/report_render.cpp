// SPDX-License-Identifier: Apache-2.0
#include "report_render.hpp"

namespace slipway::report_render {

void declare(cli::Spec& spec, Options& options) {
    spec.positional(options.records, "RECORD", "records, or folders of records");
    spec.option(options.formats, "--format FORMAT", "what to write")
        .choices({"md", "html", "summary", "json"})
        .standard("md, html");
    spec.option(options.out, "--out DIR", "the folder for the report").env("REPORT_DIR");
    spec.option(options.title, "--title TEXT", "the heading of the report");
    spec.option(options.strict, "--strict", "a broken chain of evidence makes exit 1");
}

void run(Options const& options, tool::Context& context) {
    auto const records = record::collect(options.records);
    for (auto const& found : records) {
        context.rely_on(found);
    }
    context.record.summary = std::to_string(records.size()) + " records";
}

} // namespace slipway::report_render
