// SPDX-License-Identifier: Apache-2.0
#include "smtp.hpp"

#include "http/authorities.hpp"
#include "signal/stop.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

namespace slipway::slack_notify {

namespace {

constexpr long connect_timeout = 10'000;

struct Source {
    std::string_view left;
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* held) {
    auto& source = *static_cast<Source*>(held);
    std::size_t const taken = std::min(size * count, source.left.size());
    std::memcpy(to, source.left.data(), taken);
    source.left.remove_prefix(taken);
    return taken;
}

int go_on(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

std::string host_of(std::string const& url) {
    std::unique_ptr<CURLU, void (*)(CURLU*)> const parsed{curl_url(), curl_url_cleanup};
    char* host = nullptr;
    bool const good =
        curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK &&
        curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) == CURLUE_OK;
    std::string out = good ? host : "";
    curl_free(host);
    return out;
}

bool is_this_machine(std::string const& url) {
    std::string const host = host_of(url);
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

bool is_address(std::string_view text) {
    auto const at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 254 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return c > ' ' && c < 0x7f && std::strchr("<>()[],;:\\\"", c) == nullptr;
           });
}

// A word of a header in any language (RFC 2047), in pieces of whole characters.
std::string encoded_word(std::string_view text) {
    std::string out;
    std::string piece;
    auto const flush = [&] {
        out +=
            fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ", text::base64_encode(piece));
        piece.clear();
    };
    for (char const c : text) {
        bool const begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        if (begins && piece.size() >= 39) {
            flush();
        }
        piece += c;
    }
    flush();
    return out;
}

std::string base64_lines(std::string_view text) {
    std::string const all = text::base64_encode(text);
    std::string out;
    for (std::size_t at = 0; at < all.size(); at += 76) {
        out += all.substr(at, 76) + "\r\n";
    }
    return out;
}

[[noreturn]] void fail(CURL* easy, CURLcode code, char const* details, MailServer const& server) {
    long answer = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
    std::string const said = text::shorten(
        text::printable_line(details[0] != '\0' ? details : curl_easy_strerror(code)), 200);
    std::string const message =
        fmt::format("the mail server {} did not take it: {}", host_of(server.url), said);
    if (code == CURLE_OPERATION_TIMEDOUT) {
        throw Error{ErrorKind::timeout, message, "Wait longer with --retry-for."};
    }
    if (code == CURLE_LOGIN_DENIED) {
        throw Error{ErrorKind::failed, message, "Look at SMTP_USER and SMTP_PASSWORD."};
    }
    if (code == CURLE_USE_SSL_FAILED || code == CURLE_PEER_FAILED_VERIFICATION) {
        throw Error{
            ErrorKind::failed,
            message,
            "The server must offer TLS with a certificate that this machine trusts; SSL_CERT_FILE "
            "names another authority."};
    }
    bool const refused = answer >= 500 && answer < 600;
    throw Error{
        refused ? ErrorKind::failed : ErrorKind::unavailable,
        message,
        refused ? "Mend what the server names; sender and recipients are --from and --recipient."
                : "The mail server is away or busy; try again later."};
}

} // namespace

std::string message_of(Mail const& mail, std::string const& date) {
    for (auto const& address : mail.to) {
        if (!is_address(address)) {
            throw Error{
                ErrorKind::usage,
                fmt::format("--recipient: {} is no address", text::printable_line(address)),
                "Write it as name@example.com, without a name before it."};
        }
    }
    if (!is_address(mail.from)) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--from: {} is no address", text::printable_line(mail.from)),
            "Write it as deploy@example.com, without a name before it."};
    }
    return fmt::format(
        "Date: {}\r\nFrom: <{}>\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: <{}@slipway>\r\n"
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        date,
        mail.from,
        text::join(mail.to, ">, <"),
        encoded_word(mail.subject),
        mail.id,
        base64_lines(mail.text));
}

void require_server(MailServer const& server) {
    bool const known = server.url.starts_with("smtp://") || server.url.starts_with("smtps://");
    if (!known || host_of(server.url).empty()) {
        throw Error{
            ErrorKind::usage,
            "--smtp-url is no address of a mail server",
            "Write it as smtps://mail.example.com:465 or smtp://mail.example.com:587; user and "
            "password belong in SMTP_USER and SMTP_PASSWORD."};
    }
}

void send_mail(
    MailServer const& server,
    Mail const& mail,
    std::string const& message,
    time::Deadline deadline,
    std::stop_token const& stop) {
    std::unique_ptr<CURL, void (*)(CURL*)> const handle{curl_easy_init(), curl_easy_cleanup};
    auto* const easy = handle.get();
    curl_slist* list = nullptr;
    for (auto const& address : mail.to) {
        list = curl_slist_append(list, ("<" + address + ">").c_str());
    }
    std::unique_ptr<curl_slist, void (*)(curl_slist*)> const recipients{list, curl_slist_free_all};
    std::string const sender = "<" + mail.from + ">";
    std::array<char, CURL_ERROR_SIZE> details{};
    Source source{message};
    std::stop_token token = stop;
    curl_easy_setopt(easy, CURLOPT_URL, server.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details.data());
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout);
    curl_easy_setopt(
        easy,
        CURLOPT_TIMEOUT_MS,
        static_cast<long>(std::max<std::int64_t>(1, deadline.remaining().count())));
    bool const local = is_this_machine(server.url);
    curl_easy_setopt(easy, CURLOPT_USE_SSL, local ? CURLUSESSL_TRY : CURLUSESSL_ALL);
    auto const authorities = http::find_authorities();
    if (!authorities.file.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, authorities.file.c_str());
    }
    if (!authorities.folder.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAPATH, authorities.folder.c_str());
    }
    if (!server.user.empty()) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, server.user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, server.password.reveal().c_str());
    }
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, sender.c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(easy, CURLOPT_READDATA, &source);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &token);
    CURLcode const code = curl_easy_perform(easy);
    signal::throw_if_stopped(stop);
    if (code != CURLE_OK) {
        fail(easy, code, details.data(), server);
    }
}

} // namespace slipway::slack_notify
