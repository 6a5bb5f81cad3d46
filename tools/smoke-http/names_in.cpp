// SPDX-License-Identifier: Apache-2.0
#include "read_step.hpp"

#include <algorithm>

namespace slipway::smoke_http {

namespace {

class Names {
public:
    void add(Template const& text) { add(text.names()); }

    void add(std::optional<Template> const& text) {
        if (text) {
            add(*text);
        }
    }

    void add(std::vector<std::pair<std::string, Template>> const& pairs) {
        for (auto const& pair : pairs) {
            add(pair.second);
        }
    }

    void add(std::vector<Wanted> const& list) {
        for (auto const& wanted : list) {
            add(wanted.value.names());
        }
    }

    void add(std::vector<Template> const& list) {
        for (auto const& text : list) {
            add(text);
        }
    }

    void add(std::vector<std::string> const& names) {
        for (auto const& name : names) {
            if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
                names_.push_back(name);
            }
        }
    }

    std::vector<std::string> take() { return std::move(names_); }

private:
    std::vector<std::string> names_;
};

void add_request(Names& names, RequestPlan const& request) {
    names.add(request.target);
    names.add(request.headers);
    names.add(request.form);
    names.add(request.cookies);
    names.add(request.body);
    names.add(request.bearer);
    for (auto const& part : request.multipart) {
        names.add(part.value);
    }
    if (request.json) {
        names.add(request.json->names());
    }
    if (request.basic) {
        names.add(request.basic->first);
        names.add(request.basic->second);
    }
    if (request.api_key) {
        names.add(request.api_key->value);
    }
    if (auto const& aws = request.aws) {
        names.add(aws->service);
        names.add(aws->secret_access_key);
        for (auto const* text : {&aws->region, &aws->access_key_id, &aws->session_token}) {
            names.add(*text);
        }
    }
    if (auto const& oauth = request.oauth2) {
        for (auto const* text :
             {&oauth->token_url,
              &oauth->client_id,
              &oauth->client_secret,
              &oauth->scope,
              &oauth->audience}) {
            names.add(*text);
        }
    }
}

} // namespace

std::vector<std::string> names_in(Step const& step) {
    Names names;
    add_request(names, step.request);
    names.add(step.expect.headers);
    names.add(step.expect.jq);
    names.add(step.expect.cells);
    names.add(step.expect.answer);
    names.add(step.expect.body.contains);
    names.add(step.expect.body.lacks);
    names.add(step.expect.body.equals);
    for (auto const& param : step.sql.params) {
        names.add(param);
    }
    return names.take();
}

} // namespace slipway::smoke_http
