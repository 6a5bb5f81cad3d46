// SPDX-License-Identifier: Apache-2.0
#include "config/bounds.hpp"
#include "config/document.hpp"
#include "config/yaml_scalar.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace slipway::config {

namespace {

using json::Value;

struct Item;
using Link = std::shared_ptr<Item const>;

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

Place place_of(YAML::Mark const& mark) {
    return {mark.line + 1, mark.column + 1};
}

constexpr std::string_view core = "tag:yaml.org,2002:";

// Builds items from the parser's events. Its own tree (YAML::Node) would hide the marks of keys,
// the difference between quoted and plain, and equal keys.
class Builder final : public YAML::EventHandler {
public:
    explicit Builder(std::string_view name) : name_(name) {}

    [[nodiscard]] Link root() const { return root_; }

    void OnDocumentStart(YAML::Mark const& mark) override {
        if (root_) {
            throw fault(
                name_,
                place_of(mark),
                "a second document begins here",
                "Keep one document a file.");
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        take_scalar(mark, anchor, Value{}, "", false);
    }

    void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        auto const found = anchors_.find(anchor);
        if (found == anchors_.end() || !found->second->complete) {
            throw fault(name_, place_of(mark), "the alias stands inside of what it names");
        }
        if (expects_key()) {
            throw fault(name_, place_of(mark), "a key must be written out, not an alias");
        }
        attach(found->second);
    }

    void OnScalar(
        YAML::Mark const& mark,
        std::string const& tag,
        YAML::anchor_t anchor,
        std::string const& text) override {
        take_scalar(mark, anchor, resolved(mark, tag, text), text, tag == "?" || tag.empty());
    }

    void OnSequenceStart(
        YAML::Mark const& mark,
        std::string const& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/) override {
        open(mark, tag, "seq", anchor, Item::Kind::list);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        YAML::Mark const& mark,
        std::string const& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/) override {
        open(mark, tag, "map", anchor, Item::Kind::map);
    }
    void OnMapEnd() override { close(); }

private:
    struct Frame {
        std::shared_ptr<Item> item;
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

    Value resolved(YAML::Mark const& mark, std::string const& tag, std::string const& text) const {
        if (tag == "!" || tag == std::string{core} + "str") {
            return text;
        }
        bool const plain = tag == "?" || tag.empty();
        bool const known = plain || tag == std::string{core} + "int" ||
                           tag == std::string{core} + "float" ||
                           tag == std::string{core} + "bool" || tag == std::string{core} + "null";
        auto value = known ? resolve_plain(text) : std::nullopt;
        if (!known) {
            throw fault(
                name_, place_of(mark), "the tag " + text::printable_line(tag) + " is not known");
        }
        if (!value || (!plain && value->is_string())) {
            throw fault(
                name_,
                place_of(mark),
                text::printable_line(text) + " is no value that JSON has",
                "Quote it where a string is meant.");
        }
        return *value;
    }

    void take_scalar(
        YAML::Mark const& mark,
        YAML::anchor_t anchor,
        Value value,
        std::string const& text,
        bool plain) {
        if (expects_key()) {
            take_key(mark, text, plain);
            return;
        }
        auto item = std::make_shared<Item>();
        item->place = place_of(mark);
        item->scalar = std::move(value);
        item->complete = true;
        remember(anchor, item);
        attach(item);
    }

    void take_key(YAML::Mark const& mark, std::string const& text, bool plain) {
        Frame& frame = frames_.back();
        if (plain && text == "<<") {
            frame.merging = true;
            return;
        }
        if (text.empty()) {
            throw fault(
                name_, place_of(mark), "a key is empty or null", "Quote it where it is meant so.");
        }
        if (!frame.keys.insert(text).second) {
            throw fault(
                name_,
                place_of(mark),
                "the key \"" + text::printable_line(text) + "\" occurs twice");
        }
        frame.key = text;
        frame.key_place = place_of(mark);
        frame.has_key = true;
    }

    void open(
        YAML::Mark const& mark,
        std::string const& tag,
        std::string_view expected,
        YAML::anchor_t anchor,
        Item::Kind kind) {
        bool const known =
            tag.empty() || tag == "?" || tag == "!" || tag == std::string{core}.append(expected);
        if (!known) {
            throw fault(
                name_, place_of(mark), "the tag " + text::printable_line(tag) + " is not known");
        }
        if (expects_key()) {
            throw fault(name_, place_of(mark), "a key must be a string");
        }
        if (frames_.size() >= static_cast<std::size_t>(deepest)) {
            throw fault(name_, place_of(mark), "nested deeper than 200 levels");
        }
        Frame frame;
        frame.item = std::make_shared<Item>();
        frame.item->kind = kind;
        frame.item->place = place_of(mark);
        remember(anchor, frame.item);
        frames_.push_back(std::move(frame));
    }

    void close() {
        auto const item = frames_.back().item;
        item->complete = true;
        frames_.pop_back();
        attach(item);
    }

    void remember(YAML::anchor_t anchor, std::shared_ptr<Item> const& item) {
        if (anchor != YAML::NullAnchor) {
            anchors_[anchor] = item;
        }
    }

    void attach(Link const& link) {
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

    void merge(Item& into, Link const& from) const {
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
    Link root_;
    std::vector<Frame> frames_;
    std::map<YAML::anchor_t, std::shared_ptr<Item>> anchors_;
};

// Items to one JSON value: aliases and merges are expanded, and all values counted.
class Expander {
public:
    explicit Expander(std::string_view name) : name_(name) {}

    Value expand(Item const& item, Place place, std::string const& pointer, int depth) {
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
            std::set<std::string> keys;
            add_members(item, pointer, depth, object, keys);
            return object;
        }
        Value list = Value::array();
        for (std::size_t i = 0; i < item.members.size(); ++i) {
            list.push_back(expand(
                *item.members[i].link,
                item.members[i].place,
                below(pointer, std::to_string(i)),
                depth + 1));
        }
        return list;
    }

    Places places() { return std::move(places_); }

private:
    // A map's own keys win over merged ones, earlier merged ones over later.
    void add_members(
        Item const& item,
        std::string const& pointer,
        int depth,
        Value& object,
        std::set<std::string>& keys) {
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
                    member.name,
                    expand(*member.link, member.place, below(pointer, member.name), depth + 1));
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
    try {
        std::istringstream stream{std::string{text}};
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (YAML::Exception const& error) {
        throw fault(name, place_of(error.mark), "not YAML: " + text::printable_line(error.msg));
    }
    Link const root = builder.root();
    if (!root) {
        return Document{std::string{name}, json::Box{Value{}}, {}};
    }
    Expander expander{name};
    json::Box value{expander.expand(*root, root->place, {}, 0)};
    return Document{std::string{name}, std::move(value), expander.places()};
}

} // namespace slipway::config
