// SPDX-License-Identifier: Apache-2.0
#include "json/value.hpp"

#include "error/error.hpp"
#include "json/build.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>
#include <random>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(json_value)

using namespace slipway;

namespace {

Error fault_of(std::string_view text) {
    try {
        static_cast<void>(json::parse(text, "a.json"));
    } catch (Error const& error) {
        return error;
    }
    return Error{ErrorKind::internal, "no fault"};
}

std::string nested(std::size_t depth, char open, char close) {
    return std::string(depth, open) + std::string(depth, close);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_fault_is_told_with_its_line_and_column) {
    struct Row {
        std::string_view text;
        std::string_view place;
    };
    for (auto const& row :
         {Row{"", "a.json:1:1"},
          Row{"{", "a.json:1:2"},
          Row{"x", "a.json:1:1"},
          Row{"{\"a\": 1,}", "a.json:1:9"},
          Row{"{\n  \"a\": nope\n}", "a.json:2:9"},
          Row{"[1,\n\n 2 3]", "a.json:3:4"},
          Row{"{} {}", "a.json:1:4"},
          Row{"[1e999]", "a.json:1:2"},
          Row{"\"\xFF\"", "a.json:1:2"},
          Row{"'a'", "a.json:1:1"},
          Row{"{\"a\": 1,\n \"a\": 2}", "a.json:2:2"}}) {
        BOOST_TEST_CONTEXT(row.text) {
            Error const error = fault_of(row.text);
            BOOST_TEST((error.kind() == ErrorKind::usage));
            BOOST_TEST(error.where().text() == row.place);
            BOOST_TEST(error.message().starts_with(row.place));
            BOOST_TEST(error.message().find('\n') == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_same_key_twice_in_one_object_is_refused_and_named) {
    for (std::string_view const text :
         {R"({"a": 1, "a": 1})", R"([{"b": {"a": 1, "c": [], "a": {}}}])"}) {
        BOOST_TEST(fault_of(text).message().find("\"a\" occurs twice") != std::string::npos);
    }
    BOOST_CHECK_NO_THROW(json::parse(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})", "x"));
}

BOOST_AUTO_TEST_CASE(two_hundred_levels_are_read_and_one_more_is_refused) {
    BOOST_CHECK_NO_THROW(json::parse(nested(200, '[', ']'), "x"));
    Error const error = fault_of(nested(201, '[', ']'));
    BOOST_TEST((error.kind() == ErrorKind::usage));
    BOOST_TEST(error.message().find("deeper than 200") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_levels_do_not_end_the_process) {
    BOOST_TEST((fault_of(nested(100'000, '[', ']')).kind() == ErrorKind::usage));
    BOOST_TEST((fault_of(std::string(100'000, '[')).kind() == ErrorKind::usage));
    std::string objects;
    for (int i = 0; i < 100'000; ++i) {
        objects += "{\"a\":";
    }
    BOOST_TEST((fault_of(objects).kind() == ErrorKind::usage));
}

// What nlohmann's own parser makes of it; nothing where it refuses.
std::optional<json::Value> by_the_library(std::string const& text) {
    auto value = json::Value::parse(text, nullptr, false);
    return value.is_discarded() ? std::nullopt : std::optional{std::move(value)};
}

BOOST_AUTO_TEST_CASE(the_fast_way_takes_nothing_else_and_makes_the_same_of_it) {
    std::array<std::string, 14> const seeds{
        R"({"z": [1, -1, 0, -0, 18446744073709551615, 18446744073709551616, -9223372036854775809]})",
        R"([0.1, 1e3, 1E-7, -2.5e+300, 1e400, 1e-400, 123456789012345678901234567890.5, 4.9e-324])",
        R"({"a": {"a": {"b": []}}, "b": {}, "": "", "c": [[], {}, null, true, false]})",
        R"({"\u00fc": "\ud83d\ude00 \udc00", "x\ud800": "\u0000 \b\f\n\r\t\/\"\\"})",
        R"({"a": 1, "b": 2, "a": 3})",
        R"({"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"0":0,"1":2})",
        "{\"\xC3\xBC\": \"\xED\x9F\xBF\xF0\x9F\x98\x80\"}",
        "\"\xED\xA0\x80\"",
        "\xEF\xBB\xBF[1]",
        "[1] x",
        "[1,]",
        " \t\r\n\"x\" ",
        "01",
        "nul"};
    std::minstd_rand random{20'261'126};
    std::size_t taken = 0;
    auto const judge = [&](std::string const& text) {
        auto const ours = json::build(text, 200);
        auto const theirs = by_the_library(text);
        taken += ours ? 1 : 0;
        if (ours && !theirs) {
            BOOST_ERROR("taken: " + text);
        } else if (ours && ours->dump() != theirs->dump()) {
            BOOST_ERROR(text + " is not " + ours->dump());
        }
        return ours.has_value() == theirs.has_value();
    };
    for (auto const& seed : seeds) {
        judge(seed);
        for (int i = 0; i < 3'000; ++i) {
            auto text = seed;
            for (auto left = random() % 3 + 1; left > 0; --left) {
                text[random() % text.size()] = seed[random() % seed.size()];
            }
            judge(text);
        }
    }
    BOOST_TEST(taken > 2'000U);
    BOOST_TEST(judge(seeds[2]));
    BOOST_TEST(!json::build(seeds[4], 200).has_value());
    BOOST_TEST(!json::build(seeds[5], 200).has_value());
    // Numbers at random, as they are written and with too many digits.
    std::uniform_int_distribution<std::uint64_t> bits;
    for (int i = 0; i < 20'000; ++i) {
        double number = 0;
        auto const pattern = bits(random);
        std::memcpy(&number, &pattern, sizeof number);
        if (std::isfinite(number)) {
            std::array<char, 64> text{};
            std::snprintf(text.data(), text.size(), i % 2 == 0 ? "%.17g" : "%.25e", number);
            BOOST_REQUIRE(judge(text.data()));
        }
    }
    BOOST_TEST(!json::build(std::string{"[1]\0", 4}, 200).has_value());
    BOOST_TEST(json::build(nested(200, '[', ']'), 200).has_value());
    BOOST_TEST(!json::build(nested(201, '[', ']'), 200).has_value());
}

BOOST_AUTO_TEST_CASE(objects_keep_the_order_in_which_they_were_written) {
    std::string_view const text = R"({"z":1,"a":{"y":true,"b":null}})";
    BOOST_TEST(json::write(json::parse(text, "x")) == text);
}

BOOST_AUTO_TEST_CASE(numbers_of_64_bits_are_exact) {
    std::string_view const text = "[9223372036854775807,-9223372036854775808,0.1]";
    BOOST_TEST(json::write(json::parse(text, "x")) == text);
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_written_as_the_replacement_character) {
    json::Value const value{{"a\xFF", "b\xC3"}};
    BOOST_TEST(json::write(value) == "{\"a\xEF\xBF\xBD\":\"b\xEF\xBF\xBD\"}");
}

BOOST_AUTO_TEST_CASE(indented_text_ends_with_a_newline) {
    BOOST_TEST(json::write(json::Value{{"a", 1}}, true) == "{\n  \"a\": 1\n}\n");
}

BOOST_AUTO_TEST_CASE(members_that_are_absent_are_null_and_texts_have_a_default) {
    auto const value = json::parse(R"({"a": "text", "n": 1, "o": {"x": 1}})", "x");
    BOOST_TEST(json::at(value, "zz").is_null());
    BOOST_TEST(json::at(json::at(value, "zz"), "y").is_null());
    BOOST_TEST(json::at(json::at(value, "o"), "x").get<int>() == 1);
    BOOST_TEST(json::text_at(value, "a") == "text");
    BOOST_TEST(json::text_at(value, "n", "else") == "else");
    BOOST_TEST(json::text_at(value, "zz", "else") == "else");
    BOOST_TEST(json::text_at(json::Value(3), "a", "else") == "else");
}

BOOST_AUTO_TEST_CASE(a_box_copies_what_it_holds) {
    json::Box first{json::Value{{"a", 1}}};
    json::Box const copy{first};
    (*first)["a"] = 2;
    BOOST_TEST(copy->at("a").get<int>() == 1);
    json::Box assigned;
    BOOST_TEST(assigned->is_object());
    assigned = first;
    (*first)["a"] = 3;
    BOOST_TEST(assigned->at("a").get<int>() == 2);
    json::Box const moved{std::move(first)};
    BOOST_TEST(moved->at("a").get<int>() == 3);
    auto const& self = assigned;
    assigned = self;
    BOOST_TEST(assigned->at("a").get<int>() == 2);
}

BOOST_AUTO_TEST_CASE(an_early_text_is_found_whatever_follows_it) {
    BOOST_TEST(
        json::early_text(R"({"a": {"at": "inner"}, "b": ["at", 1], "at": "x", )", "at") == "x");
    BOOST_TEST(json::early_text(R"({"at": "x"} no JSON)", "at") == "x");
    BOOST_TEST(json::early_text(R"({"at": 3, "b": "x"})", "at") == "");
    BOOST_TEST(json::early_text(R"({"at": {"b": "x"}})", "at") == "");
    BOOST_TEST(json::early_text(R"({"a": nonsense, "at": "x"})", "at") == "");
    for (char const* const other : {"", "[{\"at\": \"x\"}]", "\"at\"", "7", "{", "{}"}) {
        BOOST_TEST(json::early_text(other, "at") == "", other);
    }
}

BOOST_AUTO_TEST_SUITE_END()
