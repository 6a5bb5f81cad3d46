// SPDX-License-Identifier: Apache-2.0
#include "links_maker.hpp"

#include "json/value.hpp"

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

using json::Value;

std::vector<std::string> const schemes{
    "https://",
    "http://",
    "HTTPS://",
    "https:",
    "https:///",
    "//",
    "",
    "javascript:",
    "ftp://",
    " https://",
    "http://user:pw@",
    "https:\\\\"};
std::vector<std::string> const hosts{
    "a.example",
    "A.Example",
    "www.imdb.com",
    "b\u00fccher.example",
    "127.0.0.1",
    "1.2.3.999",
    "[::1]",
    "a..example",
    "a_b.example",
    "localhost",
    "",
    "x.example:8080",
    "x.example:0",
    "ex\u00adample.com",
    "a.example%40b",
    "-a.example",
    "a.b-.c1"};
std::vector<std::string> const paths{
    "",
    "/",
    "/Me",
    "/me",
    "/a b",
    "/\u00e4",
    "?x=1&y=%zz",
    "#top",
    "/x?y#z",
    "/a\tb",
    "/'\"",
    "/(x)!*,;=:@",
    "/<b>",
    "/a//b/../c",
    "/" + std::string(2050, 'x'),
    "\n"};

} // namespace

Value LinksMaker::value() {
    switch (pick(300)) {
    case 0:
        return deep();
    case 1:
        return huge();
    default:
        break;
    }
    switch (pick(8)) {
    case 0:
        return scalar();
    case 1:
        return json::write(pick(4) == 0 ? scalar() : container(0));
    default:
        return container(0);
    }
}

std::string LinksMaker::url() {
    // Most addresses are plain ones, so that duplicates and positions are met too.
    return one(schemes, 3) + one(hosts, 3) + one(paths, 4);
}

Value LinksMaker::deep() {
    Value out = url();
    for (std::size_t i = pick(120) + 1; i > 0; --i) {
        out = pick(2) == 0 ? Value::array({out}) : Value{{name(), out}};
    }
    return pick(3) == 0 ? Value(json::write(out)) : out;
}

Value LinksMaker::huge() {
    Value out = Value::array();
    for (std::size_t i = pick(700); i > 0; --i) {
        out.push_back(pick(2) == 0 ? Value(url() + std::to_string(i)) : link());
    }
    out.push_back(std::string(100'000, 'h'));
    return out;
}

std::string const& LinksMaker::one(std::vector<std::string> const& all, std::size_t usual) {
    return all[pick(2) == 0 ? pick(usual) : pick(all.size())];
}

Value LinksMaker::scalar() {
    switch (pick(6)) {
    case 0:
        return nullptr;
    case 1:
        return pick(2) == 0;
    case 2:
        return static_cast<int>(pick(12)) - 2;
    case 3:
        return 1.5;
    case 4:
        return pick(2) == 0 ? "" : "  ";
    default:
        return url();
    }
}

std::string LinksMaker::name() {
    static std::vector<std::string> const names{
        "website",
        "imdb",
        "showreel",
        "linkedin",
        "Website",
        " IMDB ",
        "blog",
        "0",
        "1",
        "10",
        "",
        "tiktok",
        "a/b~c",
        "\u00e4hm",
        "'; drop table profiles; --",
        "$1 <<key>> {} %s \\",
        "\"quoted\"",
        "\u202eevil",
        "tab\tline\n",
        "\u0001\u001f\u007f",
        "\U0001F3AC\U0001F3AC",
        "__proto__",
        std::string(300, 'n')};
    return names[pick(names.size())];
}

Value LinksMaker::link() {
    Value out = Value::object();
    for (char const* const member :
         {"url",
          "href",
          "link",
          "type",
          "platform",
          "kind",
          "name",
          "label",
          "title",
          "position",
          "order",
          "isActive",
          "hidden"}) {
        if (pick(4) == 0) {
            out[member] = scalar();
        }
    }
    if (pick(3) != 0) {
        out["url"] = url();
    }
    if (pick(3) == 0) {
        out["type"] = name();
    }
    if (pick(3) == 0) {
        out["label"] = pick(2) == 0 ? std::string(pick(60), 'l') : "\u00e4\u4f8b two\n\t words ";
    }
    if (pick(3) == 0) {
        out["position"] = static_cast<int>(pick(8));
    }
    return out;
}

Value LinksMaker::member(int depth) {
    switch (pick(depth > 1 ? 2 : 4)) {
    case 0:
        return scalar();
    case 1:
        return url();
    case 2:
        return link();
    default:
        return pick(4) == 0 ? container(depth + 1) : Value(url());
    }
}

Value LinksMaker::container(int depth) {
    auto const size = pick(6);
    Value out = pick(2) == 0 ? Value::object() : Value::array();
    for (std::size_t i = 0; i < size; ++i) {
        if (out.is_object()) {
            out[name()] = member(depth);
        } else {
            out.push_back(member(depth));
        }
    }
    return out;
}

} // namespace slipway::support
