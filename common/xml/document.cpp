// SPDX-License-Identifier: Apache-2.0
#include "xml/document.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <pugixml.hpp>

#include <fmt/format.h>

namespace slipway::xml {

struct Document::Parts {
    std::string name;
    std::string text; // pugixml reads in place: its nodes point into this
    std::vector<std::ptrdiff_t> line_ends;
    bool lines_known = false;
    pugi::xml_document tree;

    [[nodiscard]] Where at(std::ptrdiff_t offset) const {
        Where where{name, 0, 0};
        if (lines_known && offset >= 0) {
            auto const before = std::lower_bound(line_ends.begin(), line_ends.end(), offset);
            where.line = (before - line_ends.begin()) + 1;
        }
        return where;
    }
};

namespace {

[[noreturn]] void refuse(Where const& where, std::string_view what) {
    throw Error{
        ErrorKind::usage,
        fmt::format("{} is no well-formed XML: {}", where.text(), what),
        "Was the program that writes it ended before it was done?"}
        .with_where(where);
}

std::string cause_of(pugi::xml_parse_result const& result, bool empty) {
    switch (result.status) {
    case pugi::status_no_document_element:
        return empty ? "it is empty" : "there is no element in it";
    case pugi::status_end_element_mismatch:
        return "an element is not closed, or another one is closed in its place";
    case pugi::status_bad_cdata:
    case pugi::status_bad_comment:
    case pugi::status_bad_pi:
    case pugi::status_bad_doctype:
    case pugi::status_unrecognized_tag:
    case pugi::status_bad_pcdata:
    case pugi::status_bad_start_element:
    case pugi::status_bad_attribute:
    case pugi::status_bad_end_element:
    case pugi::status_ok:
    case pugi::status_file_not_found:
    case pugi::status_io_error:
    case pugi::status_out_of_memory:
    case pugi::status_internal_error:
    case pugi::status_append_invalid_root:
        break;
    }
    std::string what = result.description();
    return what.empty() ? "it cannot be parsed" : what;
}

} // namespace

Document::Document(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Document::Document(Document&& other) noexcept = default;
Document& Document::operator=(Document&& other) noexcept = default;
Document::~Document() = default;

Document Document::read(fs::Path const& path, std::uint64_t limit) {
    return parse(fs::read_file(path, limit), path.string());
}

Document Document::parse(std::string text, std::string name) {
    auto parts = std::make_unique<Parts>();
    parts->name = std::move(name);
    parts->text = std::move(text);
    for (std::size_t i = 0; i < parts->text.size(); ++i) {
        if (parts->text[i] == '\n') {
            parts->line_ends.push_back(static_cast<std::ptrdiff_t>(i));
        }
    }
    bool const empty = parts->text.find_first_not_of(" \t\r\n") == std::string::npos;
    auto const result = parts->tree.load_buffer_inplace(
        parts->text.data(), parts->text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
    parts->lines_known = result.encoding == pugi::encoding_utf8;
    if (!result) {
        refuse(parts->at(result.offset), cause_of(result, empty));
    }
    // pugixml takes what two programs wrote into one file for one document.
    auto const root = parts->tree.document_element();
    for (auto next = root.next_sibling(); next; next = next.next_sibling()) {
        if (next.type() == pugi::node_element) {
            refuse(parts->at(next.offset_debug()), "there is a second root element");
        }
    }
    return Document{std::move(parts)};
}

Element Document::root() const {
    return {parts_->tree.document_element().internal_object(), *this};
}

std::string const& Document::name() const {
    return parts_->name;
}

std::string Element::name() const {
    return text::to_utf8(pugi::xml_node{node_}.name());
}

std::optional<std::string> Element::attribute(std::string_view name) const {
    auto const found = pugi::xml_node{node_}.attribute(std::string{name}.c_str());
    return found ? std::optional{text::to_utf8(found.value())} : std::nullopt;
}

std::string Element::text_of(std::string_view name) const {
    return attribute(name).value_or("");
}

std::vector<Element> Element::children() const {
    std::vector<Element> out;
    for (auto const child : pugi::xml_node{node_}.children()) {
        if (child.type() == pugi::node_element) {
            out.push_back(Element{child.internal_object(), *document_});
        }
    }
    return out;
}

std::string Element::text() const {
    std::string out;
    for (auto const child : pugi::xml_node{node_}.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
            out += child.value();
        }
    }
    return text::to_utf8(out);
}

Where Element::where() const {
    return document_->parts_->at(pugi::xml_node{node_}.offset_debug());
}

} // namespace slipway::xml
