// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"

#include "http/transfer.hpp"
#include "signal/stop.hpp"

#include <algorithm>
#include <utility>

#include <curl/curl.h>

namespace slipway::http {

namespace {

// libcurl's global part: made once, thread-safely, and left to the end of the process.
void start_library() {
    static CURLcode const code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        throw Error{ErrorKind::internal, "libcurl cannot be started"};
    }
}

CURLM* new_multi() {
    start_library();
    CURLM* const multi = curl_multi_init();
    if (multi == nullptr) {
        throw Error{ErrorKind::internal, "libcurl gave no handle"};
    }
    return multi;
}

} // namespace

struct Client::State {
    explicit State(Options given) : options(std::move(given)), multi(new_multi()) {}
    State(State const&) = delete;
    State& operator=(State const&) = delete;
    State(State&&) = delete;
    State& operator=(State&&) = delete;
    ~State() { curl_multi_cleanup(multi); }

    Options options;
    CURLM* multi;
    Shared shared;
};

namespace {

// One call of fetch_all: which requests wait, run and are done.
class Batch {
public:
    Batch(CURLM* multi, Shared& shared, std::vector<Request> requests, time::Deadline deadline)
        : multi_(multi), shared_(&shared), requests_(std::move(requests)), deadline_(deadline),
          outcomes_(requests_.size()) {}
    Batch(Batch const&) = delete;
    Batch& operator=(Batch const&) = delete;
    Batch(Batch&&) = delete;
    Batch& operator=(Batch&&) = delete;
    ~Batch() {
        for (auto const& running : running_) {
            curl_multi_remove_handle(multi_, running.transfer->handle());
        }
    }

    [[nodiscard]] bool done() const { return next_ == requests_.size() && running_.empty(); }

    void start(std::size_t parallel) {
        while (running_.size() < parallel && next_ < requests_.size()) {
            std::size_t const index = next_++;
            try {
                if (deadline_.expired()) {
                    throw Error{ErrorKind::timeout, "the deadline passed before the request began"};
                }
                auto transfer =
                    std::make_unique<Transfer>(std::move(requests_[index]), deadline_, *shared_);
                curl_multi_add_handle(multi_, transfer->handle());
                running_.push_back({index, std::move(transfer)});
            } catch (Error const& error) {
                outcomes_[index] = Outcome{error};
            }
        }
    }

    void collect() {
        int left = 0;
        while (CURLMsg const* const message = curl_multi_info_read(multi_, &left)) {
            if (message->msg == CURLMSG_DONE) {
                finish(message->easy_handle, message->data.result);
            }
        }
    }

    void stop() {
        for (auto& outcome : outcomes_) {
            if (!outcome) {
                outcome = Outcome{signal::stopped_error()};
            }
        }
    }

    std::vector<Outcome> outcomes() {
        std::vector<Outcome> all;
        all.reserve(outcomes_.size());
        for (auto& outcome : outcomes_) {
            all.push_back(std::move(*outcome));
        }
        return all;
    }

private:
    struct Running {
        std::size_t index;
        std::unique_ptr<Transfer> transfer;
    };

    void finish(CURL* easy, CURLcode code) {
        auto const at = std::find_if(running_.begin(), running_.end(), [&](Running const& one) {
            return one.transfer->handle() == easy;
        });
        if (at == running_.end()) {
            return;
        }
        curl_multi_remove_handle(multi_, easy);
        auto outcome = at->transfer->finish(code);
        if (!outcome) {
            curl_multi_add_handle(multi_, easy);
            return;
        }
        outcomes_[at->index] = std::move(outcome);
        running_.erase(at);
    }

    CURLM* multi_;
    Shared* shared_;
    std::vector<Request> requests_;
    time::Deadline deadline_;
    std::vector<std::optional<Outcome>> outcomes_;
    std::vector<Running> running_;
    std::size_t next_ = 0;
};

} // namespace

Client::Client(Options options) : state_(std::make_unique<State>(std::move(options))) {}

Client::~Client() = default;

Outcome Client::fetch(Request request, time::Deadline deadline) {
    std::vector<Request> requests;
    requests.push_back(std::move(request));
    return std::move(fetch_all(std::move(requests), deadline).front());
}

std::vector<Outcome> Client::fetch_all(std::vector<Request> requests, time::Deadline deadline) {
    signal::StopFd const stop{state_->options.stop};
    curl_waitfd extra{};
    extra.fd = stop.get();
    extra.events = CURL_WAIT_POLLIN;
    CURLM* const multi = state_->multi;
    Batch batch{multi, state_->shared, std::move(requests), deadline};
    for (;;) {
        batch.start(std::max<std::size_t>(state_->options.parallel, 1));
        if (state_->options.stop.stop_requested()) {
            batch.stop();
            break;
        }
        int running = 0;
        curl_multi_perform(multi, &running);
        batch.collect();
        if (batch.done()) {
            break;
        }
        // Each transfer has its own end; the poll returns when the first of them comes.
        constexpr int longest_wait_ms = 1000;
        if (running > 0) {
            curl_multi_poll(multi, &extra, 1, longest_wait_ms, nullptr);
        }
    }
    return batch.outcomes();
}

} // namespace slipway::http
