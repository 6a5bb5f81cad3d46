// SPDX-License-Identifier: Apache-2.0
#include "html_parts.hpp"

#include "prose.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/visible.hpp"
#include "time/rfc3339.hpp"

#include <fmt/format.h>

namespace slipway::report_render::page {

namespace {

constexpr std::size_t longest_text = 4000; // one message must not fill the page

std::string_view sign(std::string_view tone) {
    return tone == "passed" ? "✓" : tone == "warned" ? "!" : tone == "failed" ? "✕" : "–";
}

} // namespace

std::string esc(std::string_view text) {
    return esc(text, longest_text);
}

std::string esc(std::string_view text, std::size_t limit) {
    return text::html_escape(text::visible(text::shorten(text, limit)));
}

std::string code(std::string_view text) {
    return text.empty() ? "" : fmt::format("<code>{}</code>", esc(text));
}

std::string prose(std::string_view hint) {
    std::string out;
    std::string const held = text::shorten(hint, longest_text); // the pieces are views into it
    for (auto const& piece : pieces_of(held)) {
        out += piece.code ? code(piece.text) : esc(piece.text);
    }
    return out;
}

std::string moment(time::Instant instant, bool whole) {
    std::string const text = time::to_rfc3339(instant);
    return fmt::format(
        "<time datetime=\"{}\">{}{}</time>",
        text,
        whole ? text.substr(0, 10) + " " : "",
        text.substr(11, 8));
}

std::string pill(std::string_view tone, std::string_view word) {
    return fmt::format(
        "<span class=\"pill {}\"><span aria-hidden=\"true\">{}</span> {}</span>",
        tone,
        sign(tone),
        esc(word));
}

std::string pill(Step const& step) {
    return step.status == record::Status::running ? pill("unknown", "In progress")
                                                  : pill(tone(step.status), word(step.status));
}

std::string anchor(std::size_t step) {
    return fmt::format("step-{}", step + 1);
}

bool Room::add(std::string& out, std::string const& row) {
    if (row.size() > left_) {
        ++left_out_;
        return false;
    }
    left_ -= row.size();
    out += row;
    return true;
}

std::string Room::notice(std::string_view noun) const {
    if (left_out_ == 0) {
        return {};
    }
    return fmt::format(
        "<p class=\"note\">{} not shown to keep this page small; the records have all of them.</p>",
        text::counted(left_out_, fmt::format("more {}", noun)));
}

std::string section(std::string_view id, std::string_view heading, std::string const& body) {
    return fmt::format(
        "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n{2}"
        "</section>\n",
        id,
        heading,
        body);
}

std::string
table(std::string_view caption, std::string const& head, std::string const& rows, bool quiet) {
    // Who has no mouse must be able to scroll it as well.
    return fmt::format(
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{1}\"><table>"
        "<caption{0}>{1}</caption>\n<thead>{2}</thead>\n<tbody>\n{3}</tbody></table></div>\n",
        quiet ? " class=\"hidden\"" : "",
        caption,
        head,
        rows);
}

} // namespace slipway::report_render::page
