// SPDX-License-Identifier: Apache-2.0
#include "links_reference.hpp"

#include "../../tools/links-migrate/judge.hpp"
#include "../../tools/links-migrate/mapping.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

using json::Value;

// As the mapping cuts blanks off: these four alone.
std::string cut(std::string text) {
    constexpr char const* blanks = " \t\r\n";
    auto const first = text.find_first_not_of(blanks);
    if (first == std::string::npos) {
        return "";
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

struct Item {
    std::string url;
    std::string type;
    std::string label;
    std::string form;
    std::optional<int> wanted;
    int rank = 0;
    std::size_t n = 0;
};

std::optional<std::string> text_of(Value const& object, std::vector<std::string> const& names) {
    for (auto const& name : names) {
        auto const found = object.find(name);
        if (found != object.end() && found->is_string()) {
            auto const text = cut(found->get<std::string>());
            if (!text.empty()) {
                return text;
            }
        }
    }
    return std::nullopt;
}

std::optional<int> wanted_of(Value const& object) {
    for (char const* const name : {"position", "order"}) {
        auto const found = object.find(name);
        if (found == object.end() || !(found->is_number() || found->is_string())) {
            continue;
        }
        auto const text = found->is_string() ? found->get<std::string>() : found->dump();
        if (!text.empty() && text.size() <= 6 &&
            std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
            return std::stoi(text);
        }
    }
    return std::nullopt;
}

bool is_nothing(Value const& value) {
    return value.is_null() || (value.is_structured() && value.empty()) ||
           (value.is_string() && cut(value.get<std::string>()).empty());
}

bool is_hidden(Value const& object) {
    for (char const* const name :
         {"isActive", "is_active", "isVisible", "is_visible", "visible", "active"}) {
        if (object.contains(name) && object[name] == false) {
            return true;
        }
    }
    for (char const* const name : {"hidden", "isHidden", "is_hidden"}) {
        if (object.contains(name) && object[name] == true) {
            return true;
        }
    }
    return false;
}

std::size_t end_of_host(std::string const& url) {
    return std::min(url.find_first_of("/?#", url.find("//") + 2), url.size());
}

std::string title_of(std::string const& text) {
    std::string out;
    bool control = false;
    for (char const c : text) {
        bool const now = (c > 0 && c < 0x20) || c == 0x7f;
        if (!now) {
            out += c;
        } else if (!control) {
            out += ' ';
        }
        control = now;
    }
    auto const trim = [](std::string s) {
        s.erase(0, std::min(s.find_first_not_of(' '), s.size()));
        s.erase(s.find_last_not_of(' ') + 1);
        return s;
    };
    out = trim(out);
    std::size_t points = 0;
    std::size_t end = 0;
    while (end < out.size()) {
        if ((static_cast<unsigned char>(out[end]) & 0xC0U) != 0x80U && ++points > 40) {
            break;
        }
        ++end;
    }
    return trim(out.substr(0, end));
}

class Reference {
public:
    explicit Reference(Value const& value) {
        if (value.is_object()) {
            object(value);
        } else if (value.is_array()) {
            std::size_t n = 0;
            for (auto const& element : value) {
                part(element, std::nullopt, ++n);
            }
        } else if (value.is_string()) {
            if (!cut(value.get<std::string>()).empty()) {
                text(value.get<std::string>());
            }
        } else if (!value.is_null()) {
            ++out_.reasons["scalar"];
        }
    }

    Transformed place() {
        std::sort(items_.begin(), items_.end(), [](Item const& a, Item const& b) {
            auto const key = [](Item const& i) {
                return std::make_tuple(i.wanted ? 0 : 1, i.wanted.value_or(0), i.rank, i.n);
            };
            return key(a) < key(b);
        });
        std::set<std::pair<std::string, std::string>> seen;
        int next = 0;
        for (auto const& item : items_) {
            if (!seen.insert({item.type, item.form}).second) {
                ++out_.duplicates;
                continue;
            }
            int const position = std::max(next, item.wanted.value_or(0));
            out_.links.push_back(
                std::to_string(position) + " " + item.type + " " + item.label + " " + item.url);
            next = position + 1;
        }
        return out_;
    }

private:
    // jsonb keeps members by the length of their names, then by bytes.
    void object(Value const& value) {
        std::vector<std::string> names;
        for (auto const& [name, member] : value.items()) {
            names.push_back(name);
        }
        std::sort(names.begin(), names.end(), [](std::string const& a, std::string const& b) {
            return std::make_pair(a.size(), a) < std::make_pair(b.size(), b);
        });
        std::size_t n = 0;
        for (auto const& name : names) {
            bool const number = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
                return c >= '0' && c <= '9';
            });
            auto const word = number ? "" : cut(name);
            part(value[name], word.empty() ? std::nullopt : std::optional{word}, ++n);
        }
    }

    void text(std::string const& value) {
        auto const decoded = links_migrate::decode(value);
        if (!decoded.fault.empty()) {
            ++out_.reasons[decoded.fault];
        } else if (!decoded.json.empty()) {
            auto const inner = json::parse(decoded.json, "text");
            Reference nested{inner};
            items_ = std::move(nested.items_);
            out_ = std::move(nested.out_);
        }
    }

    void reject(std::string const& reason) { ++out_.reasons[reason]; }

    void part(Value const& value, std::optional<std::string> const& name, std::size_t n) {
        if (is_nothing(value)) {
            ++out_.blank;
        } else if (value.is_array()) {
            reject("too_deep");
        } else if (value.is_object()) {
            link(value, name, n);
        } else if (value.is_string()) {
            address(cut(value.get<std::string>()), nullptr, name, n);
        } else {
            reject("not_text");
        }
    }

    void link(Value const& object, std::optional<std::string> const& name, std::size_t n) {
        if (is_hidden(object)) {
            return reject("inactive");
        }
        for (char const* const member : {"url", "href", "link"}) {
            auto const found = object.find(member);
            if (found == object.end() || found->is_null() ||
                (found->is_string() && cut(found->get<std::string>()).empty())) {
                continue;
            }
            if (found->is_string()) {
                return address(cut(found->get<std::string>()), &object, name, n);
            }
            return reject(found->is_structured() ? "too_deep" : "not_text");
        }
        bool const nested = std::any_of(
            object.begin(), object.end(), [](Value const& v) { return v.is_structured(); });
        reject(nested ? "too_deep" : "no_url");
    }

    void address(
        std::string const& url,
        Value const* object,
        std::optional<std::string> const& name,
        std::size_t n) {
        auto const verdict = links_migrate::judge(url, mapping_).reason;
        if (verdict != "ok") {
            return reject(verdict);
        }
        Item item;
        item.url = url;
        item.n = n;
        auto const own = object == nullptr ? std::nullopt : text_of(*object, mapping_.type_members);
        auto const named = own ? own : name;
        auto const word = text::lower(named.value_or(""));
        item.type = mapping_.default_type;
        std::optional<std::string> label;
        for (auto const& each : mapping_.words) {
            if (each.word == word) {
                item.type = each.type;
                label = each.label;
            }
        }
        auto const own_label =
            object == nullptr ? std::nullopt : text_of(*object, mapping_.label_members);
        auto const begin = url.find("//") + 2;
        auto const host = text::lower(url.substr(begin, end_of_host(url) - begin));
        item.label = title_of(own_label ? *own_label : label ? *label : named.value_or(host));
        if (item.label.empty()) {
            item.label = item.type;
        }
        item.form = text::lower(url.substr(0, end_of_host(url))) + url.substr(end_of_host(url));
        item.wanted = object == nullptr ? std::nullopt : wanted_of(*object);
        auto const& types = mapping_.types;
        item.rank = name ? static_cast<int>(
                               std::find(types.begin(), types.end(), item.type) - types.begin()) +
                               1
                         : 0;
        items_.push_back(std::move(item));
    }

    links_migrate::Mapping mapping_ = links_migrate::built_in_mapping();
    std::vector<Item> items_;
    Transformed out_;
};

} // namespace

Transformed transformed(Value const& value) {
    return Reference{value}.place();
}

} // namespace slipway::support
