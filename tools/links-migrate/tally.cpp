// SPDX-License-Identifier: Apache-2.0
#include "tally.hpp"

#include "text/join.hpp"

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

constexpr std::size_t longest_shown = 300;

// The last sign that ends a user's password, written plainly or percent-encoded.
std::size_t end_of_credentials(std::string_view word) {
    auto const plain = word.rfind('@');
    auto const encoded = word.rfind("%40");
    if (plain == std::string_view::npos) {
        return encoded;
    }
    return encoded == std::string_view::npos ? plain : std::max(plain, encoded);
}

std::string without_values(std::string_view parameters) {
    std::string out;
    bool hiding = false;
    for (char const c : parameters) {
        if (c == '&' || c == ';' || c == '?' || c == '#') {
            hiding = false;
        }
        if (!hiding) {
            out += c;
        }
        if (c == '=' && !hiding) {
            out += "***";
            hiding = true;
        }
    }
    return out;
}

std::string clean_word(std::string_view word) {
    std::string out;
    auto const colon = word.find(':');
    auto const end = end_of_credentials(word);
    if (colon != std::string_view::npos && end != std::string_view::npos && colon < end) {
        auto begin = colon + 1;
        while (begin < end && (word[begin] == '/' || word[begin] == '\\')) {
            ++begin;
        }
        out = std::string{word.substr(0, begin)} + "***";
        word = word.substr(end);
    }
    auto const query = word.find_first_of("?#");
    out += word.substr(0, query);
    return query == std::string_view::npos ? out : out + without_values(word.substr(query));
}

} // namespace

void Tally::add(Tally const& other) {
    rows += other.rows;
    items += other.items;
    inserted += other.inserted;
    present += other.present;
    duplicates += other.duplicates;
    rejected += other.rejected;
    blank += other.blank;
    labels_cut += other.labels_cut;
    conflicts += other.conflicts;
    for (auto const& [reason, count] : other.reasons) {
        reasons[reason] += count;
    }
}

json::Value to_json(Tally const& tally) {
    json::Value reasons = json::Value::object();
    for (auto const& [reason, count] : tally.reasons) {
        reasons[reason] = count;
    }
    return {
        {"rows", tally.rows},
        {"items", tally.items},
        {"inserted", tally.inserted},
        {"already_present", tally.present},
        {"duplicates", tally.duplicates},
        {"rejected", tally.rejected},
        {"blank", tally.blank},
        {"labels_cut", tally.labels_cut},
        {"conflicts", tally.conflicts},
        {"reasons", reasons}};
}

Tally tally_from(json::Value const& value) {
    auto const count = [&](char const* name) {
        auto const& member = json::at(value, name);
        return member.is_number_integer() ? member.get<std::int64_t>() : 0;
    };
    Tally out;
    out.rows = count("rows");
    out.items = count("items");
    out.inserted = count("inserted");
    out.present = count("already_present");
    out.duplicates = count("duplicates");
    out.rejected = count("rejected");
    out.blank = count("blank");
    out.labels_cut = count("labels_cut");
    out.conflicts = count("conflicts");
    auto const& reasons = json::at(value, "reasons");
    if (reasons.is_object()) {
        for (auto const& [reason, number] : reasons.items()) {
            out.reasons[reason] = number.get<std::int64_t>();
        }
    }
    return out;
}

json::Value to_json(Reject const& reject) {
    return {
        {"key", reject.key},
        {"path", reject.path},
        {"reason", reject.reason},
        {"value", reject.value}};
}

std::string without_secrets(std::string_view text) {
    std::string out;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        auto const end = std::min(text.find_first_of("\" \t\r\n<>'`", begin), text.size());
        out += clean_word(text.substr(begin, end - begin));
        if (end < text.size()) {
            out += text[end];
        }
        begin = end + 1;
    }
    return text::shorten(out, longest_shown);
}

} // namespace slipway::links_migrate
