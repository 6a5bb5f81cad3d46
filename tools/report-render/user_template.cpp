// SPDX-License-Identifier: Apache-2.0
#include "user_template.hpp"

#include "mustache/render.hpp"
#include "report_json.hpp"

#include <nlohmann/json.hpp>

namespace slipway::report_render {

namespace {

mustache::Escape escape_for(std::string const& name) {
    std::string const extension = fs::Path{name}.extension().string();
    return extension == ".md"     ? mustache::Escape::markdown
           : extension == ".json" ? mustache::Escape::json
                                  : mustache::Escape::html;
}

} // namespace

std::string_view starting_template() {
    return R"(# {{title}}

**{{word}}.** {{sentence}}

{{#troubles}}
- **{{title}}** ({{step}}{{#where}}, {{where}}{{/where}}): {{message}}{{#hint}} What to do: {{hint}}{{/hint}}
{{/troubles}}

| Step | Status | Summary |
| --- | --- | --- |
{{#steps}}
| {{title}} | {{status}} | {{summary}} |
{{/steps}}

{{#next}}
- {{text}}{{#command}} `{{{command}}}`{{/command}}
{{/next}}

{{#facts}}
- {{name}}: {{value}}
{{/facts}}
)";
}

std::string by_template(Report const& report, std::string const& text, fs::Path const& file) {
    return mustache::render(
        text, report_value(report, true), file.string(), escape_for(name_of_report(file)));
}

std::string name_of_report(fs::Path const& file) {
    auto name = file.filename();
    if (name.extension() == ".mustache") {
        name = name.stem();
    }
    return "report-" + name.string();
}

} // namespace slipway::report_render
