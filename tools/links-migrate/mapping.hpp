// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <string>
#include <vector>

namespace slipway::links_migrate {

/// A word of the legacy data for the kind of a link: the target's type, and the label of a link
/// that has none of its own.
struct Word {
    std::string word; // lower case
    std::string type;
    std::string label;
};

/// A column of the target that gets the value of a column of the source.
struct Copied {
    std::string target;
    std::string source;
};

/// How a JSON value in one row becomes rows of a child table.
struct Mapping {
    std::string name;

    std::string source_table;
    std::string source_key;
    std::string source_json;

    std::string target_table;
    std::string id;     // gets a random uuid
    std::string parent; // gets the source's key
    std::string label;
    std::string url;
    std::string type;
    std::string position;
    std::vector<Copied> copied;
    std::vector<std::string> stamped; // get the time of writing

    std::vector<std::string> url_members; // of a link object, the first that is filled counts
    std::vector<std::string> type_members;
    std::vector<std::string> label_members;
    std::vector<std::string> position_members;
    std::vector<std::string> shown_members;  // false: the link is not shown, and rejected
    std::vector<std::string> hidden_members; // true: likewise

    std::vector<Word> words;
    std::vector<std::string> types; // in the order that the members of an object get
    std::string default_type;
    int label_limit = 40;
};

/// The mapping that is built in: profiles."socialLinks" to profile_links.
Mapping built_in_mapping();

json::Value to_json(Mapping const& mapping);

/// SHA-256 of the mapping and of the version of the rules that it is used by: a run is continued
/// with the same one only.
std::string checksum(Mapping const& mapping);

} // namespace slipway::links_migrate
