// SPDX-License-Identifier: Apache-2.0
// bench_curl_loop URL COUNT: what the checks of BENCH=smoke cost at least: libcurl on one
// connection, each answer's status, content type and two values of its JSON compared.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

namespace {

std::size_t take(char* data, std::size_t size, std::size_t count, void* target) {
    static_cast<std::string*>(target)->append(data, size * count);
    return size * count;
}

bool is_right(CURL* handle, std::string const& body) {
    long status = 0;
    char const* type = nullptr;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
    auto const json = nlohmann::json::parse(body, nullptr, false);
    return status == 200 && type != nullptr && std::string{type} == "application/json" &&
           json.is_object() && json.at("status") == "healthy" &&
           json.at("services").at("database").at("latency_ms") == 3;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        return 2;
    }
    CURL* const handle = curl_easy_init();
    std::string body;
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
    int wrong = 0;
    for (int number = 1; number <= std::atoi(argv[2]); ++number) {
        body.clear();
        std::string const url = std::string{argv[1]} + "?n=" + std::to_string(number);
        curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
        bool const right = curl_easy_perform(handle) == CURLE_OK && is_right(handle, body);
        wrong += right ? 0 : 1;
    }
    curl_easy_cleanup(handle);
    return wrong == 0 ? 0 : 1;
}
