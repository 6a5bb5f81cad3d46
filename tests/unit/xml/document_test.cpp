// SPDX-License-Identifier: Apache-2.0
#include "xml/document.hpp"

#include "fs/temp_folder.hpp"
#include "support/errors.hpp"
#include "text/utf8.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(xml_document)

using namespace slipway;
using support::error_of;
using xml::Document;

BOOST_AUTO_TEST_CASE(elements_attributes_and_texts_are_read_with_their_lines) {
    auto const document = Document::parse(
        "<?xml version=\"1.0\"?>\n<!-- c -->\n<a x=\"1 &amp; 2\">\n  <b>one<![CDATA[ <two> ]]>"
        "<c/>three</b>\n  <b/>\n</a>\n",
        "f.xml");
    auto const root = document.root();
    BOOST_TEST(root.name() == "a");
    BOOST_TEST(root.text_of("x") == "1 & 2");
    BOOST_TEST(!root.attribute("y").has_value());
    BOOST_TEST(root.where().text() == "f.xml:3");
    auto const children = root.children();
    BOOST_REQUIRE(children.size() == 2U);
    BOOST_TEST(children[0].text() == "one <two> three");
    BOOST_TEST(children[1].where().line == 5);
}

BOOST_AUTO_TEST_CASE(what_is_not_well_formed_is_told_with_its_line) {
    struct {
        char const* text;
        int line;
    } const broken[] = {
        {"<a>\n<b>\n</a>\n", 3},
        {"<a>\n<b>", 2},
        {"<a>\n<b x=1/></a>", 2},
        {"", 1},
        {"not XML at all", 1},
        {"<a/>\n<b/>", 2},
        {"<a>\n\n<![CDATA[ no end", 3},
    };
    for (auto const& one : broken) {
        auto const error = error_of([&] { Document::parse(one.text, "r.xml"); });
        BOOST_CHECK(error.kind() == ErrorKind::usage);
        BOOST_TEST(error.message().find("r.xml:") == 0U, error.message());
        BOOST_TEST(error.where().line == one.line, one.text << ": " << error.message());
    }
}

BOOST_AUTO_TEST_CASE(other_encodings_are_read_and_bytes_that_are_none_become_valid) {
    auto const latin = Document::parse(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a x=\"caf\xe9\"/>", "l.xml");
    BOOST_TEST(latin.root().text_of("x") == "café");
    auto const bad = Document::parse("<a x=\"\xff\xfe\">\xc3</a>", "b.xml");
    BOOST_TEST(text::valid_utf8(bad.root().text_of("x")));
    BOOST_TEST(text::valid_utf8(bad.root().text()));
    auto const marked = Document::parse("\xEF\xBB\xBF<a/>", "m.xml");
    BOOST_TEST(marked.root().name() == "a");
}

BOOST_AUTO_TEST_CASE(no_entity_of_a_document_type_is_expanded) {
    auto const document = Document::parse(
        "<!DOCTYPE a [<!ENTITY x \"boom\"><!ENTITY y SYSTEM \"file:///etc/passwd\">]>"
        "<a>&x;&y;&#65;</a>",
        "e.xml");
    BOOST_TEST(document.root().text() == "&x;&y;A");
}

BOOST_AUTO_TEST_CASE(a_file_beyond_the_limit_is_refused) {
    fs::TempFolder const folder{"xml-test-"};
    fs::Path const path = folder.path() / "big.xml";
    fs::write_atomic(path, "<a>" + std::string(2000, 'x') + "</a>");
    BOOST_TEST(Document::read(path).root().text().size() == 2000U);
    BOOST_CHECK(error_of([&] { Document::read(path, 1000); }).kind() == ErrorKind::usage);
    auto const missing = error_of([&] { Document::read(folder.path() / "none.xml"); });
    BOOST_TEST(missing.message().find("none.xml") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_nested_elements_are_no_fault) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) {
        text += "<a>";
    }
    for (int i = 0; i < 100'000; ++i) {
        text += "</a>";
    }
    BOOST_TEST(Document::parse(std::move(text), "deep.xml").root().children().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
