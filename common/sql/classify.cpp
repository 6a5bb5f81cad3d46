// SPDX-License-Identifier: Apache-2.0
#include "sql/classify.hpp"

#include "sql/lexer.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace slipway::sql {

namespace {

using Control = Nature::Control;
using Words = std::initializer_list<std::string_view>;

// A statement's tokens outside of parentheses. Routine bodies and value lists may be megabytes:
// nothing that matters here comes late, but for the options of a subscription.
class Phrase {
public:
    explicit Phrase(std::string_view statement) {
        constexpr std::size_t enough = 4096;
        Lexer lexer{statement};
        int depth = 0;
        for (Token token = lexer.next(); token.kind != Token::Kind::end && tokens_.size() < enough;
             token = lexer.next()) {
            if (token.kind == Token::Kind::open) {
                ++depth;
            } else if (token.kind == Token::Kind::close) {
                depth = std::max(0, depth - 1);
            } else if (token.kind == Token::Kind::semicolon) {
                continue;
            } else if (depth == 0) {
                tokens_.push_back(token);
            } else {
                inner_.push_back(token);
                if (inner_.size() > enough) {
                    break;
                }
            }
        }
    }

    // Whether the words stand at `at`, one after the other.
    [[nodiscard]] bool has(std::size_t at, Words words) const {
        for (auto const word : words) {
            if (at >= tokens_.size() || !tokens_[at].is(word)) {
                return false;
            }
            ++at;
        }
        return true;
    }

    [[nodiscard]] bool has_any(std::size_t at, Words words) const {
        return std::any_of(words.begin(), words.end(), [&](auto word) { return has(at, {word}); });
    }

    // Where the words first stand one after the other; npos where nowhere.
    [[nodiscard]] std::size_t find(Words words) const {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (has(at, words)) {
                return at;
            }
        }
        return std::string_view::npos;
    }

    // Whether an option in parentheses is set to false: `name = false`.
    [[nodiscard]] bool switched_off(std::string_view option) const {
        for (std::size_t at = 0; at + 2 < inner_.size(); ++at) {
            if (inner_[at].is(option) && inner_[at + 1].text == "=") {
                auto const value = inner_[at + 2].text;
                constexpr std::array off{"false", "off", "0", "'false'", "'off'", "'0'"};
                return inner_[at + 2].is("false") || inner_[at + 2].is("off") ||
                       std::find(off.begin(), off.end(), value) != off.end();
            }
        }
        return false;
    }

    [[nodiscard]] bool option(std::string_view name) const {
        return std::any_of(
            inner_.begin(), inner_.end(), [&](Token const& token) { return token.is(name); });
    }

    [[nodiscard]] std::string_view inner_first() const {
        return inner_.empty() ? std::string_view{} : inner_.front().text;
    }

    [[nodiscard]] std::size_t size() const { return tokens_.size(); }
    [[nodiscard]] Token const& operator[](std::size_t at) const { return tokens_[at]; }

private:
    std::vector<Token> tokens_;
    std::vector<Token> inner_;
};

// Of thousands of statements most have the same few commands, so that one copy of each serves all.
std::string_view kept(std::string_view command) {
    static std::mutex mutex;
    static std::set<std::string, std::less<>> commands;
    std::lock_guard const guard{mutex};
    auto found = commands.find(command);
    if (found == commands.end()) {
        found = commands.emplace(command).first;
    }
    return *found;
}

std::string upper(std::string_view word) {
    constexpr std::size_t longest_word = 40;
    std::string out{word.substr(0, longest_word)};
    for (char& byte : out) {
        if (byte >= 'a' && byte <= 'z') {
            byte = static_cast<char>(byte - 'a' + 'A');
        }
    }
    return out;
}

Control control_of(Phrase const& phrase) {
    if (phrase.has_any(0, {"begin"}) || phrase.has(0, {"start", "transaction"})) {
        return Control::begin;
    }
    if (phrase.has_any(0, {"commit", "end"})) {
        return phrase.has_any(1, {"prepared"}) ? Control::finish_prepared : Control::commit;
    }
    if (phrase.has_any(0, {"rollback", "abort"})) {
        if (phrase.has_any(1, {"prepared"})) {
            return Control::finish_prepared;
        }
        // ROLLBACK [WORK | TRANSACTION] TO [SAVEPOINT] name.
        bool const to = phrase.has_any(1, {"to"}) ||
                        (phrase.has_any(1, {"work", "transaction"}) && phrase.has_any(2, {"to"}));
        return to ? Control::rollback_to : Control::rollback;
    }
    if (phrase.has_any(0, {"savepoint"})) {
        return Control::savepoint;
    }
    if (phrase.has_any(0, {"release"})) {
        return Control::release;
    }
    if (phrase.has(0, {"prepare", "transaction"})) {
        return Control::prepare;
    }
    return Control::none;
}

// Words between the verb and the kind of object that say how, not what.
constexpr std::array<std::string_view, 12> adverbs{
    "or",
    "replace",
    "temp",
    "temporary",
    "global",
    "local",
    "unlogged",
    "unique",
    "recursive",
    "trusted",
    "procedural",
    "constraint"};

bool is_adverb(Phrase const& phrase, std::size_t at) {
    return at < phrase.size() && std::any_of(adverbs.begin(), adverbs.end(), [&](auto word) {
               return phrase[at].is(word);
           });
}

// Kinds of object of more than one word.
std::size_t words_of_kind(Phrase const& phrase, std::size_t at) {
    if (phrase.has(at, {"foreign", "data", "wrapper"}) || phrase.has(at, {"text", "search"})) {
        return 3;
    }
    bool const two =
        phrase.has(at, {"materialized", "view"}) || phrase.has(at, {"foreign", "table"}) ||
        phrase.has(at, {"event", "trigger"}) || phrase.has(at, {"access", "method"}) ||
        phrase.has(at, {"operator", "class"}) || phrase.has(at, {"operator", "family"}) ||
        phrase.has(at, {"user", "mapping"}) || phrase.has(at, {"large", "object"}) ||
        phrase.has(at, {"default", "privileges"});
    return two ? 2 : 1;
}

std::string command_of(Phrase const& phrase) {
    if (phrase.size() == 0) {
        return {};
    }
    std::size_t at = 0;
    if (phrase.has_any(0, {"with"})) {
        // The command of WITH … is what comes after its queries.
        for (at = 1;
             at < phrase.size() &&
             !phrase.has_any(at, {"select", "insert", "update", "delete", "merge", "values"});
             ++at) {
        }
        return at < phrase.size() ? upper(phrase[at].text) : "WITH";
    }
    std::string command = upper(phrase[0].text);
    if (phrase.has_any(0, {"create", "alter", "drop", "refresh"})) {
        at = 1;
        while (is_adverb(phrase, at)) {
            ++at;
        }
        for (std::size_t left = words_of_kind(phrase, at); left > 0 && at < phrase.size(); --left) {
            command += " " + upper(phrase[at].text);
            ++at;
        }
    } else if (phrase.has_any(0, {"start", "prepare"}) && phrase.has_any(1, {"transaction"})) {
        command += " TRANSACTION";
    } else if (phrase.has_any(0, {"commit", "rollback"}) && phrase.has_any(1, {"prepared"})) {
        command += " PREPARED";
    }
    return command;
}

bool concurrent(Phrase const& phrase, std::string_view command) {
    if (command == "CREATE INDEX" || command == "DROP INDEX") {
        auto const index = phrase.find({"index"});
        return phrase.has_any(index + 1, {"concurrently"});
    }
    if (command == "REINDEX") {
        return phrase.has_any(2, {"concurrently"}) ||
               (phrase.option("concurrently") && !phrase.switched_off("concurrently"));
    }
    if (command == "ALTER TABLE") {
        auto const detach = phrase.find({"detach", "partition"});
        return detach != std::string_view::npos &&
               phrase.has_any(phrase.size() - 1, {"concurrently"});
    }
    return false;
}

bool subscription_refuses(Phrase const& phrase, std::string_view command) {
    if (command == "CREATE SUBSCRIPTION") {
        return !phrase.switched_off("create_slot") && !phrase.switched_off("connect");
    }
    // The slot of a dropped one is known to the server alone; setting publications refreshes.
    if (command == "ALTER SUBSCRIPTION") {
        bool const refreshes =
            phrase.has_any(3, {"refresh"}) ||
            (phrase.has_any(3, {"set", "add", "drop"}) && phrase.has_any(4, {"publication"}));
        return refreshes && !phrase.switched_off("refresh");
    }
    return command == "DROP SUBSCRIPTION";
}

bool refuses(Phrase const& phrase, Nature const& nature) {
    constexpr std::array always{
        "CREATE DATABASE",
        "DROP DATABASE",
        "CREATE TABLESPACE",
        "DROP TABLESPACE",
        "ALTER SYSTEM",
        "VACUUM",
        "COMMIT PREPARED",
        "ROLLBACK PREPARED"};
    auto const& command = nature.command;
    if (nature.concurrently || std::find(always.begin(), always.end(), command) != always.end()) {
        return true;
    }
    if (command == "REINDEX") {
        return phrase.has_any(1, {"database", "system", "schema"});
    }
    if (command == "CLUSTER") {
        return phrase.size() == 1 || (phrase.size() == 2 && phrase.has_any(1, {"verbose"}));
    }
    if (command == "ALTER DATABASE") {
        return phrase.has(3, {"set", "tablespace"});
    }
    if (command == "DISCARD") {
        return phrase.has_any(1, {"all"});
    }
    return subscription_refuses(phrase, command);
}

} // namespace

Nature classify(std::string_view statement) {
    Phrase const phrase{statement};
    Nature nature;
    nature.control = control_of(phrase);
    nature.command = kept(command_of(phrase));
    if (phrase.size() == 0) {
        nature.command = kept(upper(phrase.inner_first())); // (SELECT …) UNION …
    }
    nature.concurrently = concurrent(phrase, nature.command);
    nature.refuses_transaction = refuses(phrase, nature);
    nature.adds_enum_value =
        nature.command == "ALTER TYPE" && phrase.find({"add", "value"}) != std::string_view::npos;
    return nature;
}

} // namespace slipway::sql
