// SPDX-License-Identifier: Apache-2.0
#include "config/bounds.hpp"
#include "config/document.hpp"
#include "config/yaml_events.hpp"
#include "config/yaml_scalar.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace slipway::config {

namespace {

using json::Value;

struct Item;
using Link = Item const*; // the builder owns them

// A list's have no names, and their own places.
struct Member {
    std::string name;
    Place place;
    Link link;
};

// A node as it is written: aliases are links to one and the same item.
// NOLINTNEXTLINE(bugprone-exception-escape): an empty JSON value is made without allocation.
struct Item {
    enum class Kind : std::uint8_t { scalar, list, map };
    Kind kind = Kind::scalar;
    Place place;
    Value scalar;
    std::vector<Member> members;
    std::vector<Link> merged;
    bool complete = false;
};

constexpr std::string_view core = "tag:yaml.org,2002:";

// Builds items from the parser's events. Its own tree (yaml_document_t) would hide the difference
// between quoted and plain, and equal keys.
class Builder {
public:
    explicit Builder(std::string_view name) : name_(name) {}

    [[nodiscard]] Link root() const { return root_; }

    void take(YamlEvent const& event) {
        switch (event.kind) {
        case YamlEvent::Kind::document:
            start_document(event.place);
            break;
        case YamlEvent::Kind::alias:
            take_alias(event.place, event.anchor);
            break;
        case YamlEvent::Kind::scalar:
            take_scalar(event);
            break;
        case YamlEvent::Kind::list:
            open(event, "seq", Item::Kind::list);
            break;
        case YamlEvent::Kind::map:
            open(event, "map", Item::Kind::map);
            break;
        case YamlEvent::Kind::close:
            close();
            break;
        case YamlEvent::Kind::end:
        case YamlEvent::Kind::other:
            break;
        }
    }

private:
    struct Frame {
        Item* item = nullptr;
        std::set<std::string> keys;
        std::string key;
        Place key_place;
        bool has_key = false;
        bool merging = false;
    };

    [[nodiscard]] bool expects_key() const {
        return !frames_.empty() && frames_.back().item->kind == Item::Kind::map &&
               !frames_.back().has_key && !frames_.back().merging;
    }

    void start_document(Place place) const {
        if (root_ != nullptr) {
            throw fault(name_, place, "a second document begins here", "Keep one document a file.");
        }
    }

    void take_alias(Place place, std::string_view anchor) {
        auto const found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw fault(name_, place, "there is no anchor &" + text::printable_line(anchor));
        }
        if (!found->second->complete) {
            throw fault(name_, place, "the alias stands inside of what it names");
        }
        if (expects_key()) {
            throw fault(name_, place, "a key must be written out, not an alias");
        }
        attach(found->second);
    }

    // Neither plain nor with a tag is what stands in quotes.
    [[nodiscard]] Value resolved(YamlEvent const& event, std::string const& text) const {
        auto const& tag = event.tag;
        auto const place = event.place;
        bool const plain = event.plain;
        if (tag == std::string{core} + "str" || (tag.empty() && !plain)) {
            return text;
        }
        bool const known = plain || tag == std::string{core} + "int" ||
                           tag == std::string{core} + "float" ||
                           tag == std::string{core} + "bool" || tag == std::string{core} + "null";
        auto value = known ? resolve_plain(text) : std::nullopt;
        if (!known) {
            throw fault(name_, place, "the tag " + text::printable_line(tag) + " is not known");
        }
        if (!value || (!plain && value->is_string())) {
            throw fault(
                name_,
                place,
                text::printable_line(text) + " is no value that JSON has",
                "Quote it where a string is meant.");
        }
        return std::move(*value);
    }

    void take_scalar(YamlEvent const& event) {
        std::string text{event.text};
        if (expects_key()) {
            take_key(event.place, std::move(text), event.plain);
            return;
        }
        auto& item = items_.emplace_back();
        item.place = event.place;
        item.scalar = resolved(event, text);
        item.complete = true;
        remember(event.anchor, item);
        attach(&item);
    }

    void take_key(Place place, std::string text, bool plain) {
        Frame& frame = frames_.back();
        if (plain && text == "<<") {
            frame.merging = true;
            return;
        }
        auto const value = plain ? resolve_plain(text) : std::nullopt;
        if (text.empty() || (value && value->is_null())) {
            throw fault(name_, place, "a key is empty or null", "Quote it where it is meant so.");
        }
        if (!frame.keys.insert(text).second) {
            throw fault(
                name_, place, "the key \"" + text::printable_line(text) + "\" occurs twice");
        }
        frame.key = std::move(text);
        frame.key_place = place;
        frame.has_key = true;
    }

    void open(YamlEvent const& event, std::string_view expected, Item::Kind kind) {
        auto const& tag = event.tag;
        auto const place = event.place;
        bool const known = tag.empty() || tag == "!" || tag == std::string{core}.append(expected);
        if (!known) {
            throw fault(name_, place, "the tag " + text::printable_line(tag) + " is not known");
        }
        if (expects_key()) {
            throw fault(name_, place, "a key must be a string");
        }
        if (frames_.size() >= static_cast<std::size_t>(deepest)) {
            throw fault(name_, place, "nested deeper than 200 levels");
        }
        auto& item = items_.emplace_back();
        item.kind = kind;
        item.place = place;
        remember(event.anchor, item);
        frames_.emplace_back().item = &item;
    }

    void close() {
        auto* const item = frames_.back().item;
        item->complete = true;
        frames_.pop_back();
        attach(item);
    }

    void remember(std::string_view anchor, Item const& item) {
        if (!anchor.empty()) {
            anchors_[std::string{anchor}] = &item;
        }
    }

    void attach(Link link) {
        if (frames_.empty()) {
            root_ = link;
            return;
        }
        Frame& frame = frames_.back();
        if (frame.merging) {
            frame.merging = false;
            merge(*frame.item, link);
            return;
        }
        // A value below its key, or written elsewhere (an alias), is found at its key.
        bool const beside = !frame.has_key || frame.key_place.line == link->place.line;
        frame.item->members.push_back(
            {std::move(frame.key), beside ? link->place : frame.key_place, link});
        frame.key.clear();
        frame.has_key = false;
    }

    void merge(Item& into, Link from) const {
        if (from->kind == Item::Kind::map) {
            into.merged.push_back(from);
            return;
        }
        bool const maps =
            from->kind == Item::Kind::list &&
            std::all_of(from->members.begin(), from->members.end(), [](auto const& member) {
                return member.link->kind == Item::Kind::map;
            });
        if (!maps) {
            throw fault(name_, from->place, "only a map or a list of maps can be merged by <<");
        }
        for (auto const& member : from->members) {
            into.merged.push_back(member.link);
        }
    }

    std::string_view name_;
    Link root_ = nullptr;
    std::deque<Item> items_;
    std::vector<Frame> frames_;
    std::map<std::string, Link, std::less<>> anchors_;
};

// Items to one JSON value: aliases and merges are expanded, and all values counted.
class Expander {
public:
    explicit Expander(std::string_view name) : name_(name) {}

    // The pointer is one string that grows and shrinks.
    Value expand(Item const& item, Place place, std::string& pointer, int depth) {
        if (++count_ > most_values) {
            throw fault(
                name_,
                item.place,
                "the document has more than 100,000 values, its aliases expanded");
        }
        if (depth > deepest) {
            throw fault(name_, item.place, "nested deeper than 200 levels, its aliases expanded");
        }
        places_.emplace(pointer, place);
        if (item.kind == Item::Kind::scalar) {
            return item.scalar;
        }
        if (item.kind == Item::Kind::map) {
            Value object = Value::object();
            // It would copy all that it holds each time that it grows.
            object.get_ref<Value::object_t&>().reserve(item.members.size());
            std::set<std::string_view> keys;
            add_members(item, pointer, depth, object, keys);
            return object;
        }
        Value list = Value::array();
        for (std::size_t i = 0; i < item.members.size(); ++i) {
            list.push_back(expand_below(item.members[i], std::to_string(i), pointer, depth));
        }
        return list;
    }

    Places places() { return std::move(places_); }

private:
    Value
    expand_below(Member const& member, std::string_view key, std::string& pointer, int depth) {
        auto const length = pointer.size();
        append_key(pointer, key);
        auto value = expand(*member.link, member.place, pointer, depth + 1);
        pointer.resize(length);
        return value;
    }

    // A map's own keys win over merged ones, earlier merged ones over later.
    void add_members(
        Item const& item,
        std::string& pointer,
        int depth,
        Value& object,
        std::set<std::string_view>& keys) {
        if (++count_ > most_values || depth > deepest) {
            throw fault(
                name_,
                item.place,
                "the document has more than 100,000 values, its merges expanded");
        }
        for (auto const& member : item.members) {
            if (keys.insert(member.name).second) {
                // The set has seen to it that the key is new; looking for it again is quadratic.
                object.get_ref<Value::object_t&>().Value::object_t::Container::emplace_back(
                    member.name, expand_below(member, member.name, pointer, depth));
            }
        }
        for (auto const& merged : item.merged) {
            add_members(*merged, pointer, depth + 1, object, keys);
        }
    }

    std::string_view name_;
    std::size_t count_ = 0;
    Places places_;
};

} // namespace

Document parse_yaml(std::string_view text, std::string_view name) {
    if (!text::valid_utf8(text)) {
        throw fault(name, {}, "the file is not UTF-8");
    }
    Builder builder{name};
    YamlEvents events{text, name};
    for (auto const* event = &events.next(); event->kind != YamlEvent::Kind::end;
         event = &events.next()) {
        builder.take(*event);
    }
    Link const root = builder.root();
    if (root == nullptr) {
        return Document{std::string{name}, json::Box{Value{}}, {}};
    }
    Expander expander{name};
    std::string pointer;
    json::Box value{expander.expand(*root, root->place, pointer, 0)};
    return Document{std::string{name}, std::move(value), expander.places()};
}

} // namespace slipway::config
