// SPDX-License-Identifier: Apache-2.0
#include "probe/tls_session.hpp"

#include "http/authorities.hpp"
#include "http/fault.hpp"
#include "probe/dial.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>

#include <arpa/inet.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace slipway::probe {

namespace {

template <class T, void (*Free)(T*)>
struct Freed {
    void operator()(T* value) const { Free(value); }
};
using Settings = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freed<SSL, SSL_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;

std::string last_fault() {
    auto const code = ERR_get_error();
    char const* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "the connection was closed" : reason;
}

bool is_address(std::string const& host) {
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

Settings settings_of(TlsWish const& wish) {
    Settings settings{SSL_CTX_new(TLS_client_method())};
    auto const found =
        wish.ca_file.empty() ? http::find_authorities() : http::Authorities{wish.ca_file, ""};
    auto const* const file = found.file.empty() ? nullptr : found.file.c_str();
    auto const* const folder = found.folder.empty() ? nullptr : found.folder.c_str();
    bool const loaded = settings && (file != nullptr || folder != nullptr) &&
                        SSL_CTX_load_verify_locations(settings.get(), file, folder) == 1;
    if (!loaded) {
        ERR_clear_error();
        throw Error{
            ErrorKind::usage,
            file == nullptr ? "no certificates of authorities were found on this machine"
                            : fmt::format("{} holds no certificates to trust", found.file),
            "Install ca-certificates, or name a file of certificates by SSL_CERT_FILE or ca_file."};
    }
    // The handshake goes on whatever the certificate is worth: the looks tell all of it.
    SSL_CTX_set_verify(settings.get(), SSL_VERIFY_NONE, nullptr);
    return settings;
}

Error no_answer(Place const& place) {
    return Error{ErrorKind::timeout, fmt::format("no answer of TLS from {} in time", place.text())};
}

// SSLRequest of PostgreSQL's protocol (version 3.0, section 55.7): eight bytes, one byte back.
void ask_postgres(
    int socket,
    Place const& place,
    time::Deadline deadline,
    std::stop_token const& stop) {
    constexpr std::array<unsigned char, 8> request{0, 0, 0, 8, 4, 210, 22, 47};
    char answer = 0;
    bool const asked =
        ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t{request.size()};
    if (asked && !wait_for_socket(socket, false, deadline, stop)) {
        throw no_answer(place);
    }
    if (!asked || ::read(socket, &answer, 1) != 1 || answer != 'S') {
        throw Error{
            ErrorKind::failed,
            fmt::format("the server at {} takes no TLS", place.text()),
            "Is it PostgreSQL, with ssl = on?"};
    }
}

void connect(
    SSL* session,
    int socket,
    Place const& place,
    time::Deadline deadline,
    std::stop_token const& stop) {
    for (;;) {
        ERR_clear_error();
        int const result = SSL_connect(session);
        if (result == 1) {
            return;
        }
        int const cause = SSL_get_error(session, result);
        bool const writing = cause == SSL_ERROR_WANT_WRITE;
        if (!writing && cause != SSL_ERROR_WANT_READ) {
            throw Error{
                ErrorKind::failed,
                fmt::format("no TLS with {}: {}", place.text(), last_fault()),
                "Does the port speak TLS, in version 1.2 or later?"};
        }
        if (!wait_for_socket(socket, writing, deadline, stop)) {
            throw no_answer(place);
        }
    }
}

std::string common_name(X509_NAME const* name) {
    std::array<char, 256> text{};
    // X509_NAME_get_text_by_NID takes no const in all versions.
    int const length = X509_NAME_get_text_by_NID(
        const_cast<X509_NAME*>(name),
        NID_commonName,
        text.data(),
        int{text.size()}); // NOLINT(*-const-cast)
    return length > 0 ? text::printable_line(text.data()) : "";
}

std::string names_of(X509* certificate) {
    std::vector<std::string> out;
    auto* const names = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        auto const* const name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) {
            auto const* const bytes = ASN1_STRING_get0_data(name->d.dNSName);
            auto const length = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
            out.push_back(text::printable_line(std::string_view{
                static_cast<char const*>(static_cast<void const*>(bytes)), length}));
        }
    }
    GENERAL_NAMES_free(names);
    if (out.empty()) {
        out.push_back(common_name(X509_get_subject_name(certificate)));
    }
    return text::join_first(out, ", ", 5);
}

std::int64_t days_left(X509 const* certificate) {
    int days = 0;
    int seconds = 0;
    static_cast<void>(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)));
    return seconds < 0 ? days - 1 : days; // ended today is -1, not 0
}

bool is_for(X509* certificate, std::string const& name) {
    return is_address(name)
               ? X509_check_ip_asc(certificate, name.c_str(), 0) == 1
               : X509_check_host(certificate, name.c_str(), name.size(), 0, nullptr) == 1;
}

Handshake facts_of(SSL* session, std::string const& name) {
    Certificate const certificate{SSL_get1_peer_certificate(session)};
    if (!certificate) {
        throw Error{ErrorKind::failed, "the server shows no certificate"};
    }
    Handshake out;
    out.version = SSL_get_version(session);
    out.chain_fault = http::certificate_fault(SSL_get_verify_result(session));
    out.right_name = is_for(certificate.get(), name);
    out.names = names_of(certificate.get());
    out.issuer = common_name(X509_get_issuer_name(certificate.get()));
    out.days_left = days_left(certificate.get());
    out.first_to_end = common_name(X509_get_subject_name(certificate.get()));
    auto* const chain = SSL_get_peer_cert_chain(session);
    for (int i = 1; i < sk_X509_num(chain); ++i) {
        auto* const other = sk_X509_value(chain, i);
        if (days_left(other) < out.days_left) {
            out.days_left = days_left(other);
            out.first_to_end = common_name(X509_get_subject_name(other));
        }
    }
    return out;
}

} // namespace

Handshake shake_hands(TlsWish const& wish, time::Deadline deadline, std::stop_token const& stop) {
    auto const place = read_place(wish.place, wish.postgres ? "5432" : "443");
    auto name = wish.name.empty() ? place.host : wish.name;
    auto const settings = settings_of(wish);
    auto const dialled = dial(place, deadline, stop);
    if (!dialled.socket) {
        throw Error{
            ErrorKind::unavailable,
            fmt::format("cannot connect to {}: {}", place.text(), dialled.why),
            "Is the server running, and does it listen on this address and port?"};
    }
    int const socket = dialled.socket.get();
    if (wish.postgres) {
        ask_postgres(socket, place, deadline, stop);
    }
    Session const session{SSL_new(settings.get())};
    SSL_set_fd(session.get(), socket);
    if (!is_address(name)) {
        // What SSL_set_tlsext_host_name is, without its cast.
        SSL_ctrl(
            session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    connect(session.get(), socket, place, deadline, stop);
    return facts_of(session.get(), name);
}

} // namespace slipway::probe
