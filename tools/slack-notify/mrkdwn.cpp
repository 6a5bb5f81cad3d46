// SPDX-License-Identifier: Apache-2.0
#include "mrkdwn.hpp"

#include "error/error.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

#include <fmt/format.h>

namespace slipway::slack_notify {

namespace {

constexpr std::string_view ellipsis = "…";

std::string_view escaped(std::string_view character) {
    if (character == "&") {
        return "&amp;";
    }
    if (character == "<") {
        return "&lt;";
    }
    if (character == ">") {
        return "&gt;";
    }
    if (character == "\n" || character == "\t") {
        return " ";
    }
    return character;
}

// The bytes of the character at the front of valid UTF-8.
std::size_t length_of(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
        ++length;
    }
    return length;
}

} // namespace

std::string mrkdwn(std::string_view text, std::size_t limit) {
    std::string const safe = text::visible(text::trim(text));
    std::string out;
    std::size_t fits = 0; // what is left of `out` where an ellipsis has to follow
    for (std::string_view rest = safe; !rest.empty();) {
        std::size_t const length = length_of(rest);
        auto const piece = escaped(rest.substr(0, length));
        if (out.size() + piece.size() > limit) {
            return limit < ellipsis.size() ? std::string{}
                                           : out.substr(0, fits) + std::string{ellipsis};
        }
        out += piece;
        if (out.size() + ellipsis.size() <= limit) {
            fits = out.size();
        }
        rest.remove_prefix(length);
    }
    return out;
}

std::string mention(std::string_view who) {
    std::string_view const name = who.starts_with('@') ? who.substr(1) : who;
    if (name == "here" || name == "channel" || name == "everyone") {
        return fmt::format("<!{}>", name);
    }
    bool const id =
        name.size() >= 6 && name.size() <= 30 &&
        name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos;
    if (id && (name.front() == 'U' || name.front() == 'W')) {
        return fmt::format("<@{}>", name);
    }
    if (id && name.front() == 'S') {
        return fmt::format("<!subteam^{}>", name);
    }
    throw Error{
        ErrorKind::usage,
        fmt::format("--mention: {} is nobody that Slack would call", text::printable_line(who)),
        "Give here, channel, everyone, or the id of a member (U…) or a user group (S…): Slack "
        "shows it in the profile, under “Copy member ID”."};
}

} // namespace slipway::slack_notify
