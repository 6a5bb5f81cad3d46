// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/model.hpp"
#include "record/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::slack_notify {

/// What a message is about.
enum class Event : std::uint8_t { start, progress, success, warning, failure, rollback };

std::string_view name(Event event);

/// The event of that word; nothing for `auto`.
std::optional<Event> event_from(std::string_view word);

struct Fact {
    std::string name;
    std::string value;
};

struct Link {
    std::string label;
    std::string url;
};

enum class Mark : std::uint8_t { good, warned, bad, other };

/// Something that a person should see, and what to do about it.
struct Item {
    Mark mark = Mark::other;
    std::string text;
    std::string hint;
};

/// What a message tells, before it is written in anybody's markup.
struct Story {
    Event event = Event::start;
    std::string word; // `Failed, rolled back`
    std::string title;
    std::string sentence;
    std::string hint;
    std::vector<Item> troubles;
    std::vector<Item> steps;
    std::vector<Fact> facts;
    std::vector<Link> links;
};

/// What the caller decides.
struct Wish {
    std::optional<Event> event; // nothing: as the records say
    std::string title;
    std::string report_url;
};

/// The story of a deployment's records.
Story story_of(deployment::Report const& report, Wish const& wish);

/// The story of a run of which no record is to be told.
Story story_of(record::Run const& run, Wish const& wish);

/// The event that the records tell of: success, warning, failure or rollback. That more is to come
/// is for the caller to say.
Event event_of(deployment::Report const& report);

} // namespace slipway::slack_notify
