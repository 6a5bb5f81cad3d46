// SPDX-License-Identifier: Apache-2.0
#include "http/transfer.hpp"

#include "http/facts.hpp"
#include "http/fault.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

#include <curl/curl.h>

namespace slipway::http {

namespace {

// Of one answer; servers refuse requests with far less.
constexpr std::size_t most_header_bytes = std::size_t{256} << 10U;

// A request without an own limit must still end.
constexpr time::Milliseconds longest_request{24LL * 3600 * 1000};

void require_header(std::string const& name, std::string const& value) {
    constexpr std::string_view separators = "()<>@,;:\\\"/[]?={} \t";
    bool const bad_name =
        name.empty() || std::any_of(name.begin(), name.end(), [&](char byte) {
            return byte <= ' ' || byte == 0x7F || separators.find(byte) != std::string_view::npos;
        });
    if (bad_name || value.find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos) {
        throw Error{
            ErrorKind::usage,
            "the header " + text::printable_line(name) + " is malformed",
            "A name has no blanks and colons, a value is one line."};
    }
}

class List {
public:
    List() = default;
    List(List const&) = delete;
    List& operator=(List const&) = delete;
    List(List&&) = delete;
    List& operator=(List&&) = delete;
    ~List() { curl_slist_free_all(list_); }

    void add(std::string const& line) { list_ = curl_slist_append(list_, line.c_str()); }

    void clear() {
        curl_slist_free_all(list_);
        list_ = nullptr;
    }

    [[nodiscard]] curl_slist* get() const { return list_; }

private:
    curl_slist* list_ = nullptr;
};

} // namespace

struct Transfer::State {
    State(Request given, time::Deadline until, Shared& common)
        : request(std::move(given)), url(Url::parse(request.url)),
          deadline(
              until.sooner(std::clamp(request.timeout, time::Milliseconds{1}, longest_request))),
          limit(deadline.remaining()), shared(&common) {}
    State(State const&) = delete;
    State& operator=(State const&) = delete;
    State(State&&) = delete;
    State& operator=(State&&) = delete;
    ~State() { curl_easy_cleanup(easy); }

    Request request;
    Url url;
    time::Deadline deadline;
    time::Milliseconds limit;
    Shared* shared;
    CURL* easy = nullptr;
    List header_list;
    List resolve_list;
    std::array<char, CURL_ERROR_SIZE> details{};
    Response response;
    std::size_t header_bytes = 0;

    void prepare();
    void prepare_method();
    void prepare_tls() const;
    void prepare_headers();
    void take_header(std::string_view line);
    std::optional<Outcome> answered();
    bool redirected();
    [[nodiscard]] Error failed(int code);

    static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
    static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);
};

std::size_t Transfer::State::on_header(char* data, std::size_t, std::size_t size, void* self) {
    auto& state = *static_cast<State*>(self);
    state.header_bytes += size;
    if (state.header_bytes > most_header_bytes) {
        return 0; // ends the transfer with CURLE_WRITE_ERROR
    }
    state.take_header({data, size});
    return size;
}

void Transfer::State::take_header(std::string_view line) {
    if (line.starts_with("HTTP/")) {
        // An interim answer (100, 103) came before: only the last one counts.
        response.headers = Headers{};
        return;
    }
    auto const colon = line.find(':');
    if (colon != std::string_view::npos) {
        response.headers.add(
            std::string{line.substr(0, colon)}, std::string{text::trim(line.substr(colon + 1))});
    }
}

std::size_t Transfer::State::on_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& state = *static_cast<State*>(self);
    auto& body = state.response.body;
    auto const room = state.request.max_body - body.size();
    body.append(data, std::min<std::uint64_t>(size, room));
    if (size > room) {
        state.response.body_truncated = true;
        return 0; // ends the transfer with CURLE_WRITE_ERROR
    }
    return size;
}

void Transfer::State::prepare() {
    curl_easy_reset(easy);
    response.headers = Headers{};
    response.body.clear();
    header_bytes = 0;
    curl_easy_setopt(easy, CURLOPT_URL, url.text().c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // A name server that does not answer must not hold up a stop or a deadline.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "slipway");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details.data());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &State::on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &State::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    auto const left = std::max<std::int64_t>(deadline.remaining().count(), 1);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(left));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(left));
    if (!request.unix_socket.empty()) {
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
    }
    if (request.proxy) {
        curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy->c_str());
    }
    if (request.basic_auth) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, request.basic_auth->user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, request.basic_auth->password.reveal().c_str());
    }
    resolve_list.clear();
    for (auto const& entry : request.resolve) {
        resolve_list.add(entry);
    }
    curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_list.get());
    prepare_method();
    prepare_headers();
    prepare_tls();
}

void Transfer::State::prepare_method() {
    auto const& method = request.method;
    if (method == "HEAD") {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (method != "GET" || !request.body.empty()) {
        if (!request.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
            curl_easy_setopt(easy, CURLOPT_POST, 1L);
            curl_easy_setopt(
                easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
        }
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    }
    switch (request.version) {
    case Version::any:
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS});
        break;
    case Version::http1:
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
        break;
    case Version::http2:
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2_0});
        break;
    case Version::http2_prior_knowledge:
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE});
        break;
    }
}

void Transfer::State::prepare_headers() {
    header_list.clear();
    for (auto const& field : request.headers) {
        // "Name;" is libcurl's spelling of an empty value; "Name:" would leave the header out.
        header_list.add(
            field.second.empty() ? field.first + ";" : field.first + ": " + field.second);
    }
    if (!request.headers.find("expect")) {
        header_list.add("Expect:"); // else libcurl waits a second for servers that do not know it
    }
    if (!request.headers.find("content-type")) {
        header_list.add("Content-Type:"); // a form is not what a body is by default
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, header_list.get());
}

void Transfer::State::prepare_tls() const {
    if (url.scheme() != "https") {
        return;
    }
    curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    if (request.insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!request.ca_file.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
        return;
    }
    if (!shared->authorities) {
        shared->authorities = find_authorities();
    }
    auto const& found = *shared->authorities;
    if (found.file.empty() && found.folder.empty() && !request.insecure) {
        throw Error{
            ErrorKind::usage,
            "this machine has no certificates of authorities, so https cannot be verified",
            "Install ca-certificates, or name a file by SSL_CERT_FILE."};
    }
    curl_easy_setopt(easy, CURLOPT_CAINFO, found.file.empty() ? nullptr : found.file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, found.folder.empty() ? nullptr : found.folder.c_str());
}

Error Transfer::State::failed(int code) {
    if (code == CURLE_WRITE_ERROR && header_bytes > most_header_bytes) {
        return Error{
            ErrorKind::failed, "the headers of " + url.authority() + " are larger than 256 KiB"};
    }
    Fault fault;
    fault.code = code;
    fault.verify_result = number_of(easy, CURLINFO_SSL_VERIFYRESULT);
    fault.system_error = number_of(easy, CURLINFO_OS_ERRNO);
    fault.connected = time_of(easy, CURLINFO_PRETRANSFER_TIME_T) > 0;
    fault.details =
        details[0] != '\0' ? details.data() : curl_easy_strerror(static_cast<CURLcode>(code));
    fault.timeout = limit;
    return error_of(fault, url);
}

// Redirects are followed here and not in libcurl, so that each is recorded, and methods and
// credentials are as the standard has them (RFC 9110, section 15.4).
bool Transfer::State::redirected() {
    int const status = response.status;
    auto const location = response.headers.find("location");
    bool const moves =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (!request.follow_redirects || !moves || !location) {
        return false;
    }
    Url const next = [&] {
        try {
            return url.resolve(*location);
        } catch (Error const& error) {
            throw Error{
                ErrorKind::failed, url.authority() + " redirects nowhere: " + error.message()};
        }
    }();
    response.redirects.push_back({status, url.redacted(), next.redacted()});
    if (static_cast<int>(response.redirects.size()) > request.max_redirects) {
        throw Error{
            ErrorKind::failed,
            url.authority() + " redirects more than " + std::to_string(request.max_redirects) +
                " times, last to " + next.redacted()};
    }
    bool const by_get =
        (status == 303 && request.method != "HEAD") || (status <= 302 && request.method == "POST");
    if (by_get) {
        request.method = "GET";
        request.body.clear();
        request.headers.remove("content-type");
        request.headers.remove("content-length");
    }
    if (!next.same_origin(url)) {
        request.headers.remove("authorization");
        request.headers.remove("cookie");
        request.headers.remove("host");
        request.basic_auth.reset();
    }
    url = next;
    return true;
}

std::optional<Outcome> Transfer::State::answered() {
    response.status = static_cast<int>(number_of(easy, CURLINFO_RESPONSE_CODE));
    if (url.scheme() == "https") {
        auto const found = certificate_of(easy);
        std::string const key = url.authority() + (request.insecure ? " insecure" : "");
        if (found) {
            shared->certificates[key] = *found;
        }
        auto const known = shared->certificates.find(key);
        if (known != shared->certificates.end()) {
            response.tls = known->second;
        }
    } else {
        response.tls.reset();
    }
    if (redirected()) {
        response.body_truncated = false;
        prepare();
        return std::nullopt;
    }
    response.http_version = http_version(easy);
    response.timings = timings_of(easy);
    response.effective_url = url.text();
    response.remote_ip = text_of(easy, CURLINFO_PRIMARY_IP);
    return Outcome{std::move(response)};
}

Transfer::Transfer(Request request, time::Deadline deadline, Shared& shared)
    : state_(std::make_unique<State>(std::move(request), deadline, shared)) {
    for (auto const& field : state_->request.headers) {
        require_header(field.first, field.second);
    }
    require_header(state_->request.method, "");
    state_->easy = curl_easy_init();
    if (state_->easy == nullptr) {
        throw Error{ErrorKind::internal, "libcurl gave no handle"};
    }
    state_->prepare();
}

Transfer::~Transfer() = default;

void* Transfer::handle() const {
    return state_->easy;
}

std::optional<Outcome> Transfer::finish(int code) {
    bool const cut = code == CURLE_WRITE_ERROR && state_->response.body_truncated;
    try {
        return code == CURLE_OK || cut ? state_->answered() : Outcome{state_->failed(code)};
    } catch (Error const& error) {
        return Outcome{error};
    }
}

} // namespace slipway::http
