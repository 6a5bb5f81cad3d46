// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "fs/file.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pugi {
struct xml_node_struct;
}

namespace slipway::xml {

class Document;

/// An element of a document, which must outlive it; cheap to copy. All texts are valid UTF-8.
class Element {
public:
    [[nodiscard]] std::string name() const;

    /// The attribute's value; nothing where it is absent.
    [[nodiscard]] std::optional<std::string> attribute(std::string_view name) const;

    /// The attribute's value, empty where it is absent.
    [[nodiscard]] std::string text_of(std::string_view name) const;

    /// The elements right below this one, in their order.
    [[nodiscard]] std::vector<Element> children() const;

    /// The text and CDATA right below this element, together.
    [[nodiscard]] std::string text() const;

    /// File and line of its start; the line is unknown in encodings other than UTF-8.
    [[nodiscard]] Where where() const;

private:
    friend class Document;
    Element(pugi::xml_node_struct* node, Document const& document)
        : node_(node), document_(&document) {}

    pugi::xml_node_struct* node_;
    Document const* document_;
};

/// An XML document of one root element, in any encoding that it declares. Document types are
/// passed over: no entity but XML's own five and character references is expanded, no file or
/// address is fetched.
class Document {
public:
    static constexpr std::uint64_t largest = std::uint64_t{32} << 20U;

    /// Reads a file of at most `limit` bytes; throws usage with file and line where it cannot be
    /// read, is larger or is no well-formed XML.
    static Document read(fs::Path const& path, std::uint64_t limit = largest);

    /// As read(), of text; `name` stands for the file.
    static Document parse(std::string text, std::string name);

    Document(Document&& other) noexcept;
    Document& operator=(Document&& other) noexcept;
    Document(Document const&) = delete;
    Document& operator=(Document const&) = delete;
    ~Document();

    /// The document must not be moved while elements of it are in use.
    [[nodiscard]] Element root() const;

    [[nodiscard]] std::string const& name() const;

private:
    friend class Element;
    struct Parts;
    explicit Document(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace slipway::xml
