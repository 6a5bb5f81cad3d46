// SPDX-License-Identifier: Apache-2.0
#include "links_of.hpp"

#include "error/error.hpp"
#include "json/value.hpp"
#include "judge.hpp"
#include "link_text.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

using json::Value;

std::string_view view(Value const& text) {
    return text.get_ref<std::string const&>();
}

bool is_blank_text(Value const& value) {
    return value.is_string() && cut(view(value)).empty();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct Item {
    FreshLink link;
    std::optional<std::int64_t> wanted;
    int rank = 0;
    std::size_t n = 0;
    bool is_cut = false;
};

// Where an item stands in its row's value.
struct ItemPlace {
    std::optional<std::string_view> member;
    std::string_view name; // of the member; empty where that is a number or blank
    std::size_t n = 0;
};

// The statement knows how jsonb would spell it.
struct Unsure {};

class Reader {
public:
    Reader(Mapping const& mapping, std::size_t longest_url, bool wants_rejects)
        : m_(mapping), identity_(mapping.identity()), longest_(longest_url),
          wants_rejects_(wants_rejects) {
        out_.tally.rows = 1;
    }

    FreshLinks read(std::string_view json) {
        auto const value = json::parse(json, "the value");
        if (value.is_string()) {
            text(value);
        } else {
            whole(value);
        }
        place();
        return std::move(out_);
    }

private:
    void text(Value const& value) {
        if (is_blank_text(value)) {
            return;
        }
        auto const decoded = decode(view(value));
        if (!decoded.fault.empty()) {
            reject({}, value, decoded.fault);
        } else if (!decoded.json.empty()) {
            decoded_ = true;
            whole(json::parse(decoded.json, "the text"));
        }
    }

    void whole(Value const& value) {
        if (value.is_object() && m_.object == ObjectIs::items) {
            members(value);
        } else if (value.is_object()) {
            item(value, {});
        } else if (value.is_array()) {
            ItemPlace at;
            for (auto const& element : value) {
                ++at.n;
                item(element, at);
            }
        } else if (!value.is_null()) {
            reject({}, value, "scalar");
        }
    }

    // jsonb keeps members by the length of their names, then by bytes; texts keep theirs.
    void members(Value const& object) {
        std::vector<std::pair<std::string_view, Value const*>> all;
        all.reserve(object.size());
        for (auto at = object.begin(); at != object.end(); ++at) {
            all.emplace_back(at.key(), &at.value());
        }
        std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) {
            return std::make_pair(a.first.size(), a.first) <
                   std::make_pair(b.first.size(), b.first);
        });
        ItemPlace at;
        for (auto const& [name, member] : all) {
            ++at.n;
            at.member = name;
            bool const number = !name.empty() && std::all_of(name.begin(), name.end(), is_digit);
            at.name = number ? std::string_view{} : cut(name);
            item(*member, at);
        }
    }

    void reject(ItemPlace const& at, Value const& value, std::string reason) {
        ++out_.tally.items;
        ++out_.tally.rejected;
        ++out_.tally.reasons[reason];
        if (!wants_rejects_) {
            return;
        }
        if (value.is_structured() || value.is_number_float()) {
            throw Unsure{};
        }
        std::string path;
        for (auto const& member : m_.within) {
            path += pointer(member);
        }
        path += at.member ? pointer(*at.member) : at.n > 0 ? "/" + std::to_string(at.n - 1) : "";
        constexpr std::size_t most = 4096;
        auto const shown = value.is_string() ? std::string{first_characters(view(value), most)}
                                             : json::write(value);
        out_.rejects.push_back({"", std::move(path), std::move(reason), without_secrets(shown)});
    }

    void item(Value const& value, ItemPlace const& at) {
        if (value.is_null() || is_blank_text(value) || (value.is_structured() && value.empty())) {
            ++out_.tally.blank;
        } else if (value.is_array()) {
            reject(at, value, "too_deep");
        } else if (value.is_object()) {
            object(value, at);
        } else if (value.is_string()) {
            address(value, value, at);
        } else {
            reject(at, value, "not_text");
        }
    }

    void object(Value const& value, ItemPlace const& at) {
        if (any_is(value, m_.shown_members, false) || any_is(value, m_.hidden_members, true)) {
            return reject(at, value, "inactive");
        }
        for (auto const& member : m_.url_members) {
            auto const found = value.find(member);
            if (found == value.end() || found->is_null() || is_blank_text(*found)) {
                continue;
            }
            if (found->is_string()) {
                return address(*found, value, at);
            }
            return reject(at, value, found->is_structured() ? "too_deep" : "not_text");
        }
        bool const nested = std::any_of(
            value.begin(), value.end(), [](Value const& each) { return each.is_structured(); });
        reject(at, value, nested ? "too_deep" : "no_url");
    }

    static bool any_is(Value const& object, std::vector<std::string> const& members, bool wanted) {
        return std::any_of(members.begin(), members.end(), [&](std::string const& member) {
            auto const found = object.find(member);
            return found != object.end() && found->is_boolean() && found->get<bool>() == wanted;
        });
    }

    // `value` is the whole item: the address, or the object that has it.
    void address(Value const& address, Value const& value, ItemPlace const& at) {
        auto const given = cut(view(address));
        if (given.size() > longest_) {
            return reject(at, value, "url_too_long");
        }
        auto verdict = judge(given, m_);
        if (verdict.mended.size() > longest_) {
            return reject(at, value, "url_too_long");
        }
        if (verdict.reason != "ok") {
            return reject(at, value, std::move(verdict.reason));
        }
        link(verdict.mended.empty() ? std::string{given} : std::move(verdict.mended), value, at);
    }

    void link(std::string url, Value const& value, ItemPlace const& at) {
        auto const own_type = first_text(value, m_.type_members);
        auto const named = own_type.empty() ? at.name : own_type;
        auto const word = text::lower(named);
        Item out;
        auto& link = out.link;
        link.type = m_.type.empty() ? "" : of_word(&Word::type, word, m_.default_type);
        auto const end = end_of_host(url);
        auto own_title = first_text(value, m_.label_members);
        std::string const label = of_word(&Word::label, word, "");
        own_title = !own_title.empty() ? own_title
                    : !label.empty()   ? std::string_view{label}
                                       : named;
        auto const begin = url.find(':') + 3;
        auto const title = own_title.empty() ? text::lower(url.substr(begin, end - begin))
                                             : without_controls(own_title);
        auto const shown = trim(title, " ");
        auto const limit = static_cast<std::size_t>(m_.label_limit);
        auto const start = first_characters(shown, limit);
        out.is_cut = start.size() < shown.size();
        if (!m_.label.empty()) {
            if (shown.empty() && link.type.empty()) {
                return reject(at, value, "missing:" + m_.label);
            }
            if (out.is_cut && m_.longer == Longer::reject) {
                return reject(at, value, "label_too_long");
            }
        }
        link.label = trim(start, " ");
        link.label = link.label.empty() ? link.type : link.label;
        for (auto const& column : identity_) {
            auto const& part =
                column == m_.type ? link.type : text::lower(url.substr(0, end)) + url.substr(end);
            link.ident += (&column == identity_.data() ? "" : "\n") + part;
        }
        link.url = std::move(url);
        out.wanted = wanted(value);
        out.rank = at.name.empty() ? 0 : rank(link.type);
        out.n = at.n;
        ++out_.tally.items;
        items_.push_back(std::move(out));
    }

    std::string const&
    of_word(std::string Word::*what, std::string const& word, std::string const& other) const {
        for (auto const& each : m_.words) {
            if (each.word == word && !(each.*what).empty()) {
                return each.*what;
            }
        }
        return other;
    }

    // Empty where none of the members of an object is a text that is filled.
    static std::string_view
    first_text(Value const& object, std::vector<std::string> const& members) {
        if (!object.is_object()) {
            return {};
        }
        for (auto const& member : members) {
            auto const found = object.find(member);
            if (found != object.end() && found->is_string() && !is_blank_text(*found)) {
                return cut(view(*found));
            }
        }
        return {};
    }

    [[nodiscard]] std::optional<std::int64_t> wanted(Value const& object) const {
        constexpr std::size_t most_digits = 6;
        constexpr std::uint64_t most = 999'999;
        if (!object.is_object()) {
            return std::nullopt;
        }
        for (auto const& member : m_.position_members) {
            auto const found = object.find(member);
            if (found == object.end()) {
                continue;
            }
            if (found->is_number_float() && decoded_) {
                throw Unsure{}; // 1e1 is 10 to jsonb
            }
            if (found->is_number_integer()) {
                auto const negative =
                    !found->is_number_unsigned() && found->get<std::int64_t>() < 0;
                if (!negative && found->get<std::uint64_t>() <= most) {
                    return found->get<std::int64_t>();
                }
            } else if (found->is_string()) {
                auto const text = view(*found);
                if (!text.empty() && text.size() <= most_digits &&
                    std::all_of(text.begin(), text.end(), is_digit)) {
                    return std::stoll(std::string{text});
                }
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] int rank(std::string const& type) const {
        if (m_.types.empty()) {
            return 0;
        }
        auto const found = std::find(m_.types.begin(), m_.types.end(), type);
        return static_cast<int>(found - m_.types.begin()) + 1;
    }

    // Positions rise strictly: a wish is kept where it leaves room for those before it.
    void place() {
        std::sort(items_.begin(), items_.end(), [](Item const& a, Item const& b) {
            auto const key = [](Item const& i) {
                return std::make_tuple(!i.wanted, i.wanted.value_or(0), i.rank, i.n);
            };
            return key(a) < key(b);
        });
        std::set<std::string_view> seen;
        std::int64_t next = m_.first_position;
        out_.links.reserve(items_.size());
        for (auto& item : items_) {
            if (seen.contains(item.link.ident)) {
                ++out_.tally.duplicates;
                continue;
            }
            item.link.position = std::max(next, item.wanted.value_or(next));
            next = item.link.position + 1;
            out_.tally.labels_cut += item.is_cut ? 1 : 0;
            out_.links.push_back(std::move(item.link));
            seen.insert(out_.links.back().ident);
        }
        out_.tally.inserted = static_cast<std::int64_t>(out_.links.size());
    }

    Mapping const& m_;
    std::vector<std::string> identity_;
    std::size_t longest_;
    bool wants_rejects_;
    bool decoded_ = false; // out of a text, which keeps its own spelling
    std::vector<Item> items_;
    FreshLinks out_;
};

} // namespace

bool has_plain_links(Mapping const& mapping, Tables const& tables) {
    auto const identity = mapping.identity();
    return tables.kept == Kept::jsonb && !mapping.url.empty() && mapping.values.empty() &&
           mapping.repeated == Repeated::first &&
           std::all_of(identity.begin(), identity.end(), [&](std::string const& column) {
               return column == mapping.type || column == mapping.url;
           });
}

std::optional<FreshLinks> links_of(
    std::string_view json,
    Mapping const& mapping,
    std::size_t longest_url,
    bool wants_rejects) {
    try {
        return Reader{mapping, longest_url, wants_rejects}.read(json);
    } catch (Unsure const&) {
        return std::nullopt;
    } catch (Error const&) {
        // Nested deeper than the parser goes.
        return std::nullopt;
    }
}

} // namespace slipway::links_migrate
