// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::db_restore {

/// What a database that a restore made or replaced is: one being filled, or one that was live.
enum class Stage : std::uint8_t { restoring, previous };

std::string_view name(Stage stage);

/// What the comment of such a database says, so that the next run knows it without any file.
struct Marker {
    Stage stage = Stage::restoring;
    std::string live;             // the name that it is about
    std::string run;              // of the record
    time::Instant at{};           // when it was made, or replaced
    std::string backup;           // restored into it, or into what replaced it; empty for an undo
    std::int64_t replaced_by = 0; // oid of the database that took its name
    std::optional<std::string> comment; // that it had before it was replaced
};

/// The marker as the text of a comment (one line of JSON).
std::string to_comment(Marker const& marker);

/// Reads a comment; nothing where it is no marker.
std::optional<Marker> from_comment(std::string_view comment);

/// `20260131t100000z_3f2a`: the end of a new name; the last part is random.
std::string make_tag(time::Instant at);

/// `shop__new_<tag>` or `shop__prev_<tag>`, at most 63 bytes (the server would cut the rest off).
std::string name_for(Stage stage, std::string_view live, std::string_view tag);

/// The tag at the end of a name that name_for() made.
std::string_view tag_of(std::string_view name);

/// Whether name_for() may have made this name.
bool is_name_for(Stage stage, std::string_view live, std::string_view database);

} // namespace slipway::db_restore
