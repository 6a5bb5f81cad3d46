// SPDX-License-Identifier: Apache-2.0
#include "migration/source.hpp"

#include "sql/place.hpp"

#include <algorithm>

namespace slipway::migration {

namespace {

std::size_t offset_in_origin(Source const& source, std::size_t offset) {
    std::size_t at = 0;   // what is known to be the same place …
    std::size_t from = 0; // … here and there
    for (auto const& splice : source.splices) {
        if (offset < splice.at) {
            break;
        }
        if (offset < splice.at + splice.length) {
            return splice.from;
        }
        at = splice.at + splice.length;
        from = splice.from + splice.taken;
    }
    return from + (offset - at);
}

// The byte of the character that `position` counts, from 1, in the statement.
std::size_t byte_of(std::string_view text, std::size_t statement, std::int64_t position) {
    std::size_t at = statement;
    for (std::int64_t each = 1; at < text.size(); ++at) {
        bool const begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (begins && each++ == position) {
            break;
        }
    }
    return at;
}

} // namespace

Where Source::place(std::size_t offset) const {
    return origin == nullptr ? sql::place_in(text, offset, file)
                             : origin->place(offset_in_origin(*this, offset));
}

Where Source::place_of_error(std::size_t statement, std::int64_t position) const {
    return origin == nullptr ? sql::place_of_error(text, statement, position, file)
                             : place(byte_of(text, statement, position));
}

Source
with_values(Source const& origin, Part const& part, std::vector<Replacement> const& replacements) {
    Source out{origin.file, {}, &origin, {{0, 0, part.begin, 0}}};
    std::string_view const text = origin.text;
    fs::ContentWriter made;
    std::size_t size = 0;
    auto const add = [&](std::string_view bytes) {
        fs::each_piece(bytes, [&made](std::string_view piece) { made.add(piece); });
        size += bytes.size();
    };
    std::size_t at = part.begin;
    for (auto const& one : replacements) {
        add(text.substr(at, one.from - at));
        out.splices.push_back({size, one.value.size(), one.from, one.taken});
        add(one.value);
        at = one.from + one.taken;
    }
    add(text.substr(at, std::min(part.end, text.size()) - at));
    out.text = made.finish();
    return out;
}

} // namespace slipway::migration
