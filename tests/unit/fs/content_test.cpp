// SPDX-License-Identifier: Apache-2.0
#include "fs/content.hpp"

#include "fs/temp_folder.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(fs_content)

using namespace slipway;

namespace {

std::string numbered_lines(std::size_t size) {
    std::string out;
    for (int line = 1; out.size() < size; ++line) {
        out += std::to_string(line) + '\n';
    }
    return out;
}

fs::Content content_of(std::string_view bytes) {
    fs::ContentWriter writer;
    for (std::size_t at = 0; at < bytes.size(); at += 10'000) {
        writer.add(bytes.substr(at, 10'000));
    }
    return writer.finish();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_content_is_what_was_added_in_memory_and_in_a_file) {
    for (std::size_t const size : {0U, 1U, 60'000U, 70'000U, 3'000'000U}) {
        std::string const bytes = numbered_lines(size);
        auto const content = content_of(bytes);
        BOOST_TEST((content.view() == bytes), size);
        fs::let_go(content);
        BOOST_TEST((content.view() == bytes), size);
    }
}

BOOST_AUTO_TEST_CASE(a_content_outlives_the_file_that_it_was_read_from) {
    fs::TempFolder const folder{"slipway-test-"};
    fs::Path const path = folder.path() / "a";
    std::string const bytes = numbered_lines(500'000);
    fs::write_atomic(path, bytes);
    auto const content = fs::read_content(path);
    fs::write_atomic(path, std::string(bytes.size(), 'x'));
    std::filesystem::resize_file(path, 0);
    fs::let_go(content);
    BOOST_TEST((content.view() == bytes));
    BOOST_CHECK_THROW(fs::read_content(folder.path() / "none"), Error);
    fs::write_atomic(path, bytes);
    BOOST_CHECK_THROW(fs::read_content(path, 1000), Error);
}

BOOST_AUTO_TEST_CASE(nothing_of_the_heap_is_let_go) {
    std::string const bytes = numbered_lines(3'000'000);
    std::string const same = bytes;
    fs::let_go(bytes);
    fs::let_go({});
    BOOST_TEST((bytes == same));
}

BOOST_AUTO_TEST_CASE(pieces_and_lines_are_the_whole) {
    std::string const bytes = numbered_lines(3'000'000);
    auto const content = content_of(bytes);
    std::string all;
    fs::each_piece(content, [&](std::string_view piece) {
        BOOST_TEST(piece.size() <= fs::piece_size);
        all += piece;
    });
    BOOST_TEST((all == bytes));
    std::string joined;
    std::size_t lines = 0;
    fs::each_line(content, [&](std::string_view line, std::size_t at) {
        joined += at == 0 ? "" : "\n";
        BOOST_REQUIRE(at == joined.size());
        joined += line;
        ++lines;
        return true;
    });
    BOOST_TEST((joined == bytes)); // which ends in LF, so that the last line is empty
    std::size_t seen = 0;
    fs::each_line("a\nb\nc", [&](std::string_view line, std::size_t /*at*/) {
        ++seen;
        return line != "b";
    });
    BOOST_TEST(seen == 2U);
}

BOOST_AUTO_TEST_CASE(a_word_is_found_where_two_pieces_meet) {
    for (std::size_t const before : {fs::piece_size - 3, fs::piece_size, 2 * fs::piece_size - 1}) {
        std::string const bytes = std::string(before, '.') + "needle" + std::string(100, '.');
        auto const content = content_of(bytes);
        BOOST_TEST(fs::find(content, "needle") == before);
        BOOST_TEST(fs::find(content, "needle", before) == before);
        BOOST_TEST(fs::find(content, "needle", before + 1) == std::string_view::npos);
        BOOST_TEST(fs::find(content, "needles") == std::string_view::npos);
    }
    BOOST_TEST(fs::find("abc", "c", 2) == 2U);
    BOOST_TEST(fs::find("abc", "a", 9) == std::string_view::npos);
}

BOOST_AUTO_TEST_SUITE_END()
