// SPDX-License-Identifier: Apache-2.0
#include "http/fault.hpp"

#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <system_error>

#include <curl/curl.h>

namespace slipway::http {

namespace {

// Numbers of openssl/x509_vfy.h, which libcurl hands on.
constexpr long not_yet_valid = 9;
constexpr long expired = 10;
constexpr long self_signed = 18;
constexpr long self_signed_in_chain = 19;
constexpr long unknown_issuer = 20;
constexpr long unverified_leaf = 21;
constexpr long other_name = 62;

Error unavailable(std::string message, std::string hint = {}) {
    return Error{ErrorKind::unavailable, std::move(message), std::move(hint)};
}

std::string hint_for_certificate(long verify_result) {
    switch (verify_result) {
    case expired:
        return "Renew the server's certificate.";
    case not_yet_valid:
        return "Look at the clocks of both machines.";
    case self_signed:
    case self_signed_in_chain:
    case unknown_issuer:
    case unverified_leaf:
        return "Name the authority's certificate by SSL_CERT_FILE, or let the server send its "
               "whole chain.";
    default:
        return "";
    }
}

Error certificate_error(Fault const& fault, Url const& url) {
    bool const name = fault.verify_result == other_name ||
                      fault.details.find("host name") != std::string::npos ||
                      fault.details.find("subject name") != std::string::npos;
    std::string const front = "the certificate of " + url.authority();
    if (name) {
        return unavailable(
            front + " is for another name than " + url.host(),
            "Ask by a name that the certificate has, or have it issued for this one.");
    }
    std::string const what = certificate_fault(fault.verify_result);
    return unavailable(
        front + (what.empty() ? " is not accepted: " + text::printable_line(fault.details)
                              : " " + what),
        hint_for_certificate(fault.verify_result));
}

Error timeout_error(Fault const& fault, Url const& url) {
    std::string const within = " within " + time::human_duration(fault.timeout);
    return Error{
        ErrorKind::timeout,
        fault.connected ? "no whole answer from " + url.authority() + within
                        : "no connection to " + url.authority() + within};
}

Error connection_error(Fault const& fault, Url const& url) {
    std::string const cause =
        fault.system_error != 0
            ? std::generic_category().message(static_cast<int>(fault.system_error))
            : text::printable_line(fault.details);
    return unavailable(
        "cannot connect to " + url.authority() + ": " + cause,
        "Is the server running, and does it listen on this address and port?");
}

} // namespace

std::string certificate_fault(long verify_result) {
    switch (verify_result) {
    case 0:
        return "";
    case not_yet_valid:
        return "is not valid yet";
    case expired:
        return "has expired";
    case self_signed:
        return "is self-signed";
    case self_signed_in_chain:
        return "comes from an authority that is not trusted";
    case unknown_issuer:
    case unverified_leaf:
        return "comes from an authority that is not known";
    case other_name:
        return "is for another name";
    default:
        return "is not valid (OpenSSL's code " + std::to_string(verify_result) + ")";
    }
}

Error error_of(Fault const& fault, Url const& url) {
    std::string const place = url.authority();
    std::string const details = text::printable_line(fault.details);
    switch (fault.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return unavailable(
            "the name " + url.host() + " cannot be resolved", "Is the host name spelled right?");
    case CURLE_COULDNT_RESOLVE_PROXY:
        return unavailable(
            "the proxy's name cannot be resolved", "Look at http_proxy and https_proxy.");
    case CURLE_COULDNT_CONNECT:
        return connection_error(fault, url);
    case CURLE_OPERATION_TIMEDOUT:
        return timeout_error(fault, url);
    case CURLE_PEER_FAILED_VERIFICATION:
        return certificate_error(fault, url);
    case CURLE_SSL_CONNECT_ERROR:
        return unavailable(
            "no TLS with " + place + ": " + details, "Does the server speak https on this port?");
    case CURLE_SSL_CACERT_BADFILE:
        return Error{
            ErrorKind::usage, "the file of trusted certificates is not usable: " + details};
    case CURLE_GOT_NOTHING:
        return unavailable(place + " closed the connection without an answer");
    case CURLE_PARTIAL_FILE:
        return unavailable(place + " closed the connection before the end of its answer");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return unavailable("the connection to " + place + " was lost: " + details);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return Error{ErrorKind::failed, "the answer of " + place + " is no HTTP: " + details};
    case CURLE_BAD_CONTENT_ENCODING:
        return Error{
            ErrorKind::failed, "the answer of " + place + " cannot be decompressed: " + details};
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_SETOPT_OPTION_SYNTAX:
        return Error{ErrorKind::usage, "the request to " + place + " is malformed: " + details};
    default:
        return unavailable("no answer from " + place + ": " + details);
    }
}

} // namespace slipway::http
