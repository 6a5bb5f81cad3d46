// SPDX-License-Identifier: Apache-2.0
#include "support/slack_webhook.hpp"

#include "error/error.hpp"
#include "text/utf8.hpp"

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

using json::Value;

constexpr std::size_t most_characters = 13'200;

class Judge {
public:
    // Whether Slack takes the blocks.
    bool blocks(Value const& all) {
        if (!all.is_array() || all.empty() || all.size() > 50) {
            return false;
        }
        for (auto const& block : all) {
            if (!one(block)) {
                return false;
            }
        }
        return true;
    }

    std::size_t characters = 0;

private:
    bool text(Value const& object, std::string_view type, std::size_t longest) {
        if (!object.is_object() || (!type.empty() && json::text_at(object, "type") != type)) {
            return false;
        }
        for (auto const& [key, value] : object.items()) {
            bool const known =
                key == "type" || key == "text" || key == "emoji" || key == "verbatim";
            if (!known || (key == "emoji" && object["type"] != "plain_text") ||
                (key == "verbatim" && object["type"] != "mrkdwn")) {
                return false;
            }
        }
        std::string const words = json::text_at(object, "text");
        std::size_t const count = slipway::text::code_points(words);
        characters += count;
        return count >= 1 && count <= longest;
    }

    bool one(Value const& block) {
        std::string const type = json::text_at(block, "type");
        if (type == "header") {
            characters += 100;
            return text(json::at(block, "text"), "plain_text", 150);
        }
        if (type == "divider") {
            return true;
        }
        if (type == "context") {
            auto const& elements = json::at(block, "elements");
            return elements.is_array() && !elements.empty() && elements.size() <= 10 &&
                   each(elements, 2000);
        }
        if (type == "actions") {
            return buttons(json::at(block, "elements"));
        }
        if (type != "section") {
            return false;
        }
        auto const& fields = json::at(block, "fields");
        bool const has_fields = fields.is_array() && !fields.empty() && fields.size() <= 10;
        if (!fields.is_null() && (!has_fields || !each(fields, 2000))) {
            return false;
        }
        return block.contains("text") ? text(block["text"], "", 3000) : has_fields;
    }

    bool buttons(Value const& all) {
        if (!all.is_array() || all.empty() || all.size() > 25) {
            return false;
        }
        for (auto const& one : all) {
            std::string const url = json::text_at(one, "url");
            if (json::text_at(one, "type") != "button" || url.empty() || url.size() > 3000 ||
                json::text_at(one, "action_id").size() > 255 ||
                !text(json::at(one, "text"), "plain_text", 75)) {
                return false;
            }
        }
        return true;
    }

    bool each(Value const& objects, std::size_t longest) {
        for (auto const& object : objects) {
            if (!text(object, "", longest)) {
                return false;
            }
        }
        return true;
    }
};

} // namespace

std::string slack_objection(std::string_view body) {
    Value message;
    try {
        message = json::parse(body, "message");
    } catch (Error const&) {
        return "invalid_payload";
    }
    if (!message.is_object() || !text::valid_utf8(body)) {
        return "invalid_payload";
    }
    if (json::text_at(message, "text").empty()) {
        return "no_text";
    }
    Judge judge;
    if (message.contains("blocks") && !judge.blocks(message["blocks"])) {
        return "invalid_blocks";
    }
    return judge.characters > most_characters ? "msg_blocks_too_long" : "";
}

SlackWebhook::SlackWebhook()
    : ScriptedServer([](HttpRequest const& request) -> HttpAnswer {
          if (request.target != path) {
              return {404, "no_service", ""};
          }
          if (request.method != "POST" ||
              request.header("Content-Type").find("application/json") != 0) {
              return {400, "invalid_payload", ""};
          }
          std::string const objection = slack_objection(request.body);
          return objection.empty() ? HttpAnswer{200, "ok", ""} : HttpAnswer{400, objection, ""};
      }) {}

std::vector<Value> SlackWebhook::messages() const {
    std::vector<Value> out;
    for (auto const& request : requests()) {
        if (slack_objection(request.body).empty()) {
            out.push_back(json::parse(request.body, "message"));
        }
    }
    return out;
}

} // namespace slipway::support
