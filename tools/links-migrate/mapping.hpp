// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::links_migrate {

/// A word of the legacy data for the kind of a link: the target's type, and the label of a link
/// that has none of its own.
struct Word {
    std::string word; // lower case
    std::string type;
    std::string label; // may be empty
};

/// A column of the target that gets the value of a column of the source, or of an expression.
struct Copied {
    std::string target;
    std::string source;
    bool is_sql = false; // `source` is SQL of the mapping's author, over the source's row `s`
};

/// A column of the target that gets a value of the item, as the column's type reads it.
struct ItemValue {
    std::string column;
    std::vector<std::string> members; // of an item that is an object, the first that is filled
    bool element = false;             // an item that is no object is this value
    bool name = false;                // where the item says none: the name it has in its object
    bool required = true;
    std::optional<std::string> standard; // JSON text, where the item says none
};

/// What becomes of labels that are too long.
enum class Longer : std::uint8_t { truncate, reject };

/// What becomes of an item that is equal to an earlier one of the same row.
enum class Repeated : std::uint8_t { first, keep };

/// What a JSON object in place of the list of items is.
enum class ObjectIs : std::uint8_t { items, item };

/// How a JSON value in one row becomes rows of a child table. An empty name of a column says that
/// the target has none of that kind.
struct Mapping {
    std::string name;

    std::string source_table;
    std::string source_key;
    std::string source_json;
    std::vector<std::string> within; // members that lead to the items
    std::string where;               // SQL of the mapping's author, over the source's row `s`
    ObjectIs object = ObjectIs::items;

    std::string target_table;
    std::string id;     // gets a new uuid, or what the column's sequence or default gives
    std::string parent; // gets the source's key
    std::vector<Copied> copied;
    std::vector<std::string> stamped; // get the time of writing
    std::vector<ItemValue> values;

    std::string url;
    std::vector<std::string> url_members; // of a link object, the first that is filled counts
    std::vector<std::string> schemes{"http", "https"};
    bool add_https = false; // to names of hosts that stand without a scheme

    std::string type;
    std::vector<std::string> type_members;
    std::vector<Word> words;
    std::vector<std::string> types; // in the order that the members of an object get
    std::string default_type;

    std::string label;
    std::vector<std::string> label_members;
    int label_limit = 40;
    Longer longer = Longer::truncate;

    std::string position;
    std::vector<std::string> position_members;
    int first_position = 0;

    std::vector<std::string> shown_members;  // false: the item is not shown, and rejected
    std::vector<std::string> hidden_members; // true: likewise

    std::vector<std::string> same_by; // columns that tell whether two items are the same
    Repeated repeated = Repeated::first;

    /// All columns of the target that are written, `id` first.
    [[nodiscard]] std::vector<std::string> written_columns() const;

    /// The columns of `same_by`, or those that stand for it where it is empty.
    [[nodiscard]] std::vector<std::string> identity() const;
};

/// The mapping that is built in: profiles."socialLinks" to profile_links.
Mapping built_in_mapping();

/// As `mapping_file.hpp` reads it.
json::Value to_json(Mapping const& mapping);

/// SHA-256 of the mapping and of the version of the rules that it is used by: a run is continued
/// with the same one only.
std::string checksum(Mapping const& mapping);

} // namespace slipway::links_migrate
