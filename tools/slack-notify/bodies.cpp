// SPDX-License-Identifier: Apache-2.0
#include "bodies.hpp"

#include "text/join.hpp"
#include "text/link.hpp"
#include "text/visible.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {

namespace {

using json::Value;

constexpr std::size_t most_teams_bytes = 24'000; // of 28,000
constexpr std::size_t most_embed_bytes = 5'500;  // of 6,000 characters
constexpr std::size_t longest_line = 400;

// What turns words into links, mentions or markup in the Markdown of Teams and Discord.
std::string inert(std::string_view text, std::size_t limit) {
    std::string out;
    for (char const c : text::visible(text::shorten(text::trim(text), limit))) {
        if (c == '\n' || c == '\t') {
            out += ' ';
            continue;
        }
        if (std::string_view{"\\`*_~|[]()<>#@"}.find(c) != std::string_view::npos) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

std::string_view sign(Mark mark) {
    switch (mark) {
    case Mark::good:
        return "✅";
    case Mark::warned:
        return "⚠️";
    case Mark::bad:
        return "❌";
    case Mark::other:
        return "⚪";
    }
    return "❌";
}

std::string_view card_colour(Event event) {
    switch (event) {
    case Event::start:
    case Event::progress:
        return "accent";
    case Event::success:
        return "good";
    case Event::warning:
        return "warning";
    case Event::failure:
    case Event::rollback:
        return "attention";
    }
    return "attention";
}

int embed_colour(Event event) {
    switch (event) {
    case Event::start:
    case Event::progress:
        return 0x2563b8;
    case Event::success:
        return 0x2b8a4b;
    case Event::warning:
        return 0xc98a0b;
    case Event::failure:
    case Event::rollback:
        return 0xcf2f3f;
    }
    return 0xcf2f3f;
}

// Lines that fit into so many bytes, and a last one on those that do not.
struct Lines {
    std::vector<std::string> lines;
    std::size_t omitted = 0;
};

Lines lines_of(std::vector<Item> const& items, std::size_t room) {
    Lines out;
    for (auto const& item : items) {
        std::string line = fmt::format("{} {}", sign(item.mark), inert(item.text, longest_line));
        line += item.hint.empty() ? "" : " → " + inert(item.hint, longest_line);
        if (line.size() + 60 > room) {
            break;
        }
        room -= line.size() + 2;
        out.lines.push_back(std::move(line));
    }
    out.omitted = items.size() - out.lines.size();
    if (out.omitted > 0) {
        out.lines.push_back(fmt::format("… and {} more, omitted for length", out.omitted));
    }
    return out;
}

Value text_block(std::string text, Value more = Value::object()) {
    Value out{{"type", "TextBlock"}, {"text", std::move(text)}, {"wrap", true}};
    out.update(more);
    return out;
}

std::size_t add_list(Value& body, char const* heading, std::vector<Item> const& items) {
    if (items.empty()) {
        return 0;
    }
    auto const all = lines_of(items, most_teams_bytes / 3);
    body.push_back(text_block(heading, {{"weight", "bolder"}}));
    for (auto const& line : all.lines) {
        body.push_back(text_block(line, {{"spacing", "small"}}));
    }
    return all.omitted;
}

Value items_json(std::vector<Item> const& items) {
    Value out = Value::array();
    for (auto const& item : items) {
        std::string_view const mark = item.mark == Mark::good     ? "good"
                                      : item.mark == Mark::warned ? "warned"
                                      : item.mark == Mark::bad    ? "bad"
                                                                  : "other";
        out.push_back({{"mark", mark}, {"text", item.text}, {"hint", item.hint}});
    }
    return out;
}

} // namespace

Payload teams_body(Story const& story) {
    Value body = Value::array({text_block(
        fmt::format("{}: {}", inert(story.word, 60), inert(story.title, 200)),
        {{"size", "large"}, {"weight", "bolder"}, {"color", card_colour(story.event)}})});
    for (auto const* text : {&story.sentence, &story.hint}) {
        if (!text->empty()) {
            body.push_back(text_block(inert(*text, 1500)));
        }
    }
    Value facts = Value::array();
    for (auto const& fact : story.facts) {
        facts.push_back({{"title", fact.name}, {"value", inert(fact.value, 200)}});
    }
    if (!facts.empty()) {
        body.push_back({{"type", "FactSet"}, {"facts", std::move(facts)}});
    }
    std::size_t omitted = add_list(body, "What needs attention", story.troubles);
    omitted += add_list(body, "Steps", story.steps);
    Value actions = Value::array();
    for (auto const& link : story.links) {
        if (auto url = text::safe_url(link.url); !url.empty()) {
            actions.push_back(
                {{"type", "Action.OpenUrl"}, {"title", link.label}, {"url", std::move(url)}});
        }
    }
    Value card{
        {"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
        {"type", "AdaptiveCard"},
        {"version", "1.4"},
        {"fallbackText", fmt::format("{}: {}", story.word, story.title)},
        {"body", std::move(body)},
        {"actions", std::move(actions)}};
    Value attachment{
        {"contentType", "application/vnd.microsoft.card.adaptive"}, {"content", std::move(card)}};
    return {
        json::Box{
            Value{{"type", "message"}, {"attachments", Value::array({std::move(attachment)})}}},
        omitted};
}

Payload discord_body(Story const& story) {
    std::string description = inert(story.sentence, 800);
    description += story.hint.empty() ? "" : "\n**Do:** " + inert(story.hint, 500);
    for (auto const& link : story.links) {
        if (auto const url = text::safe_url(link.url); !url.empty() && url.size() <= 600) {
            description += fmt::format("\n[{}](<{}>)", inert(link.label, 60), url);
        }
    }
    Value fields = Value::array();
    for (auto const& fact : story.facts) {
        if (!fact.value.empty() && fields.size() < 10) {
            fields.push_back(
                {{"name", fact.name}, {"value", inert(fact.value, 100)}, {"inline", true}});
        }
    }
    std::size_t omitted = 0;
    for (auto const& [heading, items] :
         {std::pair{"What needs attention", &story.troubles}, std::pair{"Steps", &story.steps}}) {
        if (!items->empty()) {
            auto const all = lines_of(*items, 1000);
            omitted += all.omitted;
            fields.push_back(
                {{"name", heading}, {"value", text::join(all.lines, "\n")}, {"inline", false}});
        }
    }
    std::string const title = fmt::format("{}: {}", inert(story.word, 60), inert(story.title, 90));
    return {
        json::Box{Value{
            {"allowed_mentions", {{"parse", Value::array()}}},
            {"embeds",
             Value::array(
                 {{{"title", title},
                   {"description", text::shorten(description, most_embed_bytes / 2)},
                   {"color", embed_colour(story.event)},
                   {"fields", std::move(fields)}}})}}},
        omitted};
}

Payload notification(Story const& story) {
    Value facts = Value::array();
    for (auto const& fact : story.facts) {
        facts.push_back({{"name", fact.name}, {"value", fact.value}});
    }
    Value links = Value::array();
    for (auto const& link : story.links) {
        if (auto url = text::safe_url(link.url); !url.empty()) {
            links.push_back({{"label", link.label}, {"url", std::move(url)}});
        }
    }
    return {
        json::Box{Value{
            {"schema", "slipway/notification/1"},
            {"event", name(story.event)},
            {"word", story.word},
            {"title", story.title},
            {"sentence", story.sentence},
            {"hint", story.hint},
            {"troubles", items_json(story.troubles)},
            {"steps", items_json(story.steps)},
            {"facts", std::move(facts)},
            {"links", std::move(links)}}},
        0};
}

Letter letter_of(Story const& story) {
    Letter out;
    out.subject = text::visible(fmt::format("{}: {}", story.word, text::shorten(story.title, 150)));
    std::replace(out.subject.begin(), out.subject.end(), '\n', ' ');
    out.text = story.sentence + "\n";
    out.text += story.hint.empty() ? "" : "Do: " + story.hint + "\n";
    for (auto const& [heading, items] :
         {std::pair{"What needs attention", &story.troubles}, std::pair{"Steps", &story.steps}}) {
        out.text += items->empty() ? "" : fmt::format("\n{}\n", heading);
        for (auto const& item : *items) {
            out.text += fmt::format("{} {}\n", sign(item.mark), item.text);
            out.text += item.hint.empty() ? "" : "   " + item.hint + "\n";
        }
    }
    out.text += "\n";
    for (auto const& fact : story.facts) {
        out.text += fact.value.empty() ? "" : fmt::format("{}: {}\n", fact.name, fact.value);
    }
    for (auto const& link : story.links) {
        if (auto const url = text::safe_url(link.url); !url.empty()) {
            out.text += fmt::format("{}: {}\n", link.label, url);
        }
    }
    out.text = text::visible(out.text);
    return out;
}

} // namespace slipway::slack_notify
