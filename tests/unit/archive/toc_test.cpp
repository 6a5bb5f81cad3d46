// SPDX-License-Identifier: Apache-2.0
// Tables of contents, made here byte by byte as pg_backup_archiver.c of each major does.
#include "archive/toc.hpp"

#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(archive_toc)

using namespace slipway;

namespace {

std::string integer(int value) {
    std::string out(1, value < 0 ? '\1' : '\0');
    unsigned const amount = static_cast<unsigned>(value < 0 ? -value : value);
    for (unsigned i = 0; i < 4; ++i) {
        out += static_cast<char>((amount >> (8 * i)) & 0xffU);
    }
    return out;
}

std::string text(std::string const& value) {
    return integer(static_cast<int>(value.size())) + value;
}

std::string const null = integer(-1);

std::string header(int minor) {
    std::string out =
        std::string{"PGDMP"} + '\1' + static_cast<char>(minor) + '\0' + '\4' + '\10' + '\3';
    out += minor >= 15 ? std::string(1, '\1') : integer(1); // compression
    for (int const part : {30, 15, 10, 31, 0, 126, 0}) {
        out += integer(part);
    }
    return out + text("shop") + text("15.20") + text("15.20");
}

struct Made {
    int id;
    std::string oid;
    std::string tag;
    std::string description;
    int section;
    std::string dependency = "";
    std::string file = "";
};

std::string entry(Made const& made, int minor) {
    std::string out = integer(made.id) + integer(made.file.empty() ? 0 : 1) + text("1259") +
                      text(made.oid) + text(made.tag) + text(made.description) +
                      integer(made.section) + text("CREATE …;\n") + text("DROP …;\n") + null +
                      text("public") + null + text("heap");
    out += minor >= 16 ? integer('r') : "";
    out += text("owner") + text("false");
    out += made.dependency.empty() ? "" : text(made.dependency);
    return out + null + (made.file.empty() ? text("") : text(made.file));
}

std::string toc(int minor) {
    std::vector<Made> const all{
        {1, "0", "ENCODING", "ENCODING", 2},
        {215, "16390", "users", "TABLE", 2},
        {216, "16391", "orders", "TABLE", 2, "215"},
        {3300, "16391", "orders", "TABLE DATA", 3, "216", "3300.dat"},
        {3301, "16399", "users_pkey", "CONSTRAINT", 4, "215"}};
    std::string out = header(minor) + integer(static_cast<int>(all.size()));
    for (auto const& one : all) {
        out += entry(one, minor);
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(every_known_version_is_written_back_byte_by_byte) {
    for (int const minor : {14, 15, 16}) {
        auto const read = archive::read_toc(toc(minor));
        BOOST_TEST_REQUIRE(read.has_value());
        BOOST_TEST(read->minor == minor);
        BOOST_TEST_REQUIRE(read->entries.size() == 5);
        BOOST_TEST(*read->entries[1].tag == "users");
        BOOST_TEST(read->entries[1].relation_kind == (minor == 16 ? 'r' : 0));
        BOOST_TEST(!read->entries[1].copy.has_value());
        BOOST_TEST((archive::write(*read) == toc(minor)));
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_known_or_not_whole_is_not_read) {
    std::string const whole = toc(14);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        BOOST_TEST(!archive::read_toc(whole.substr(0, length)).has_value());
    }
    BOOST_TEST(!archive::read_toc(whole + "x").has_value());
    for (auto const& [at, byte] : std::vector<std::pair<std::size_t, char>>{
             {0, 'X'}, {5, '\2'}, {6, '\15'}, {6, '\21'}, {8, '\10'}, {10, '\1'}}) {
        std::string other = whole;
        other[at] = byte;
        BOOST_TEST(!archive::read_toc(other).has_value(), at);
    }
    std::string endless = header(14) + integer(2'000'000'000);
    BOOST_TEST(!archive::read_toc(endless).has_value());
}

BOOST_AUTO_TEST_CASE(data_of_a_table_stands_before_what_is_made_after_it) {
    auto read = archive::read_toc(toc(16));
    auto const files = archive::add_table_data(*read, {{16390, "public.users", "(id, \"Name\")"}});
    BOOST_TEST(files == std::vector<std::string>{"3302.dat"});
    BOOST_TEST_REQUIRE(read->entries.size() == 6);
    auto const& added = read->entries[4];
    BOOST_TEST(*added.description == "TABLE DATA");
    BOOST_TEST(*added.copy == "COPY public.users (id, \"Name\") FROM stdin;\n");
    BOOST_TEST(added.dependencies == std::vector<std::string>{"215"});
    BOOST_TEST(*added.oid == "16390");
    BOOST_TEST(*added.owner == "owner");
    BOOST_TEST(added.had_dumper == 1);
    BOOST_TEST(added.section == 3);
    BOOST_TEST(*read->entries[5].tag == "users_pkey");
    BOOST_TEST(archive::read_toc(archive::write(*read)).has_value());
}

BOOST_AUTO_TEST_CASE(data_without_a_table_or_twice_is_refused) {
    auto read = archive::read_toc(toc(14));
    auto const unknown = support::error_of([&] {
        archive::add_table_data(*read, {{1, "public.x", "(a)"}});
    });
    BOOST_TEST(unknown.message() == "the archive does not define the table with oid 1");
    auto const twice = support::error_of([&] {
        archive::add_table_data(*read, {{16391, "public.orders", "(a)"}});
    });
    BOOST_TEST(twice.message() == "the archive has already the rows of the table with oid 16391");
}

BOOST_AUTO_TEST_SUITE_END()
