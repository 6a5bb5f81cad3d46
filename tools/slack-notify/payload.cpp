// SPDX-License-Identifier: Apache-2.0
#include "payload.hpp"

#include "mrkdwn.hpp"
#include "text/join.hpp"
#include "text/link.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {

namespace {

using json::Value;

constexpr std::size_t longest_header = 150;
constexpr std::size_t longest_section = 2900; // of 3,000: a notice has to fit
constexpr std::size_t longest_sentence = 1200;
constexpr std::size_t longest_hint = 600;
constexpr std::size_t longest_item = 320;
constexpr std::size_t longest_fact = 150;
constexpr std::size_t longest_preview = 900;
constexpr std::size_t longest_url = 600; // of 3,000: of the whole message
constexpr std::size_t most_fields = 10;
constexpr std::size_t room_for_notices = 300;

std::string_view emoji(Event event) {
    switch (event) {
    case Event::start:
        return ":rocket:";
    case Event::progress:
        return ":hourglass_flowing_sand:";
    case Event::success:
        return ":white_check_mark:";
    case Event::warning:
        return ":warning:";
    case Event::failure:
        return ":x:";
    case Event::rollback:
        return ":rewind:";
    }
    return ":x:";
}

// `verbatim`: what looks like an address, a channel or a name in foreign text stays text.
Value markup(std::string const& text) {
    return {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}};
}

Value section(std::string const& text) {
    return {{"type", "section"}, {"text", markup(text)}};
}

std::string_view emoji(Mark mark) {
    switch (mark) {
    case Mark::good:
        return ":white_check_mark:";
    case Mark::warned:
        return ":warning:";
    case Mark::bad:
        return ":x:";
    case Mark::other:
        return ":white_circle:";
    }
    return ":x:";
}

std::string line_of(Item const& item) {
    std::string out = fmt::format("{} {}", emoji(item.mark), mrkdwn(item.text, longest_item));
    if (!item.hint.empty()) {
        out += "\n      " + mrkdwn(item.hint, longest_item);
    }
    return out;
}

class Writer {
public:
    Writer(Story const& story, std::vector<std::string> const& mentions, Part part)
        : story_(story), mentions_(mentions), part_(part) {}

    Payload write() {
        middle_ = Value::array();
        foot_ = Value::array();
        if (part_ == Part::details) {
            head_ = Value::array({section(fmt::format(
                "{}{} *{}*\n{}",
                called(),
                emoji(story_.event),
                mrkdwn(story_.word, 60),
                first_words()))});
        } else {
            head_ = Value::array({header(), section(called() + first_words())});
            add_foot();
        }
        if (part_ != Part::parent) {
            fill("*What needs attention*", story_.troubles);
        }
        if (part_ != Part::details) {
            fill("*Steps*", story_.steps);
        }
        return {json::Box{whole()}, omitted_};
    }

private:
    void add_foot() {
        if (auto fields = facts(); !fields.empty()) {
            foot_.push_back({{"type", "section"}, {"fields", std::move(fields)}});
        }
        if (auto all = buttons(); !all.empty()) {
            foot_.push_back({{"type", "actions"}, {"elements", std::move(all)}});
        }
    }

    [[nodiscard]] Value header() const {
        std::string const text = fmt::format(
            "{} {}: {}",
            emoji(story_.event),
            mrkdwn(story_.word, 60),
            mrkdwn(story_.title, longest_header));
        // The verdict stands in front: where a title is too long, it is the title that is cut.
        std::size_t const taken = text.size() - mrkdwn(story_.title, longest_header).size();
        return {
            {"type", "header"},
            {"text",
             {{"type", "plain_text"},
              {"text",
               text.substr(0, taken) +
                   mrkdwn(story_.title, longest_header - std::min(taken, longest_header))},
              {"emoji", true}}}};
    }

    [[nodiscard]] std::string called() const {
        bool const calls = part_ != Part::parent &&
                           (story_.event == Event::failure || story_.event == Event::rollback);
        return calls && !mentions_.empty() ? text::join(mentions_, " ") + " " : "";
    }

    [[nodiscard]] std::string first_words() const {
        std::string out = mrkdwn(story_.sentence, longest_sentence);
        if (!story_.hint.empty()) {
            out += fmt::format(
                "{}*Do:* {}", out.empty() ? "" : "\n", mrkdwn(story_.hint, longest_hint));
        }
        // Slack takes no empty text.
        return out.empty() ? mrkdwn(story_.word, 60) : out;
    }

    [[nodiscard]] Value facts() const {
        Value out = Value::array();
        for (auto const& fact : story_.facts) {
            if (out.size() < most_fields && !fact.value.empty()) {
                out.push_back(
                    markup(fmt::format("*{}*\n{}", fact.name, mrkdwn(fact.value, longest_fact))));
            }
        }
        return out;
    }

    [[nodiscard]] Value buttons() const {
        Value out = Value::array();
        for (auto const& one : story_.links) {
            std::string const url = text::safe_url(one.url);
            if (!url.empty() && url.size() <= longest_url) {
                out.push_back(
                    {{"type", "button"},
                     {"text", {{"type", "plain_text"}, {"text", mrkdwn(one.label, 75)}}},
                     {"url", url},
                     {"action_id", fmt::format("slipway-{}", out.size() + 1)}});
            }
        }
        return out;
    }

    // What a phone and a screen reader show: all that matters in one line.
    [[nodiscard]] std::string preview() const {
        std::string out = called() + mrkdwn(story_.word + ": " + story_.title, 300);
        for (auto const* more : {&story_.sentence, &story_.hint}) {
            if (!more->empty() && out.size() < longest_preview) {
                out +=
                    (out.ends_with('.') ? " " : ". ") + mrkdwn(*more, longest_preview - out.size());
            }
        }
        return out;
    }

    [[nodiscard]] Value whole() const {
        Value blocks = head_;
        for (auto const* part : {&middle_, &foot_}) {
            blocks.insert(blocks.end(), part->begin(), part->end());
        }
        return {
            {"text", preview()},
            {"blocks", std::move(blocks)},
            {"unfurl_links", false},
            {"unfurl_media", false}};
    }

    // Adds as many lines as a section and the whole message have room for.
    void fill(std::string const& heading, std::vector<Item> const& items) {
        if (items.empty()) {
            return;
        }
        std::size_t const taken = json::write(whole()).size();
        std::string text = heading;
        std::size_t shown = 0;
        for (auto const& item : items) {
            std::string const next = text + "\n" + line_of(item);
            std::size_t const all = taken + json::write(section(next)).size() + room_for_notices;
            if (next.size() > longest_section || all > most_bytes) {
                break;
            }
            text = next;
            ++shown;
        }
        if (shown < items.size()) {
            omitted_ += items.size() - shown;
            text += fmt::format("\n… and {} more, omitted for length", items.size() - shown);
        }
        middle_.push_back(section(text));
    }

    Story const& story_;
    std::vector<std::string> const& mentions_;
    Part part_;
    Value head_;
    Value middle_;
    Value foot_;
    std::size_t omitted_ = 0;
};

} // namespace

Payload payload_of(Story const& story, std::vector<std::string> const& mentions, Part part) {
    return Writer{story, mentions, part}.write();
}

} // namespace slipway::slack_notify
