// SPDX-License-Identifier: Apache-2.0
#include "pg/conninfo.hpp"

#include "error/error.hpp"
#include "pg/conninfo_uri.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <charconv>
#include <memory>

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct FreeOptions {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using OwnedOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

std::optional<std::string> find(Pairs const& pairs, std::string_view key) {
    auto const at = std::find_if(
        pairs.begin(), pairs.end(), [&](auto const& pair) { return pair.first == key; });
    return at == pairs.end() ? std::nullopt : std::optional{at->second};
}

// libpq quotes pieces of the text in its messages, and a piece of a mistyped connection string can
// be a piece of the password.
std::string without_quoted(std::string_view message) {
    std::string out;
    bool inside = false;
    for (char const c : text::trim(message)) {
        if (c == '"' || c == '\'') {
            inside = !inside;
            if (inside) {
                out += "…";
            }
        } else if (!inside) {
            out += c;
        }
    }
    return out;
}

Error malformed(std::string const& what) {
    return Error{
        ErrorKind::usage,
        "the connection string is malformed: " + what,
        "Write postgresql://user:password@host:5432/database, with special characters of the "
        "password percent-encoded (@ as %40, / as %2F, : as %3A, # as %23)."};
}

void check_ports(std::string_view ports) {
    for (auto const port : text::split(ports, ',')) {
        int number = 0;
        auto const end = port.data() + port.size();
        auto const parsed = std::from_chars(port.data(), end, number);
        bool const good = parsed.ec == std::errc{} && parsed.ptr == end;
        if (!port.empty() && (!good || number < 1 || number > 65535)) {
            throw malformed("the port is no number from 1 to 65535");
        }
    }
}

bool is_loopback(std::string_view host) {
    return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
           host == "::1" ||
           (host.starts_with("127.") &&
            host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string default_of(std::string_view key) {
    OwnedOptions const all{PQconndefaults()};
    if (all == nullptr) {
        throw Error{
            ErrorKind::usage,
            "libpq cannot read its defaults",
            "Check PGSERVICE and the service file that it names."};
    }
    for (auto const* option = all.get(); option->keyword != nullptr; ++option) {
        if (option->keyword == key && option->val != nullptr) {
            return option->val;
        }
    }
    return {};
}

} // namespace

void ConnInfo::read_libpq(std::string const& text, bool is_uri) {
    char* raw_message = nullptr;
    OwnedOptions const options{PQconninfoParse(text.c_str(), &raw_message)};
    std::unique_ptr<char, decltype(&PQfreemem)> const message{raw_message, &PQfreemem};
    if (options == nullptr) {
        std::string_view const why = message == nullptr ? "out of memory" : message.get();
        if (!is_uri && why.starts_with("missing \"=\"")) {
            throw malformed("it is neither a postgresql:// URL nor key=value pairs");
        }
        throw malformed(without_quoted(why));
    }
    for (auto const* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            settings_.emplace_back(option->keyword, option->val);
        }
    }
}

ConnInfo ConnInfo::parse(secret::Secret const& text) {
    ConnInfo out;
    std::string_view const trimmed = text::trim(text.reveal());
    if (trimmed.find('\0') != std::string_view::npos) {
        throw malformed("it holds a zero byte");
    }
    if (trimmed.empty()) {
        return out;
    }
    bool const is_uri = is_connection_uri(trimmed);
    if (is_uri) {
        UriParts parts = take_apart(trimmed);
        if (!parts.unknown_key.empty()) {
            std::string const near = nearest_parameter(parts.unknown_key);
            throw malformed(
                "unknown parameter '" + parts.unknown_key + "'" +
                (near.empty() ? "" : ", did you mean '" + near + "'?"));
        }
        out.foreign_ = std::move(parts.foreign);
        out.spellings_ = std::move(parts.secrets);
        out.read_libpq(parts.for_libpq, true);
    } else {
        out.read_libpq(std::string{trimmed}, false);
    }
    if (auto const port = find(out.settings_, "port")) {
        check_ports(*port);
    }
    return out;
}

ConnInfo ConnInfo::from_environment() {
    return {};
}

std::string ConnInfo::effective(std::string_view key, std::string_view otherwise) const {
    auto given = find(settings_, key);
    std::string out = given && !given->empty() ? *given : default_of(key);
    return out.empty() ? std::string{otherwise} : out;
}

std::string ConnInfo::host() const {
    // An address without a name is a host too; libpq then checks certificates against it.
    std::string out = effective("host", "");
    return out.empty() ? effective("hostaddr", "") : out;
}

std::string ConnInfo::port() const {
    return effective("port", "5432");
}

std::string ConnInfo::user() const {
    return effective("user", "");
}

std::string ConnInfo::database() const {
    return effective("dbname", user());
}

std::optional<std::string> ConnInfo::password() const {
    std::string out = effective("password", "");
    return out.empty() ? std::nullopt : std::optional{std::move(out)};
}

std::string ConnInfo::address() const {
    std::string const where = host();
    if (where.empty()) {
        return "the local socket, port " + port();
    }
    return where.starts_with('/') ? where + "/.s.PGSQL." + port() : where + ":" + port();
}

bool ConnInfo::is_local() const {
    std::string const hosts = host();
    std::string const addresses = effective("hostaddr", "");
    auto const parts = text::split(addresses.empty() ? hosts : addresses, ',');
    return std::all_of(parts.begin(), parts.end(), is_loopback);
}

ConnInfo ConnInfo::with_database(std::string name) const {
    return with("dbname", std::move(name));
}

ConnInfo ConnInfo::with(std::string_view key, std::string value) const {
    ConnInfo out = *this;
    out.settings_.erase(
        std::remove_if(
            out.settings_.begin(),
            out.settings_.end(),
            [&](auto const& pair) { return pair.first == key; }),
        out.settings_.end());
    if (!value.empty()) {
        out.settings_.emplace_back(key, std::move(value));
    }
    return out;
}

std::optional<std::string> ConnInfo::parameter(std::string_view key) const {
    auto out = find(settings_, key);
    return out ? out : find(foreign_, key);
}

std::string ConnInfo::spell_uri(std::string_view password_as) const {
    std::string out = "postgresql://" + text::percent_encode(user());
    if (!password_as.empty()) {
        out += ":" + std::string{password_as};
    }
    out += "@";
    // Sockets and lists of hosts cannot all stand in the authority: they go into the query.
    std::string const where = host();
    bool const simple = !where.empty() && where.find_first_of("/@,:%") == std::string::npos;
    if (simple) {
        out += where + ":" + port();
    }
    out += "/" + text::percent_encode(database());
    char separator = '?';
    auto const add = [&](std::string_view key, std::string_view value) {
        out += separator + std::string{key} + "=" + text::percent_encode(value);
        separator = '&';
    };
    if (!simple) {
        if (!where.empty()) {
            add("host", where);
        }
        add("port", port());
    }
    for (auto const& [key, value] : settings_) {
        bool const said = key == "user" || key == "password" || key == "host" || key == "port" ||
                          key == "dbname" || (key == "hostaddr" && value == where);
        if (!said && (!is_secret_parameter(key) || password_as != secret::mask)) {
            add(key, value);
        } else if (!said) {
            out += separator + key + "=" + std::string{secret::mask};
            separator = '&';
        }
    }
    for (auto const& [key, value] : foreign_) {
        add(key, value);
    }
    return out;
}

std::string ConnInfo::redacted() const {
    // Without a password the mask stays away too, unless another secret needs it.
    std::string out = spell_uri(secret::mask);
    if (!password()) {
        out.erase(out.find(":***@"), 4);
    }
    return out;
}

secret::Secret ConnInfo::uri() const {
    return secret::Secret{spell_uri(text::percent_encode(password().value_or("")))};
}

std::vector<std::pair<std::string, std::string>> ConnInfo::libpq_environment() const {
    Pairs out;
    OwnedOptions const all{PQconndefaults()};
    for (auto const* option = all.get(); option != nullptr && option->keyword != nullptr;
         ++option) {
        std::string_view const key = option->keyword;
        if (option->envvar == nullptr) {
            continue;
        }
        bool const essential = key == "user" || key == "port" || key == "dbname";
        std::string value = key == "port"     ? port()
                            : key == "user"   ? user()
                            : key == "dbname" ? database()
                                              : find(settings_, key).value_or("");
        if (key == "password" || (key == "host" && value.empty())) {
            value = effective(key, "");
        }
        if (essential || !value.empty()) {
            out.emplace_back(option->envvar, std::move(value));
        }
    }
    return out;
}

void ConnInfo::teach(secret::Redactor& redactor) const {
    if (auto const given = password()) {
        redactor.add_password(user(), *given);
    }
    if (auto const given = find(settings_, "sslpassword")) {
        redactor.add(*given);
    }
    for (auto const& spelling : spellings_) {
        redactor.add(spelling);
    }
}

} // namespace slipway::pg
